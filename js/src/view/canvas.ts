// A scene on a canvas, for scenes too big for an element per mark: what is out of sight is not drawn, and neither is text
// that is too small to read.

import { toneOf, widthOf } from "../model/flow.ts";
import type { Placed, Point } from "../model/motion.ts";
import { around, type Box, backOf, frameOf, routeOf } from "../model/routes.ts";
import { marksOf } from "../model/scene/arrange.ts";
import type { Hull, Link, Mark, Scene } from "../model/scene/index.ts";
import { Brush, type Line, lookOf } from "./brush.ts";
import type { View } from "./camera.ts";
import { h } from "./dom.ts";
import { foldTitle } from "./fold-card.ts";
import { type Frame, READABLE, type Renderer } from "./renderer.ts";
import { roomOf } from "./room.ts";
import { SvgRenderer } from "./svg.ts";
import type { Words } from "./words.ts";

const TONES = { "": "grad", quiet: "quiet", loud: "loud", bad: "hazard" };
const CELLS = 0.15; // scale: below this there are no cells
const TITLE = 22; // px, of an open group's title
const SHORT = 3; // px of the window: a shorter line is not drawn where all is small
const DETOUR = 12; // px that a line may bend beyond its points

interface Placement extends Line {
  readonly box: Box;
  /** The gradient that went along it. */
  readonly back: { readonly points: readonly Point[]; readonly look: string } | null;
}

export class CanvasRenderer implements Renderer {
  private readonly canvas = h("canvas", { class: "sparks", "aria-hidden": "true" });
  private readonly brush: Brush;
  private scene!: Scene;
  private placed!: Placed;
  private marks = new Map<string, Mark>();
  private fresh: ReadonlySet<string> = new Set();
  private nodes: ReadonlyMap<string, Point> = new Map();
  private lines: readonly Placement[] = [];
  private hulls: readonly { readonly hull: Hull; readonly box: Box }[] = [];
  private shown = 1;
  private view: View = { k: 1, x: 0, y: 0 };
  private selected: string | null = null;
  private waiting = 0;

  constructor(
    private readonly place: HTMLElement,
    private readonly words: Words,
  ) {
    place.prepend(this.canvas);
    this.brush = new Brush(this.canvas.getContext("2d")!, words);
    place.addEventListener("pointermove", this.point);
  }

  setScene(scene: Scene, placed: Placed): void {
    this.scene = scene;
    this.placed = placed;
    const before = this.marks;
    this.marks = new Map(marksOf(scene).map((m) => [m.id, m]));
    this.fresh = new Set([...this.marks.keys()].filter((id) => !before.has(id)));
  }

  setCamera(view: View): void {
    this.view = view;
    this.soon();
  }

  frame({ nodes, shown }: Frame): void {
    this.nodes = nodes;
    this.shown = shown;
    this.lines = this.scene.links.flatMap((link) => {
      const [from, to] = [this.marks.get(link.source), this.marks.get(link.target)];
      const points = from && to && routeOf(link, from, to, nodes, this.placed);
      return points ? [this.placement(link, points)] : [];
    });
    this.hulls = [...this.scene.hulls]
      .sort((a, b) => a.depth - b.depth)
      .flatMap((hull) => {
        const box = frameOf(hull, this.marks, nodes, this.placed);
        return box ? [{ hull, box }] : [];
      });
    this.soon();
  }

  private placement(link: Link, points: readonly Point[]): Placement {
    const width = link.gradient ? Math.round(widthOf(link.gradient.norm) * 2) / 2 : 0;
    const back = link.gradient
      ? { points: backOf(points), look: `${TONES[toneOf(link.gradient!.norm)]} ${width} 0.92` }
      : null;
    const way = (link.reversed ? points[0] : points.at(-1))!;
    return { link, points, way, look: lookOf(link), box: boxOf(points), back };
  }

  settled(): void {}

  select(id: string | null): void {
    this.selected = id;
    this.soon();
  }

  hitTest(event: MouseEvent): string | null {
    const { left, top } = this.place.getBoundingClientRect();
    const { k, x, y } = this.view;
    const at = { x: (event.clientX - left - x) / k, y: (event.clientY - top - y) / k };
    for (const [id, mark] of this.marks) {
      const p = this.nodes.get(id);
      if (p && holds(around(p, mark), at)) return id;
    }
    for (const { hull, box } of [...this.hulls].reverse())
      if (hull.folds && holds({ ...box, bottom: box.top + TITLE }, at)) return hull.id;
    return null;
  }

  toSVG(css: string, theme: string): string {
    const svg = new SvgRenderer(h("div"), this.words);
    svg.setScene(this.scene, this.placed, [], false);
    svg.frame({ nodes: this.placed.nodes, shown: 1 });
    return svg.toSVG(css, theme);
  }

  destroy(): void {
    cancelAnimationFrame(this.waiting);
    this.place.removeEventListener("pointermove", this.point);
    this.place.style.cursor = "";
    this.canvas.remove();
  }

  private readonly point = (event: PointerEvent): void => {
    if (!event.buttons) this.place.style.cursor = this.hitTest(event) ? "pointer" : "";
  };

  private soon(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => this.draw());
  }

  /** Draw what is in sight. */
  draw(): void {
    const { width, height } = roomOf(this.place);
    const ratio = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio)) this.canvas.width = Math.round(width * ratio);
    if (this.canvas.height !== Math.round(height * ratio)) this.canvas.height = Math.round(height * ratio);
    const { k, x, y } = this.view;
    const window_ = { left: -x / k, top: -y / k, right: (width - x) / k, bottom: (height - y) / k };
    const { brush } = this;
    const detail = k >= READABLE ? "text" : k >= CELLS ? "cells" : "boxes";
    brush.begin(this.place, this.canvas, { k: k * ratio, x: x * ratio, y: y * ratio }, detail, 1 / k);
    for (const { hull, box } of this.hulls)
      if (meets(box, window_)) brush.hull(hull, box, foldTitle(hull, this.words), window_);
    const old = (id: string): boolean => this.shown === 1 || !this.fresh.has(id);
    const least = detail === "boxes" ? 2 * DETOUR + SHORT / k : 0;
    const seen = this.lines.filter(
      ({ link, box }) =>
        (box.right - box.left > least || box.bottom - box.top > least) &&
        meets(box, window_) &&
        old(link.source) &&
        old(link.target),
    );
    for (const line of seen) brush.line(line);
    for (const { back } of seen) if (back) brush.back(back.points, back.look);
    brush.lines();
    const reached = this.scene.flows?.reached;
    for (const [id, mark] of this.marks) {
      const at = this.nodes.get(id);
      if (!at || !meets(around(at, mark), window_)) continue;
      brush.mark(mark, at, old(id) ? 1 : this.shown, {
        selected: id === this.selected,
        differs: this.scene.differs?.has(id) === true,
        reached: mark.kind === "tensor" && reached?.has(mark.tensor) === true,
      });
    }
    brush.marks();
  }
}

function boxOf(points: readonly Point[]): Box {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const { x, y } of points) {
    if (x < box.left) box.left = x;
    if (x > box.right) box.right = x;
    if (y < box.top) box.top = y;
    if (y > box.bottom) box.bottom = y;
  }
  return { left: box.left - DETOUR, right: box.right + DETOUR, top: box.top - DETOUR, bottom: box.bottom + DETOUR };
}

const meets = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
const holds = (box: Box, { x, y }: Point): boolean =>
  x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
