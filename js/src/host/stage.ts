// A place in which a picture stands, made anew where the person wants it in the other language.

import { App, type Options } from "../view/app.ts";
import { CSS } from "./css.ts";
import { layouter } from "./layouter.ts";

export class Stage {
  app: App;

  /** `made` is called with the first picture and with each one after it. */
  constructor(
    private readonly place: HTMLElement,
    private options: Options,
    private readonly made: (app: App) => void = () => {},
    private readonly drawn?: (svg: () => string) => void,
  ) {
    this.app = this.make();
  }

  private make(): App {
    const app = new App(this.place, this.options, layouter(), CSS, this.drawn, (language) => this.speak(language));
    this.made(app);
    return app;
  }

  private speak(language: string): void {
    const { trace, at, root } = this.app;
    const { height } = root.style;
    this.app.destroy();
    this.options = { ...this.options, language };
    this.app = this.make();
    this.app.root.style.height = height;
    this.app.load(trace);
    this.app.goTo(at);
    this.app.root.focus();
  }
}
