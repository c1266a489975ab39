// A card, a chip, a pill: the parts of each mark, around its centre.

import type { Says } from "../model/compare.ts";
import type { Card, Mark, Pill } from "../model/scene/index.ts";
import { asNumber, type Grid, short } from "../model/values.ts";
import { s } from "./dom.ts";
import type { Words } from "./words.ts";

const PAD = 14;
const SHADES = 16; // of cells
const INK = "fill:var(--cellink)";

export interface Parts {
  readonly children: SVGElement[];
  readonly className: string;
  readonly style: string;
}

/** A sign at the upper edge: a hook changed this tensor's gradient. */
export function hookSign(c: Card, said: string): SVGElement {
  const text = `⚓ ${said}`;
  const width = roughWidth(text) + 10;
  const x = c.width / 2 - 14;
  return s(
    "g",
    { class: "gradchip hook", transform: `translate(${x - width} ${-c.height / 2 - 12})` },
    s("rect", { width, height: 16, rx: 8 }),
    s("text", { x: width / 2, y: 11.5, "text-anchor": "middle" }, text),
  );
}

/** A sign at the upper right corner: this differs from the picture beside. */
export function differs(m: Mark, says: Says, w: Words): SVGElement {
  const what = Object.keys(says).map((key) => w[key as keyof Words]);
  return s(
    "g",
    { class: "differs", transform: `translate(${m.width / 2 - 4} ${4 - m.height / 2})` },
    s("circle", { r: 8.5 }),
    s("text", { y: 4.5, "text-anchor": "middle" }, "≠"),
    s("title", {}, what.length ? `${w.differs}: ${what.join(", ")}` : w.only),
  );
}

export function cardParts(c: Card, norm: number | string | undefined, w: Words): Parts {
  const [left, top] = [-c.width / 2, -c.height / 2];
  const className = `mark card ${c.form === "chip" ? "chip " : ""}${c.standing}${c.root ? " root" : ""}${c.trouble ? " trouble" : ""}${norm !== undefined ? " reached" : ""}${c.alive ? "" : " gone"}`;
  const style = `--s:var(--s${c.storage % 8})`;
  const children: SVGElement[] = [
    s("rect", { class: "box", x: left, y: top, width: c.width, height: c.height, rx: c.form === "chip" ? 7 : 9 }),
  ];
  if (c.form === "chip") {
    children.push(s("rect", { class: "bar-s", x: left, y: top + 6, width: 3, height: c.height - 12, rx: 1.5 }));
    children.push(s("text", { x: 1, y: 4, "text-anchor": "middle" }, c.shape));
    return { children, className, style };
  }
  children.push(s("rect", { class: "bar-s", x: left, y: top + 10, width: 4, height: c.height - 20, rx: 2 }));
  children.push(s("text", { class: "name", x: left + PAD, y: top + 20 }, c.name));
  children.push(
    s(
      "text",
      { class: "s", x: -left - PAD + 3, y: top + 20, "text-anchor": "end" },
      standingOf(c, w) + (c.version > 0 ? ` · v${c.version}` : ""),
    ),
  );
  if (c.grid) children.push(valueGrid(c.grid, left + PAD, top + 29, c.cell, c.numbers, c.dtype));
  children.push(s("text", { class: "s", x: left + PAD, y: -top - 8 }, `${c.dtype} ${c.shape}`));
  if (c.grad) children.push(gradChip(c, -left - PAD + 4, -top - 21));
  return { children, className, style };
}

/** What a card says of its tensor's place in the graph. */
export function standingOf(c: Card, w: Words): string {
  if (c.root) return w.root;
  if (c.isLeaf) return c.standing === "leaf" ? w.leafGrad : w.leafNone;
  return c.standing === "inner" ? w.inner : w.none;
}

