// Layout in a worker, so that a big graph never holds up the page; here itself where there are no workers (a strict page).

import { type LayoutInput, type LayoutResult, layout } from "../model/layout/index.ts";
import type { Layouter } from "../view/app.ts";

declare const __WORKER_SOURCE__: string; // worker.ts, bundled to text by build.mjs

const HERE = 60; // marks: up to here the way to the worker and back takes longer than the layout

export function layouter(): Layouter {
  let worker: Worker | null = null;
  let waiting: { input: LayoutInput; resolve: (result: LayoutResult) => void; reject: (error: Error) => void } | null =
    null;
  const start = (): Worker | null => {
    try {
      const url = URL.createObjectURL(new Blob([__WORKER_SOURCE__], { type: "text/javascript" }));
      const made = new Worker(url);
      URL.revokeObjectURL(url);
      made.onmessage = (event: MessageEvent<{ result?: LayoutResult; error?: string }>) => {
        const task = waiting;
        waiting = null;
        if (event.data.result) task?.resolve(event.data.result);
        else task?.reject(new Error(event.data.error));
      };
      made.onerror = () => {
        const task = waiting;
        waiting = null;
        worker = null;
        if (task) task.resolve(layout(task.input));
      };
      return made;
    } catch {
      return null;
    }
  };
  return {
    layout(input) {
      if (input.nodes.length <= HERE) return layout(input);
      worker ??= start();
      const at = worker;
      if (at === null) return layout(input);
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
