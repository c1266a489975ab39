// The graph: it moves from one scene to the next, looks where something happens, and leaves the drawing to a renderer.

import { between, type Motion, motionOf, type Placed, type Point } from "../model/motion.ts";
import { routeOf } from "../model/routes.ts";
import { marksOf } from "../model/scene/arrange.ts";
import type { Scene } from "../model/scene/index.ts";
import { Camera } from "./camera.ts";
import { CanvasRenderer } from "./canvas.ts";
import { easeInOut, easeOut } from "./easing.ts";
import { Minimap } from "./minimap.ts";
import type { Renderer } from "./renderer.ts";
import { Sparks } from "./sparks.ts";
import { SvgRenderer } from "./svg.ts";
import type { Words } from "./words.ts";

const MOVE_MS = 320;
const BIG = 400; // marks: from here on they are no elements, but drawn on a canvas

export interface GraphHooks {
  select(id: string | null): void;
  /** Groups are to be opened or folded. */
  fold(ids: readonly string[], open: boolean): void;
}

export class GraphView {
  private readonly camera: Camera;
  private readonly sparks: Sparks;
  private readonly minimap: Minimap;
  /** A mark to look at once it is there. */
  private wanted: string | null = null;
  private renderer: Renderer;
  private scene: Scene | null = null;
  private placed: Placed | null = null;
  private nodes: ReadonlyMap<string, Point> = new Map(); // where the marks are seen now
  private moving = 0;
  private focus: Point | null = null; // where something happened last

  /** The group that a person opened or folded: it stays where it is seen. */
  private pinned: string | null = null;

  constructor(
    private readonly place: HTMLElement,
    private readonly words: Words,
    private readonly hooks: GraphHooks,
  ) {
    this.renderer = new SvgRenderer(place, words);
    this.camera = new Camera(place, (view) => {
      this.renderer.setCamera(view);
      this.minimap.look(view);
    });
    this.minimap = new Minimap(place, (at) => this.camera.look(at));
    this.sparks = new Sparks(place, () => this.camera.view);
    place.addEventListener("click", (event) => this.pick(this.renderer.hitTest(event)));
    place.addEventListener("dblclick", () => this.fit(true));
  }

  /** Draw a scene at these places, moving there from what is drawn. */
  show(scene: Scene, placed: Placed, animate: boolean): void {
    this.camera.size(); // asked for before anything is drawn, so that the browser lays out what is drawn once
    const before = this.placed && { ...this.placed, nodes: this.kept(scene, placed) };
    const motion = motionOf(before, placed, scene);
    this.scene = scene;
    this.placed = placed;
    this.suit(marksOf(scene).length);
    const moves = animate && !isReduced();
    this.renderer.setScene(scene, placed, motion.leaving, moves);
    this.move(motion, placed, moves);
    this.focus = newest(scene, motion) ?? this.focus;
    const wanted = this.wanted === null ? undefined : placed.nodes.get(this.wanted);
    this.wanted = null;
    if (wanted) this.camera.centre(wanted, moves);
    else if (!this.camera.held) this.camera.follow(placed, moves, this.focus);
    this.minimap.show(scene, placed, this.camera.view);
    this.sparks.run(isReduced() ? [] : this.travellers());
  }

  /** The renderer that suits so many marks. */
  private suit(marks: number): void {
    this.place.dataset.marks = String(marks);
    const big = this.renderer instanceof CanvasRenderer;
    if (big ? marks >= BIG * 0.75 : marks <= BIG) return;
    this.renderer.destroy();
    this.renderer = big ? new SvgRenderer(this.place, this.words) : new CanvasRenderer(this.place, this.words);
    this.renderer.setCamera(this.camera.view);
  }

  select(id: string | null): void {
    this.renderer.select(id);
  }

  /** With the next scene, bring a mark to the middle of the window. */
  lookAt(id: string): void {
    this.wanted = id;
  }

  /** What a click on a mark does: a group opens or folds, anything else is selected. */
  pick(id: string | null): void {
    const folded = this.scene?.folds.some((f) => f.id === id);
    if (id !== null && (folded || this.scene?.hulls.some((h) => h.folds && h.id === id))) {
      this.pinned = id;
      this.hooks.fold([id], folded === true);
    } else this.hooks.select(id);
  }

  /** Fold the group around a mark. */
  foldAround(id: string | null): void {
    const marks = this.scene ? [...marksOf(this.scene), ...this.scene.hulls] : [];
    this.pick(marks.find((m) => m.id === id)?.within ?? null);
  }

