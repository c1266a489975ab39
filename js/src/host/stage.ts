// A place in which a picture stands, made anew where the person wants it in the other language.

import { App, type Options } from "../view/app.ts";
import { CSS } from "./css.ts";
import { layouter } from "./layouter.ts";

let twins = 0;

export class Stage {
  app: App;
  private twin: App | null = null;

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
    const app = new App(this.place, this.options, layouter(), CSS, this.drawn, this);
    this.made(app);
    return app;
  }

  speak(language: string): void {
    const { trace, at, root } = this.app;
    const { height } = root.style;
    if (this.twin) this.beside();
    this.app.destroy();
    this.options = { ...this.options, language };
    this.app = this.make();
    this.app.root.style.height = height;
    this.app.load(trace);
    this.app.goTo(at);
    this.app.root.focus();
  }

  /** Show the trace once more beside itself, for another step of it, with what differs marked; or no more. */
  beside(): void {
    const { app, place } = this;
    place.style.cssText += `;display:${this.twin ? "" : "flex"};flex-wrap:wrap;gap:8px`;
    const name = this.twin ? undefined : `${++twins}`;
    app.compareWith(name);
    this.twin?.destroy();
    this.twin = null;
    if (!name) return;
    const options = { ...this.options, compare: name, in_step: false };
    this.twin = new App(place, options, layouter(), CSS);
    this.twin.root.style.height = app.root.style.height;
    this.twin.load(app.trace);
    this.twin.goTo(app.at);
  }
}
