// Draws marks and lines on a canvas, in the colours of the theme. Lines of one look are drawn together.

import { type Point, trace } from "../model/motion.ts";
import type { Box } from "../model/routes.ts";
import type { Card, Fold, Hull, Link, Mark, Pill } from "../model/scene/index.ts";
import { asNumber, short } from "../model/values.ts";
import type { View } from "./camera.ts";
import { foldLines, foldTitle } from "./fold-card.ts";
import { standingOf } from "./marks.ts";
import { MONO, SANS } from "./text.ts";
import type { Words } from "./words.ts";

const PAD = 14;
const ARROW = { length: 8, half: 3.5 };

interface Look {
  readonly selected: boolean;
  readonly reached: boolean;
}

export class Brush {
  private theme: string | undefined;
  private colours: Record<string, string> = {};
  private text = true;
  private paths = new Map<string, Path2D>();

  constructor(
    private readonly c: CanvasRenderingContext2D,
    private readonly words: Words,
  ) {}

  /** An empty canvas; `text`: whether text can be read. */
  begin(place: HTMLElement, canvas: HTMLCanvasElement, { k, x, y }: View, text: boolean): void {
    const style = getComputedStyle(place);
    const theme = style.getPropertyValue("--bg") + style.getPropertyValue("--ink");
    if (theme !== this.theme) {
      this.theme = theme;
      this.colours = {};
      const names = ["bg", "ink", "soft", "fwd", "grad", "leaf", "hazard", "cell0", "cell1", "cellink"];
      for (const name of [...names, ..."01234567".split("").map((n) => `s${n}`)])
        this.colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
    this.text = text;
    const { c } = this;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, canvas.width, canvas.height);
    c.setTransform(k, 0, 0, k, x, y);
    c.textBaseline = "alphabetic";
  }

  hull(hull: Hull, { left, top, right, bottom }: Box, title: string): void {
    const colour = hull.folds ? "s7" : "soft";
    this.box(
      left,
      top,
      right - left,
      bottom - top,
      12,
      this.mix(colour, hull.folds ? 5 : 9, "transparent"),
      hull.folds ? this.mix("s7", 70, "transparent") : null,
      1,
      [2, 3],
    );
    if (!this.text) return;
    if (hull.folds) this.say("⊟ ", left + 10, top + 16, `600 11px ${SANS}`, "s0");
    this.say(title, left + (hull.folds ? 23 : 10), top + 16, `600 11px ${SANS}`, colour);
  }

  line(link: Link, points: readonly Point[]): void {
    const own = link.kind === "view" || link.kind === "detach";
    const colour = link.hazard
      ? "hazard"
      : own
        ? `s${(link.storage ?? 0) % 8}`
        : link.kind === "write"
          ? "soft"
          : "fwd";
    const way = link.reversed ? [...points].reverse() : points;
    this.add(`${colour} ${own ? 1.8 : link.hazard ? 2 : 1.6} ${link.faded ? 0.45 : 1}${own ? " d" : ""}`, way);
    if (!own) this.arrow(colour, link.faded ? 0.45 : 1, way.at(-1)!, link.reversed ? -1 : 1);
  }

  back(points: readonly Point[], width: number): void {
    this.add(`grad ${width} 0.92`, points);
    this.arrow("grad", 0.92, points.at(-1)!, -1);
  }

  private add(look: string, points: readonly Point[]): void {
    trace(points, this.path(look));
  }

  private path(look: string): Path2D {
    let path = this.paths.get(look);
    if (!path) {
      path = new Path2D();
      this.paths.set(look, path);
    }
    return path;
  }

  private arrow(colour: string, alpha: number, at: Point, way: number): void {
    if (!this.text) return;
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
      c.setLineDash(dashed ? [5, 4] : []);
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
    c.globalAlpha = shown * (gone ? (mark.kind === "group" ? 0.7 : 0.42) : 1);
    if (mark.kind === "tensor") this.card(mark, x, y, look);
    else if (mark.kind === "op") this.pill(mark, at, x, y, look);
    else this.fold(mark, x, y, look);
    c.globalAlpha = 1;
  }

