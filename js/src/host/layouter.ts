// Layout in a worker, so that a big graph never holds up the page; in the page itself where the graph is small, or where
// there are no workers. Both run the same text, which the bundle carries once.

import type { LayoutInput, LayoutResult } from "../model/layout/index.ts";
import type { Layouter } from "../view/app.ts";

declare const __LAYOUT_SOURCE__: string; // worker.ts, bundled to text by build.mjs

const HERE = 60; // marks: up to here the way to the worker and back takes longer than the layout

type Layout = (input: LayoutInput) => LayoutResult;
interface Task {
  readonly input: LayoutInput;
  readonly resolve: (result: LayoutResult | Promise<LayoutResult>) => void;
  readonly reject: (error: Error) => void;
}

const address = (): string => URL.createObjectURL(new Blob([__LAYOUT_SOURCE__], { type: "text/javascript" }));
let engine: Promise<Layout> | null = null;
let ready: Layout | null = null;

/** The engine in this page, loaded when first needed. */
function here(): Promise<Layout> {
  const load = (): Promise<{ layout: Layout }> =>
    typeof __LAYOUT_SOURCE__ === "undefined" ? import("../model/layout/index.ts") : import(address());
  engine ??= load().then((module) => {
    ready = module.layout;
    return ready;
  });
  return engine;
}

export function layouter(): Layouter {
  let worker: Worker | null | undefined;
  let waiting: Task | null = null;
  const give = (act: (task: Task) => void): void => {
    const task = waiting;
    waiting = null;
    if (task) act(task);
  };
  const start = (): Worker | null => {
    try {
      const made = new Worker(address(), { type: "module" });
      made.onmessage = (event: MessageEvent<{ result?: LayoutResult; error?: string }>) => {
        const { result, error } = event.data;
        give((task) => (result ? task.resolve(result) : task.reject(new Error(error))));
      };
      made.onerror = () => {
        worker = null; // a strict page: do it here from now on
        give((task) => task.resolve(here().then((layout) => layout(task.input))));
      };
      return made;
    } catch {
      return null;
    }
  };
  return {
    layout(input) {
      if (input.nodes.length > HERE && worker === undefined) worker = start();
      const at = input.nodes.length > HERE ? worker : null;
      if (!at) return ready ? ready(input) : here().then((layout) => layout(input));
      return new Promise((resolve, reject) => {
        waiting = { input, resolve, reject };
        at.postMessage(input);
      });
    },
    destroy() {
      worker?.terminate();
      worker = null;
    },
  };
}