  /** One level more, or one less: open all that is folded but steps of training, or fold what has nothing open in it. */
  level(open: boolean): void {
    const { folds = [], hulls = [] } = this.scene ?? {};
    const outer = new Set(hulls.map((h) => h.within));
    const ids = open
      ? folds.filter((f) => !f.what.startsWith("step")).map((f) => f.id)
      : hulls.filter((h) => h.folds && !outer.has(h.id)).map((h) => h.id);
    this.hooks.fold(ids, open);
  }

  /** The places of what is seen, moved so that the pinned group's corner stays in its place in the window. */
  private kept(scene: Scene, placed: Placed): ReadonlyMap<string, Point> {
    const [was, is] = [this.corner(this.scene, this.placed, this.nodes), this.corner(scene, placed, placed.nodes)];
    this.pinned = null;
    if (!was || !is) return this.nodes;
    this.camera.pin(was, is);
    return new Map([...this.nodes].map(([id, p]) => [id, { x: p.x + is.x - was.x, y: p.y + is.y - was.y }]));
  }

  private corner(scene: Scene | null, placed: Placed | null, nodes: ReadonlyMap<string, Point>): Point | null {
    const id = this.pinned;
    const size = placed?.frames.get(id ?? "") ?? scene?.folds.find((f) => f.id === id);
    const at = nodes.get(id ?? "");
    return size && at ? { x: at.x - size.width / 2, y: at.y - size.height / 2 } : null;
  }

  /** All of the graph in the window, at most a little over its natural size. */
  fit(animate: boolean): void {
    if (this.placed) this.camera.fit(this.placed, animate);
  }

  /** The window has another size. */
  resized(): void {
    this.camera.resized();
    if (this.placed && !this.camera.held) this.camera.follow(this.placed, false, this.focus);
  }

  scaleBy(factor: number): void {
    this.camera.scaleBy(factor);
  }

  toSVG(css: string, theme: string): string {
    return this.renderer.toSVG(css, theme);
  }

  destroy(): void {
    cancelAnimationFrame(this.moving);
    this.camera.destroy();
    this.sparks.destroy();
    this.renderer.destroy();
  }

  private move(motion: Motion, placed: Placed, animate: boolean): void {
    cancelAnimationFrame(this.moving);
    const draw = (nodes: ReadonlyMap<string, Point>, shown: number): void => {
      this.nodes = nodes;
      this.renderer.frame({ nodes, shown });
      if (shown === 1) this.renderer.settled();
    };
    if (!animate || (motion.distance < 0.5 && !motion.tweens.some((t) => t.appears))) {
      draw(placed.nodes, 1);
      return;
    }
    const from = new Map(motion.tweens.map((t) => [t.id, t.from]));
    const start = performance.now();
    const tick = (now: number) => {
      const t = Math.min((now - start) / MOVE_MS, 1);
      if (t < 1) {
        draw(between(from, placed, easeInOut(t)), easeOut(t));
        this.moving = requestAnimationFrame(tick);
      } else draw(placed.nodes, 1);
    };
    draw(from, 0);
    this.moving = requestAnimationFrame(tick);
  }

  /** The lines against which a gradient travels in this step. */
  private travellers() {
    const { scene, placed } = this;
    const now = scene?.links.filter((l) => l.gradient?.current) ?? [];
    if (!scene || !placed || now.length === 0) return [];
    const sizes = new Map(marksOf(scene).map((m) => [m.id, m]));
    return now.flatMap((link) => {
      const [from, to] = [sizes.get(link.source), sizes.get(link.target)];
      const points = from && to && routeOf(link, from, to, placed.nodes, placed);
      return points ? [{ points, norm: link.gradient!.norm }] : [];
    });
  }
}

const isReduced = (): boolean =>
  typeof matchMedia === "function" && matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Where to look: at the gradient that is on its way, else at what has just appeared, else at the last of all. */
function newest(scene: Scene, motion: Motion): Point | null {
  const way = scene.links.find((l) => l.gradient?.current);
  const fresh =
    motion.tweens.findLast((t) => t.appears && t.id.startsWith("t")) ?? motion.tweens.findLast((t) => t.appears);
  const last = scene.cards.at(-1);
  const id = way?.source ?? fresh?.id ?? last?.id;
  return motion.tweens.find((t) => t.id === id)?.to ?? null;
}