export function pillParts(p: Pill, w: Words): Parts {
  const hazard = p.stale.length > 0 || p.stopped;
  const className = `mark pill${p.ran !== null ? " ran" : ""}${hazard ? " hazard" : ""}${p.dead ? " gone" : ""}${p.noGrad ? " nograd" : ""}`;
  const children: SVGElement[] = [
    s("rect", {
      class: "box",
      x: -p.width / 2,
      y: -p.height / 2,
      width: p.width,
      height: p.height,
      rx: p.height / 2,
    }),
    s(
      "text",
      { class: "name s0", x: 0, y: 4, "text-anchor": "middle", style: "font-size:12px;font-weight:400" },
      p.name,
    ),
  ];
  const stale = p.stale[0];
  if (stale) {
    const lines = [`${w.saved} ${stale.name} @ v${stale.version}`, `${w.now} v${stale.now}`];
    const width = Math.max(...lines.map(roughWidth)) + 18;
    children.push(
      s(
        "g",
        { class: "stale", transform: `translate(0 ${-p.height / 2 - 40})` },
        s("rect", { x: -width / 2, y: 0, width, height: 33, rx: 6 }),
        s("text", { class: "t", x: 0, y: 14, "text-anchor": "middle" }, lines[0]!),
        s("text", { class: "s", x: 0, y: 27, "text-anchor": "middle" }, lines[1]!),
      ),
    );
  }
  if (p.stopped)
    children.push(
      s("text", { class: "stopped", x: 0, y: p.height / 2 + 17, "text-anchor": "middle" }, `✕ ${w.stoppedHere}`),
    );
  return { children, className, style: "" };
}

export function scissors(): SVGGElement {
  const sign = s("text", { "text-anchor": "middle", y: 4.5, style: "font-size:12px" }, "✂");
  return s("g", { class: "scissors" }, s("circle", { r: 10 }), sign);
}

/** The width of a small text, near enough to make room for it: Chinese signs are square. */
export const roughWidth = (text: string): number => [...text].reduce((sum, c) => sum + (c > "\u2e7f" ? 11.5 : 6.2), 0);

/** Numbers in cells shaded by size, or a heatmap where they do not fit. */
function valueGrid(
  grid: Grid,
  x: number,
  y: number,
  cell: { width: number; height: number },
  numbers: boolean,
  dtype: string,
): SVGGElement {
  const known = grid.values.map(asNumber).filter(Number.isFinite).map(Math.abs);
  const top = Math.max(...known, 0);
  const gap = numbers ? 1 : 0.5;
  const shades = new Map<number, string>(); // cells of one colour are one element
  const texts: SVGElement[] = [];
  for (const [i, v] of grid.values.entries()) {
    const left = (i % grid.columns) * cell.width;
    const row = Math.floor(i / grid.columns) * cell.height;
    const size = Math.abs(asNumber(v));
    const shade = Math.round((top > 0 && Number.isFinite(size) ? size / top : Number.isFinite(size) ? 0 : 1) * SHADES);
    const [width, height] = [cell.width - gap, cell.height - gap];
    shades.set(shade, `${shades.get(shade) ?? ""}M${left} ${row}h${width}v${height}h${-width}z`);
    if (numbers)
      texts.push(
        s(
          "text",
          { class: "m", x: left + width / 2, y: row + 13, "text-anchor": "middle", style: INK },
          short(v, dtype),
        ),
      );
  }
  const cells = [...shades].map(([shade, d]) => {
    const fill = `fill:color-mix(in srgb, var(--cell1) ${(shade / SHADES) * 80}%, var(--cell0))`;
    return s("path", { class: "value", d, style: fill });
  });
  return s("g", { transform: `translate(${x} ${y})` }, ...cells, ...texts);
}

/** The gradient in short; a plus where it was added to what was there. */
function gradChip(c: Card, right: number, y: number): SVGGElement {
  const values = c.grad?.grid?.values ?? [];
  const norm = Math.sqrt(values.map(asNumber).reduce((sum, v) => sum + v * v, 0));
  const size = c.grad?.grid?.cut
    ? "grad"
    : values.length === 1
      ? `grad ${short(values[0]!)}`
      : `‖g‖ ${short(Number(norm.toPrecision(2)))}`;
  const text = c.grad?.added ? `+ ${size}` : size;
  const width = Math.max(56, text.length * 6.2 + 10);
  return s(
    "g",
    { class: "gradchip" },
    s("rect", { x: right - width, y, width, height: 15, rx: 7.5 }),
    s("text", { x: right - width / 2, y: y + 11, "text-anchor": "middle" }, text),
  );
}
