// Draws marks and lines on a canvas, in the colours of the theme. Lines of one look are drawn together.

import { type Point, trace } from "../model/motion.ts";
import type { Box } from "../model/routes.ts";
import type { Card, Fold, Hull, Link, Mark, Pill } from "../model/scene/index.ts";
import { asNumber, short } from "../model/values.ts";
import type { View } from "./camera.ts";
import { foldLines, foldTitle } from "./fold-card.ts";
import { standingOf } from "./marks.ts";
import { colourOf, themeOf } from "./palette.ts";
import { MONO, SANS } from "./text.ts";
import type { Words } from "./words.ts";

const PAD = 14;
const TITLE = 150; // px kept free for a title at the end of its frame
const BEYOND = 20; // px that are drawn beyond the window
const TINY = 3; // px of the window: a mark that is not higher is a dot
const COLOURS = "bg ink soft fwd grad quiet loud leaf hazard cell0 cell1 cellink s0 s1 s2 s3 s4 s5 s6 s7".split(" ");
const ARROW = { length: 8, half: 3.5 };

interface Look {
  readonly selected: boolean;
  readonly reached: boolean;
  /** From the picture beside this one. */
  readonly differs: boolean;
}

/** A link with its points; `way`: where its arrow points to; `look`: colour, width, opacity, and a sign that it is dashed. */
export interface Line {
  readonly link: Link;
  readonly points: readonly Point[];
  readonly way: Point;
  readonly look: string;
}

export function lookOf(link: Link): string {
  const own = link.kind === "view" || link.kind === "detach";
  const colour = link.hazard ? "hazard" : own ? `s${(link.storage ?? 0) % 8}` : link.kind === "write" ? "soft" : "fwd";
  return `${colour} ${own ? 1.8 : link.hazard ? 2 : 1.6} ${link.faded ? 0.45 : 1}${own ? " dashed" : ""}`;
}

/** How much can be seen: all; no text any more; boxes and straight lines. */
export type Detail = "text" | "cells" | "boxes";

export class Brush {
  private theme: string | undefined;
  private colours: Record<string, string> = {};
  private mixed = new Map<string, string>();
  private text = true;
  private detail: Detail = "text";
  private hair = 1; // px of the drawing that are about one of the window
  private font = "";
  private paths = new Map<string, Path2D>();
  private rects = new Map<string, number[]>();

  constructor(
    private readonly c: CanvasRenderingContext2D,
    private readonly words: Words,
  ) {}

