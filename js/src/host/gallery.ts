// Recorded programs, one a page, for those who work on the picture: `npm run dev` builds and serves it, and reloads it at
// every change. `#stale` shows that trace, `#stale/7` its seventh step, `#stale/7/dark` in the dark, `#stale/7/dark/facts` with
// what was selected; an empty part means the usual. tests/e2e/test_looks.py compares these with pictures of them.

import accumulate from "../../../tests/golden/accumulate.trace.jsonl";
import big from "../../../tests/golden/big.trace.jsonl";
import data from "../../../tests/golden/data.trace.jsonl";
import detach from "../../../tests/golden/detach.trace.jsonl";
import detachInPlace from "../../../tests/golden/detach_.trace.jsonl";
import hooks from "../../../tests/golden/hooks.trace.jsonl";
import noGrad from "../../../tests/golden/no_grad.trace.jsonl";
import stale from "../../../tests/golden/stale.trace.jsonl";
import viewWrite from "../../../tests/golden/view_write.trace.jsonl";
import type { App, Options } from "../view/app.ts";
import { mountReplay } from "./replay.ts";

const TRACES: Record<string, string> = {
  detach,
  detach_: detachInPlace,
  stale,
  view_write: viewWrite,
  data,
  no_grad: noGrad,
  accumulate,
  hooks,
  big,
};

/** What is done to a picture once it is there. */
const THEN: Record<string, (app: App) => void> = {
  facts: ({ root }) => root.querySelector('[data-kind="tensor"]')!.dispatchEvent(new Event("click", { bubbles: true })),
  legend: ({ root }) => root.dispatchEvent(new KeyboardEvent("keydown", { key: "?" })),
  compare: (app) => {
    app.root.querySelector<HTMLElement>('[aria-label^="Compare"]')!.click();
    app.seek(3);
  },
  chinese: ({ root }) => [...root.querySelectorAll("button")].find((b) => b.textContent === "中文")!.click(),
};

async function show(): Promise<void> {
  const [name = "", step, theme, then] = location.hash.slice(1).split("/");
  const chosen = name in TRACES ? name : "detach";
  const links = Object.keys(TRACES).map((key) => {
    const link = document.createElement("a");
    link.href = `#${key}`;
    link.textContent = key;
    if (key === chosen) link.setAttribute("aria-current", "page");
    return link;
  });
  document.querySelector("nav")!.replaceChildren(...links);
  const place = document.querySelector("main")!;
  place.replaceChildren();
  const options: Options = {
    title: chosen,
    height: 600,
    theme: theme === "dark" || theme === "light" ? theme : "auto",
  };
  const app = await mountReplay(place, new TextEncoder().encode(TRACES[chosen]!), options);
  if (step) app.seek(Number(step));
  THEN[then ?? ""]?.(app);
}

addEventListener("hashchange", () => void show());
void show();
if (location.hostname === "127.0.0.1" && !location.search) {
  new EventSource("/esbuild").addEventListener("change", () => location.reload());
}
