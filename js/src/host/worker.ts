// The layout engine as a file of its own: imported by the page for small graphs, run as a worker for big ones.

import { type LayoutInput, layout } from "../model/layout/index.ts";

export { layout };

interface Scope {
  readonly document?: unknown;
  onmessage: ((event: { readonly data: LayoutInput }) => void) | null;
  postMessage(message: unknown): void;
}

const scope = globalThis as unknown as Scope;

if (scope.document === undefined && "postMessage" in scope) {
  scope.onmessage = (event) => {
    try {
      scope.postMessage({ result: layout(event.data) });
    } catch (error) {
      scope.postMessage({ error: error instanceof Error ? error.message : String(error) });
    }
  };
}