  private card(m: Card, x: number, y: number, look: Look): void {
    const colour = m.trouble
      ? "hazard"
      : m.root
        ? "grad"
        : m.standing === "leaf"
          ? "leaf"
          : look.reached
            ? "grad"
            : "fwd";
    const chip = m.form === "chip";
    const width = look.selected ? 3 : m.trouble ? 2.5 : chip ? 1.2 : m.standing === "leaf" || m.root ? 2 : 1.5;
    this.box(
      x,
      y,
      m.width,
      m.height,
      chip ? 7 : 9,
      this.colours.bg!,
      this.colours[colour]!,
      width,
      m.standing === "none" ? [4, 3] : [],
    );
    this.c.fillStyle = this.colours[`s${m.storage % 8}`]!;
    this.c.fillRect(x, y + 8, chip ? 3 : 4, m.height - 16);
    if (chip) {
      if (this.text) this.say(m.shape, x + m.width / 2 + 1, y + 17, `11px ${SANS}`, "soft", "center");
      return;
    }
    if (m.grid) this.grid(m, x + PAD, y + 29);
    if (!this.text) return;
    this.say(m.name, x + PAD, y + 20, `600 13px ${SANS}`, "ink");
    const standing = standingOf(m, this.words) + (m.version > 0 ? ` · v${m.version}` : "");
    this.say(standing, x + m.width - PAD + 3, y + 20, `11px ${SANS}`, "soft", "right");
    this.say(`${m.dtype} ${m.shape}${m.grad ? " · grad" : ""}`, x + PAD, y + m.height - 8, `11px ${SANS}`, "soft");
  }

  private grid({ grid, cell, numbers, dtype }: Card, x: number, y: number): void {
    const { c } = this;
    const sizes = grid!.values.map((v) => Math.abs(asNumber(v)));
    const top = Math.max(0, ...sizes.filter(Number.isFinite));
    for (const [i, v] of grid!.values.entries()) {
      const [left, above] = [x + (i % grid!.columns) * cell.width, y + Math.floor(i / grid!.columns) * cell.height];
      const share = Number.isFinite(sizes[i]!) ? (top > 0 ? sizes[i]! / top : 0) : 1;
      c.fillStyle = this.mix("cell1", Math.round(share * 82), this.colours.cell0!);
      c.fillRect(left, above, cell.width - 0.5, cell.height - 0.5);
      if (numbers && this.text)
        this.say(short(v, dtype), left + cell.width / 2, above + 13, `11px ${MONO}`, "cellink", "center");
    }
  }

  private pill(m: Pill, at: Point, x: number, y: number, look: Look): void {
    const hazard = m.stale.length > 0 || m.stopped;
    const colour = hazard ? "hazard" : m.ran !== null ? "grad" : "fwd";
    const fill = colour === "fwd" ? this.colours.bg! : this.mix(colour, 9, this.colours.bg!);
    this.box(
      x,
      y,
      m.width,
      m.height,
      m.height / 2,
      fill,
      this.colours[colour]!,
      look.selected ? 3 : hazard ? 2 : 1.4,
      m.noGrad ? [4, 3] : [],
    );
    if (!this.text) return;
    this.say(m.name, at.x, at.y + 4, `12px ${SANS}`, "ink", "center");
    if (m.stopped)
      this.say(`✕ ${this.words.stoppedHere}`, at.x, y + m.height + 17, `600 12px ${SANS}`, "hazard", "center");
  }

  private fold(m: Fold, x: number, y: number, look: Look): void {
    const fill = this.mix("s7", 10, this.colours.bg!);
    const colour = m.hazard || m.stopped ? "hazard" : m.ran ? "grad" : "s7";
    this.box(x + 4, y + 4, m.width, m.height, 10, fill, this.mix("s7", 50, "transparent"), 1);
    this.box(x, y, m.width, m.height, 10, fill, this.colours[colour]!, look.selected ? 3 : 1);
    if (!this.text) return;
    this.say("⊞", x + PAD, y + 19, `600 13px ${SANS}`, "s0");
    this.say(foldTitle(m, this.words), x + PAD + 16, y + 19, `600 13px ${SANS}`, "ink");
    for (const [i, line] of foldLines(m, this.words).entries())
      this.say(line, x + PAD, y + 36 + i * 16, `11px ${SANS}`, "soft");
  }

  private say(text: string, x: number, y: number, font: string, colour: string, align: CanvasTextAlign = "left"): void {
    const { c } = this;
    if (c.font !== font) c.font = font;
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
    if (this.text) c.roundRect(x, y, width, height, radius);
    else c.rect(x, y, width, height);
    c.fillStyle = fill;
    c.fill();
    if (stroke === null) return;
    c.strokeStyle = stroke;
    c.lineWidth = line;
    c.setLineDash(this.text ? dash : []);
    c.stroke();
    c.setLineDash([]);
  }

  private mix(colour: string, share: number, other: string): string {
    return `color-mix(in srgb, ${this.colours[colour]} ${share}%, ${other})`;
  }
}
