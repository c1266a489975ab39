// The graph as a tree of labelled elements, for the keyboard and for screen readers; and a voice that tells the step.

import type { Scene } from "../model/scene/index.ts";
import type { Step } from "../model/steps.ts";
import { h } from "./dom.ts";
import { foldLines, foldTitle } from "./fold-card.ts";
import type { Words } from "./words.ts";

const MOST = 200; // items at once
const SPEAK_MS = 1000; // at most one message in this time

export class OutlineView {
  readonly element: HTMLElement;
  private readonly tree: HTMLElement;
  private readonly voice = h("div", { "aria-live": "polite", role: "status" });
  private spoken = 0;
  private focus = 0;

  constructor(
    private readonly words: Words,
    private readonly select: (id: string) => void,
  ) {
    this.tree = h("div", { role: "tree", "aria-label": words.graph, tabindex: 0 });
    this.element = h("div", { class: "hidden" }, this.tree, this.voice);
    this.tree.addEventListener("keydown", (event) => {
      const items = [...this.tree.querySelectorAll<HTMLElement>("[role=treeitem]")];
      const move = { ArrowDown: 1, ArrowUp: -1, Home: -items.length, End: items.length }[event.key];
      if (move === undefined && event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      this.focus = Math.max(0, Math.min(items.length - 1, this.focus + (move ?? 0)));
      const item = items[this.focus];
      if (item) {
        this.tree.setAttribute("aria-activedescendant", item.id);
        this.select(item.dataset.mark!);
      }
    });
  }

  show(scene: Scene, step: Step | null, prefix: string): void {
    const w = this.words;
    const items = [
      ...[...scene.folds, ...scene.hulls.filter((h) => h.folds)].map((g) => ({
        id: g.id,
        text: [foldTitle(g, w), ...("ops" in g ? foldLines(g, w) : [])].join(", "),
        open: !("ops" in g),
      })),
      ...scene.cards.map((c) => ({
        id: c.id,
        text: `${c.name || "tensor"}, ${c.dtype} ${c.shape}, ${c.standing === "leaf" ? w.leafGrad : c.standing === "inner" ? w.inner : c.isLeaf ? w.leafNone : w.none}, ${w.storage} #${c.storage}${c.grad ? `, ${w.grad}` : ""}${scene.flows?.hooked.has(c.tensor) ? `, hook ${scene.flows.hooked.get(c.tensor)}` : ""}${c.alive ? "" : `, ${w.gone}`}`,
      })),
      ...scene.pills.map((p) => ({
        id: p.id,
        text: `${p.name}${p.node ? `, ${p.node}` : ""}, ${scene.links
          .filter((l) => l.target === p.id)
          .map((l) => scene.cards.find((c) => c.id === l.source)?.name || "…")
          .join(
            ", ",
          )}${p.stale.length ? `, ${w.saved} ${p.stale[0]!.name} v${p.stale[0]!.version} → v${p.stale[0]!.now}` : ""}${p.stopped ? `, ${w.stoppedHere}` : ""}`,
      })),
    ].slice(0, MOST);
    this.tree.replaceChildren(
      ...items.map((item) =>
        h("div", {
          role: "treeitem",
          id: `${prefix}-${item.id}`,
          "data-mark": item.id,
          "aria-label": item.text,
          ...("open" in item ? { "aria-expanded": String(item.open) } : {}),
        }),
      ),
    );
    this.speak(step);
  }

  private speak(step: Step | null): void {
    const now = Date.now();
    if (!step || now - this.spoken < SPEAK_MS) return;
    this.spoken = now;
    this.voice.textContent = step.label;
  }
}
