// Layout in a worker, so that a big graph never holds up the page; in the page itself where the graph is small, or where
// there are no workers.

import type { LayoutInput, LayoutResult } from "../model/layout/index.ts";
import type { Layouter } from "../view/app.ts";
import { engine, type Layout } from "./engine.ts";

const HERE = 60; // marks: up to here the way to the worker and back takes longer than the layout

interface Task {
  readonly input: LayoutInput;
  readonly resolve: (result: LayoutResult) => void;
  readonly reject: (error: unknown) => void;
}

type Reply = { readonly result: LayoutResult } | { readonly error: string };

let ready: Layout | null = null;

/** The engine in this page, made when first needed. */
function here(input: LayoutInput): LayoutResult {
  ready ??= engine();
  return ready(input);
}

/** What the worker does. Its text goes there alone: it names nothing of this file. */
function work(make: () => Layout): void {
  const layout = make();
  const scope = globalThis as unknown as {
    onmessage: (event: { readonly data: LayoutInput }) => void;
    postMessage(reply: Reply): void;
  };
  scope.onmessage = (event) => {
    try {
      scope.postMessage({ result: layout(event.data) });
    } catch (error) {
      scope.postMessage({ error: String((error as Error)?.message ?? error) });
    }
  };
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
      const address = URL.createObjectURL(new Blob([`(${work})(${engine})`], { type: "text/javascript" }));
      const made = new Worker(address);
      made.onmessage = ({ data }: MessageEvent<Reply>) =>
        give((task) => ("result" in data ? task.resolve(data.result) : task.reject(new Error(data.error))));
      made.onerror = () => {
        worker = null; // a strict page: do it here from now on
        give((task) => {
          try {
            task.resolve(here(task.input));
          } catch (error) {
            task.reject(error);
          }
        });
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
      if (!at) return here(input);
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