  /** An empty canvas. */
  begin(place: HTMLElement, canvas: HTMLCanvasElement, { k, x, y }: View, detail: Detail, hair: number): void {
    const { c } = this;
    const theme = themeOf(place);
    if (theme !== this.theme) {
      this.theme = theme;
      this.mixed.clear();
      for (const name of COLOURS) this.colours[name] = colourOf(place, name);
    }
    this.detail = detail;
    this.text = detail === "text";
    this.hair = hair;
    this.font = "";
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, canvas.width, canvas.height);
    c.setTransform(k, 0, 0, k, x, y);
    c.textBaseline = "alphabetic";
  }

  /** What of it is in the window; a title goes along with the window's edge. */
  hull(hull: Hull, whole: Box, title: string, window_: Box): void {
    const colour = hull.folds ? "s7" : "soft";
    const fill = this.mix(colour, hull.folds ? 5 : 9);
    const left = Math.max(whole.left, window_.left - BEYOND);
    const top = Math.max(whole.top, window_.top - BEYOND);
    const width = Math.min(whole.right, window_.right + BEYOND) - left;
    const height = Math.min(whole.bottom, window_.bottom + BEYOND) - top;
    if (
      !this.text ||
      (width >= window_.right - window_.left + BEYOND && height >= window_.bottom - window_.top + BEYOND)
    ) {
      this.c.fillStyle = fill;
      this.c.fillRect(left, top, width, height);
    } else this.box(left, top, width, height, 12, fill, hull.folds ? this.mix("s7", 40) : null, 1);
    if (!this.text) return;
    const start = Math.max(whole.left, Math.min(window_.left, whole.right - TITLE)) + 10;
    if (hull.folds) this.say("⊟", start, whole.top + 16, `600 11px ${SANS}`, "s0");
    this.say(title, start + (hull.folds ? 13 : 0), whole.top + 16, `600 11px ${SANS}`, colour);
  }

  line({ link, points, way, look }: Line): void {
    this.add(look, points);
    if (this.text && link.kind !== "view" && link.kind !== "detach") this.arrow(look, way, link.reversed ? -1 : 1);
  }

  back(points: readonly Point[], look: string): void {
    this.add(look, points);
    if (this.text) this.arrow(look, points.at(-1)!, -1);
  }

  private add(look: string, points: readonly Point[]): void {
    const path = this.path(look);
    if (this.detail !== "boxes") trace(points, path);
    else
      for (let i = 0; i < points.length; i++)
        i ? path.lineTo(points[i]!.x, points[i]!.y) : path.moveTo(points[i]!.x, points[i]!.y);
  }

  private path(look: string): Path2D {
    let path = this.paths.get(look);
    if (!path) {
      path = new Path2D();
      this.paths.set(look, path);
    }
    return path;
  }

  private arrow(look: string, at: Point, way: number): void {
    const [colour, , alpha] = look.split(" ");
    const path = this.path(`${colour} 0 ${alpha}`);
    path.moveTo(at.x, at.y);
    path.lineTo(at.x - way * ARROW.length, at.y - ARROW.half);
    path.lineTo(at.x - way * ARROW.length, at.y + ARROW.half);
    path.closePath();
  }

  /** Draw the lines so far. */
  lines(): void {
    const { c } = this;
    for (const [look, path] of this.paths) {
      const [colour, width, alpha, dashed] = look.split(" ");
      c.globalAlpha = Number(alpha);
      c.setLineDash(dashed && this.text ? [5, 4] : []);
      c.lineWidth = Number(width);
      c.fillStyle = c.strokeStyle = this.colours[colour!]!;
      if (width === "0") c.fill(path);
      else c.stroke(path);
    }
    this.paths = new Map();
    c.globalAlpha = 1;
    c.setLineDash([]);
  }

  mark(mark: Mark, at: Point, shown: number, look: Look): void {
    const { c } = this;
    const [x, y] = [at.x - mark.width / 2, at.y - mark.height / 2];
    const gone = mark.kind === "tensor" ? !mark.alive : mark.dead;
    const alpha = shown * (gone ? (mark.kind === "group" ? 0.7 : 0.42) : 1);
    c.globalAlpha = alpha;
    if (!this.text) this.small(mark, x, y, alpha, look);
    else if (mark.kind === "tensor") this.card(mark, x, y, look);
    else if (mark.kind === "op") this.pill(mark, at, x, y, look);
    else this.fold(mark, x, y, look);
    if (look.differs && this.text) this.say("≠", x + mark.width, y + 5, `700 15px ${SANS}`, "loud", "center");
    c.globalAlpha = 1;
  }

  /** A mark too small to read: boxes of its colours, drawn later together with others of their colour. */
  private small(mark: Mark, x: number, y: number, alpha: number, look: Look): void {
    const edge = Math.max(look.selected ? 4 : 1.5, this.hair * (look.selected ? 2 : 0.8));
    const [outline, fill] = this.looks(mark, look);
    this.rect(`1 ${alpha} ${this.colours[outline]}`, x, y, mark.width, mark.height);
    if (mark.height < TINY * this.hair) return;
    this.rect(`2 ${alpha} ${fill}`, x + edge, y + edge, mark.width - 2 * edge, mark.height - 2 * edge);
    if (mark.kind !== "tensor") return;
    this.rect(`3 ${alpha} ${this.colours[`s${mark.storage % 8}`]}`, x, y, mark.form === "chip" ? 4 : 7, mark.height);
    if (!mark.grid) return;
    if (this.detail === "cells")
      this.cells(mark, x + PAD, y + 29, (colour, ...box) => this.rect(`4 ${alpha} ${colour}`, ...box));
    else {
      const { grid, cell } = mark;
      this.rect(`4 ${alpha} ${this.shade(0.5)}`, x + PAD, y + 29, grid.columns * cell.width, grid.rows * cell.height);
    }
  }

  private rect(look: string, x: number, y: number, width: number, height: number): void {
    const list = this.rects.get(look);
    if (list) list.push(x, y, width, height);
    else this.rects.set(look, [x, y, width, height]);
  }

  /** Draw the small marks so far. */
  marks(): void {
    const { c } = this;
    for (const [look, list] of [...this.rects].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
      const [, alpha, colour] = look.split(" ");
      c.globalAlpha = Number(alpha);
      c.fillStyle = colour!;
      for (let i = 0; i < list.length; i += 4) c.fillRect(list[i]!, list[i + 1]!, list[i + 2]!, list[i + 3]!);
    }
    this.rects = new Map();
    c.globalAlpha = 1;
  }

  /** The colours of a mark: the name of its outline's, and what fills it. */
  private looks(m: Mark, look: Look): [string, string] {
    const { bg } = this.colours;
    if (look.differs) return ["loud", bg!];
    if (m.kind === "tensor") {
      const live = m.standing === "leaf" ? "leaf" : look.reached ? "grad" : "fwd";
      return [m.trouble ? "hazard" : m.root ? "grad" : live, bg!];
    }
    if (m.kind === "op") {
      const colour = m.stale.length > 0 || m.stopped ? "hazard" : m.ran !== null ? "grad" : "fwd";
      return [colour, colour === "fwd" ? bg! : this.mix(colour, 9, "bg")];
    }
    return [m.hazard || m.stopped ? "hazard" : m.ran ? "grad" : "s7", this.mix("s7", 10, "bg")];
  }

  private card(m: Card, x: number, y: number, look: Look): void {
    const [colour, fill] = this.looks(m, look);
    const chip = m.form === "chip";
    const width = look.selected ? 3 : m.trouble ? 2.5 : chip ? 1.2 : m.standing === "leaf" || m.root ? 2 : 1.5;
    const dash = m.standing === "none" ? [4, 3] : [];
    this.box(x, y, m.width, m.height, chip ? 7 : 9, fill, this.colours[colour]!, width, dash);
    this.c.fillStyle = this.colours[`s${m.storage % 8}`]!;
    this.c.fillRect(x, y + 8, chip ? 3 : 4, m.height - 16);
    if (chip) {
      this.say(m.shape, x + m.width / 2 + 1, y + 17, `11px ${SANS}`, "soft", "center");
      return;
    }
    if (m.grid) this.grid(m, x + PAD, y + 29);
    this.say(m.name, x + PAD, y + 20, `600 13px ${SANS}`, "ink");
    const standing = standingOf(m, this.words) + (m.version > 0 ? ` · v${m.version}` : "");
    this.say(standing, x + m.width - PAD + 3, y + 20, `11px ${SANS}`, "soft", "right");
    this.say(`${m.dtype} ${m.shape}${m.grad ? " · grad" : ""}`, x + PAD, y + m.height - 8, `11px ${SANS}`, "soft");
  }

  private grid(m: Card, x: number, y: number): void {
    this.cells(m, x, y, (colour, left, top, width, height) => {
      this.c.fillStyle = colour;
      this.c.fillRect(left, top, width, height);
    });
    if (!m.numbers) return;
    const { grid, cell, dtype } = m;
    for (const [i, v] of grid!.values.entries()) {
      const [left, top] = [
        x + ((i % grid!.columns) + 0.5) * cell.width,
        y + Math.floor(i / grid!.columns) * cell.height,
      ];
      this.say(short(v, dtype), left, top + 13, `11px ${MONO}`, "cellink", "center");
    }
  }

  private cells(
    { grid, cell }: Card,
    x: number,
    y: number,
    draw: (colour: string, x: number, y: number, width: number, height: number) => void,
  ): void {
    const sizes = grid!.values.map((v) => Math.abs(asNumber(v)));
    let top = 0;
    for (const size of sizes) if (size > top && size < Number.POSITIVE_INFINITY) top = size;
    for (let i = 0; i < sizes.length; i++) {
      const share = Number.isFinite(sizes[i]) ? (top > 0 ? sizes[i]! / top : 0) : 1;
      const [left, above] = [x + (i % grid!.columns) * cell.width, y + Math.floor(i / grid!.columns) * cell.height];
      draw(this.shade(share), left, above, cell.width - 0.5, cell.height - 0.5);
    }
  }

  /** The colour of a cell, by its size as a share of the largest one's. */
  private shade(share: number): string {
    return this.mix("cell1", Math.round(share * 16) * 5, "cell0");
  }

  private pill(m: Pill, at: Point, x: number, y: number, look: Look): void {
    const [colour, fill] = this.looks(m, look);
    const width = look.selected ? 3 : colour === "hazard" ? 2 : 1.4;
    this.box(x, y, m.width, m.height, m.height / 2, fill, this.colours[colour]!, width, m.noGrad ? [4, 3] : []);
    this.say(m.name, at.x, at.y + 4, `12px ${SANS}`, "ink", "center");
    if (m.stopped)
      this.say(`✕ ${this.words.stoppedHere}`, at.x, y + m.height + 17, `600 12px ${SANS}`, "hazard", "center");
  }

  private fold(m: Fold, x: number, y: number, look: Look): void {
    const [colour, fill] = this.looks(m, look);
    this.box(x + 4, y + 4, m.width, m.height, 10, fill, this.mix("s7", 50), 1);
    this.box(x, y, m.width, m.height, 10, fill, this.colours[colour]!, look.selected ? 3 : 1);
    this.say("⊞", x + PAD, y + 19, `600 13px ${SANS}`, "s0");
    this.say(foldTitle(m, this.words), x + PAD + 16, y + 19, `600 13px ${SANS}`, "ink");
    for (const [i, line] of foldLines(m, this.words).entries())
      this.say(line, x + PAD, y + 36 + i * 16, `11px ${SANS}`, "soft");
  }

  private say(text: string, x: number, y: number, font: string, colour: string, align: CanvasTextAlign = "left"): void {
    const { c } = this;
    if (font !== this.font) {
      this.font = font;
      c.font = font;
    }
    c.textAlign = align;
    c.fillStyle = this.colours[colour]!;
    c.fillText(text, x, y);
  }

  private box(
    x: number,
    y: number,
    width: number,
    height: number,
    radius: number,
    fill: string,
    stroke: string | null,
    line: number,
    dash: number[] = [],
  ): void {
    const { c } = this;
    c.beginPath();
    c.roundRect(x, y, width, height, radius);
    c.fillStyle = fill;
    c.fill();
    if (stroke === null) return;
    c.strokeStyle = stroke;
    c.lineWidth = line;
    if (dash.length) c.setLineDash(dash);
    c.stroke();
    if (dash.length) c.setLineDash([]);
  }

  /** A colour with a share (in percent) of itself and the rest of another, or of nothing. */
  private mix(colour: string, share: number, other = ""): string {
    const key = `${colour} ${share} ${other}`;
    let found = this.mixed.get(key);
    if (!found) {
      const parts = (name: string): number[] =>
        [1, 3, 5].map((i) => Number.parseInt(this.colours[name]!.slice(i, i + 2), 16));
      const [a, b] = [parts(colour), other ? parts(other) : []];
      const mixed = a.map((x, i) => Math.round(other ? (x * share + b[i]! * (100 - share)) / 100 : x));
      found = `rgb(${mixed.join()}${other ? "" : `,${share / 100}`})`;
      this.mixed.set(key, found);
    }
    return found;
  }
}
