// The memory strip: each storage as a row of cells, and under it the windows that tensors have on it.

import { type Strip, stripsOf } from "../model/memory.ts";
import { bytesKept } from "../model/scene/index.ts";
import type { State } from "../model/state.ts";
import { bytesText, short, thousands } from "../model/values.ts";
import { h } from "./dom.ts";
import type { Words } from "./words.ts";

const WIDE = 30; // px of a cell, at least
const DIGIT = 6.7; // px of a character in it
const NARROW = 13;
const WHOLE = 180;
const MOST_WIDE = 12; // cells that show their numbers

const isSelected = (s: Strip, selected: string | null): boolean =>
  `m${s.storage}` === selected || s.brackets.some((b) => `t${b.tensor}` === selected);

export class MemoryView {
  readonly element = h("div", { class: "memory" });
  private most = 96; // strips shown: the newest
  private written = new Map<number, number | null>();

  constructor(
    private readonly words: Words,
    private readonly select: (id: string) => void,
  ) {}

  show(state: State, selected: string | null, step: number): void {
    const strips = stripsOf(state);
    const w = this.words;
    const bytes = strips.filter((s) => s.alive).reduce((sum, s) => sum + s.bytes, 0);
    const title = h(
      "h4",
      {},
      h("b", {}, w.memory),
      ` ${thousands(strips.length)} ${w.storages}, ${bytesText(bytes)} · ${bytesText(bytesKept(state))} ${w.kept}`,
    );
    const shown = strips.filter((s, i) => i >= strips.length - this.most || isSelected(s, selected));
    const body = h("div", { class: "strips" });
    for (const device of new Set(shown.map((s) => s.device))) {
      const lane = shown.filter((s) => s.device === device);
      if (lane.length < shown.length || device !== "cpu")
        body.append(h("b", { class: "lane" }, device + (lane[0]!.simulated ? ` (${w.simulated})` : "")));
      body.append(...lane.map((s) => this.strip(s, selected, step)));
    }
    if (shown.length < strips.length) {
      const more = h("button", { type: "button" }, `+ ${thousands(strips.length - shown.length)} ${w.storages}`);
      more.addEventListener("click", () => {
        this.most *= 4;
        this.show(state, selected, step);
      });
      body.prepend(more);
    }
    this.element.replaceChildren(title, body);
    this.written = new Map(strips.map((s) => [s.storage, s.written]));
  }

  private strip(s: Strip, selected: string | null, step: number): HTMLElement {
    const w = this.words;
    const wide = s.elements <= MOST_WIDE;
    const longest = Math.max(0, ...(s.cells ?? []).map((v) => short(v, s.dtype).length));
    const cellWidth = s.cells ? (wide ? Math.max(WIDE, longest * DIGIT + 9) : NARROW) : WHOLE / Math.max(s.elements, 1);
    const cells = h("div", {
      class: `cells${s.cells ? (wide ? "" : " many") : " whole"}`,
      style: `--w:${cellWidth}px`,
    });
    if (s.cells)
      for (const v of s.cells) cells.append(h("span", wide ? {} : { title: short(v, s.dtype) }, short(v, s.dtype)));
    else cells.append(h("span", {}, `${s.elements} × ${s.dtype}`));
    const flash =
      s.written !== null &&
      this.written.has(s.storage) &&
      this.written.get(s.storage) !== s.written &&
      step > s.written;
    const on = isSelected(s, selected);
    const version = h(
      "span",
      { class: `ver${s.stale ? " new" : ""}` },
      `${s.version > 0 ? `v${s.version}` : ""}${s.alive ? "" : ` ${w.freed}`}${s.kept && s.brackets.length === 0 ? ` ${w.kept}` : ""}`,
    );
    const brackets = h("div", { class: "brackets" }, ...s.brackets.map((b) => this.bracket(b, cellWidth, selected)));
    const element = h(
      "div",
      {
        class: `strip${s.alive ? "" : " freed"}${s.stale ? " stale" : ""}${flash ? " flash" : ""}${on ? " selected" : ""}`,
        style: `--s:var(--s${s.storage % 8})`,
        "data-kind": "storage",
        "data-id": s.storage,
      },
      h("span", { class: "no" }, `#${s.storage}`),
      cells,
      version,
      brackets,
    );
    element.addEventListener("click", () => this.select(s.brackets[0] ? `t${s.brackets[0].tensor}` : `m${s.storage}`));
    return element;
  }

  private bracket(b: Strip["brackets"][number], cellWidth: number, selected: string | null): HTMLElement {
    const id = `t${b.tensor}`;
    const element = h("div", {
      class: `bracket${b.dashed ? " dashed" : ""}${id === selected ? " selected" : ""}`,
      title: `${b.label} ${b.detail}`,
      "data-tensor": b.tensor,
    });
    for (const span of b.spans) {
      element.append(
        h("i", {
          style: `left:${span.from * cellWidth + 1}px;width:${Math.max((span.to - span.from) * cellWidth - 2, 2)}px`,
        }),
      );
    }
    const from = b.spans[0]?.from ?? 0;
    const to = b.spans.at(-1)?.to ?? 1;
    element.append(
      h(
        "span",
        { style: `left:${((from + to) / 2) * cellWidth}px` },
        b.label + (b.uncounted ? " (.data)" : b.dashed ? " ✂" : ""),
      ),
    );
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      this.select(id);
    });
    return element;
  }
}
