// A saved trace in a page of its own.

import { parseTrace } from "../model/trace.ts";
import type { App, Options } from "../view/app.ts";
import { Stage } from "./stage.ts";

/**
 * Show a trace file in an element. What is wrong with a damaged file stands in the picture.
 *
 * `bytes`: the file, compressed or not. Fills the window's height unless `options.height` says otherwise.
 */
export async function mountReplay(place: HTMLElement, bytes: Uint8Array, options: Options = {}): Promise<App> {
  const { app } = new Stage(place, options);
  if (!options.height) app.root.style.height = "100vh";
  app.say("…");
  try {
    app.load(await parseTrace(bytes));
  } catch (error) {
    app.fail(error);
  }
  return app;
}
