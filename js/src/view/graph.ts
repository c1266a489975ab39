// The graph, drawn as SVG: marks are kept by id, changed in place and moved, never thrown away while they live.

import { select } from "d3-selection";
import { type D3ZoomEvent, type ZoomBehavior, zoom, zoomIdentity } from "d3-zoom";
import { widthOf } from "../model/flow.ts";
import { between, curve, type Motion, motionOf, type Placed, type Point } from "../model/motion.ts";
import type { Card, Hull, Link, Pill, Scene } from "../model/scene/index.ts";
import { asNumber, tidy } from "../model/values.ts";
import { s } from "./dom.ts";
import { cardParts, pillParts, roughWidth, scissors } from "./marks.ts";
import type { Words } from "./words.ts";

const LEAST_FIT = 0.08; // scales
const LEAST_READABLE = 0.5;
const MOST_FIT = 1.15;
const MOVE_MS = 320;
const BACK_OFFSET = 9; // px between a data arrow and the gradient's

export interface GraphHooks {
  select(id: string | null): void;
  panned(): void;
}

type Mark = Card | Pill;

interface Drawn {
  readonly element: SVGGElement;
  mark: Mark;
  signature: string;
  at: Point;
}

export class GraphView {
  readonly svg: SVGSVGElement;
  private readonly world = s("g");
  private readonly hullLayer = s("g");
  private readonly linkLayer = s("g");
  private readonly markLayer = s("g");
  private readonly dotLayer = s("g");
  private readonly marks = new Map<string, Drawn>();
  private readonly lines = new Map<string, SVGGElement>();
  private readonly hulls = new Map<string, SVGGElement>();
  private readonly zoom: ZoomBehavior<SVGSVGElement, unknown>;
  private scene: Scene | null = null;
  private placed: Placed | null = null;
  private dots = 0; // animation frames: the travelling gradient, the window, the marks
  private gliding = 0;
  private moving = 0;
  private selected: string | null = null;
  private focus: Point | null = null; // where something happened last
  /** Whether the person chose what to look at; then the picture does not choose for them. */
  private held = false;
  private readonly id = `gw${Math.random().toString(36).slice(2, 8)}`;

  constructor(
    private readonly place: HTMLElement,
    private readonly words: Words,
    private readonly hooks: GraphHooks,
  ) {
    const marker = (name: string, colour: string, size: number) =>
      s(
        "marker",
        {
          id: `${this.id}-${name}`,
          viewBox: "0 0 8 8",
          refX: 7,
          refY: 4,
          markerWidth: size,
          markerHeight: size,
          orient: "auto",
          markerUnits: "userSpaceOnUse",
        },
        s("path", { d: "M0 0.5L8 4L0 7.5z", style: `fill:var(${colour})` }),
      );
    this.svg = s(
      "svg",
      { role: "presentation", "aria-hidden": "true" },
      s("defs", {}, marker("fwd", "--fwd", 9), marker("grad", "--grad", 10), marker("bad", "--hazard", 9)),
      this.world,
    );
    this.world.append(this.hullLayer, this.linkLayer, this.markLayer, this.dotLayer);
    place.append(this.svg);
    this.zoom = zoom<SVGSVGElement, unknown>()
      .scaleExtent([0.08, 4])
      .extent(() => [[0, 0], this.size()])
      .on("zoom", (event: D3ZoomEvent<SVGSVGElement, unknown>) => {
        this.world.setAttribute("transform", event.transform.toString());
        if (event.sourceEvent) {
          this.held = true;
          this.hooks.panned();
        }
      });
    select(this.svg).call(this.zoom).on("dblclick.zoom", null);
    this.svg.addEventListener("click", (event) => {
      const mark = (event.target as Element).closest<SVGGElement>("[data-mark]");
      this.hooks.select(mark?.dataset.mark ?? null);
    });
    this.svg.addEventListener("dblclick", () => this.fit(true));
  }

  /** Draw a scene at these places, moving there from what is drawn. */
  show(scene: Scene, placed: Placed, animate: boolean): void {
    const from = new Map([...this.marks].map(([id, d]) => [id, d.at]));
    const before = this.placed && { ...this.placed, nodes: from };
    const motion = motionOf(before, placed, scene);
    this.scene = scene;
    this.placed = placed;
    this.updateMarks(scene, motion, animate);
    this.updateLinks(scene);
    this.updateHulls(scene);
    const start = new Map(motion.tweens.map((t) => [t.id, t.from]));
    cancelAnimationFrame(this.moving);
    const reduced = typeof matchMedia === "function" && matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!animate || reduced || (motion.distance < 0.5 && !motion.tweens.some((t) => t.appears))) {
      this.position(placed.nodes, 1);
      this.settled();
    } else {
      const t0 = performance.now();
      const tick = (now: number) => {
        const t = Math.min((now - t0) / MOVE_MS, 1);
        this.position(between(start, placed, easeInOut(t)), easeOut(t));
        if (t < 1) this.moving = requestAnimationFrame(tick);
        else this.settled();
      };
      this.position(start, 0);
      this.moving = requestAnimationFrame(tick);
    }
    this.focus = newest(scene, motion) ?? this.focus;
    if (!this.held) this.follow(animate && !reduced, this.focus);
    this.runDots(reduced);
  }

  select(id: string | null): void {
    if (this.selected) this.marks.get(this.selected)?.element.classList.remove("selected");
    this.selected = id;
    if (id) this.marks.get(id)?.element.classList.add("selected");
  }

  /** All of the graph in the window, at most a little over its natural size. */
  fit(animate: boolean): void {
    this.frame(animate, LEAST_FIT, null);
  }

  /** The graph in the window where it can be read so; else its newest part. */
  private follow(animate: boolean, newest: Point | null): void {
    this.frame(animate, LEAST_READABLE, newest);
  }

  private frame(animate: boolean, least: number, centre: Point | null): void {
    if (!this.placed) return;
    this.held = false;
    const [width, height] = this.size();
    const { width: w, height: h } = this.placed;
    if (!width || !height || !w || !h) return;
    const whole = Math.min(MOST_FIT, (width - 44) / w, (height - 44) / h);
    const scale = Math.max(whole, least);
    // what does not fit is shown around the newest mark, without empty room beyond the graph's ends
    const within = (at: number, size: number, room: number): number => {
      const half = (room - 44) / 2 / scale;
      return size <= 2 * half ? size / 2 : Math.min(Math.max(at, half), size - half);
    };
    const x = within(centre?.x ?? w / 2, w, width);
    const y = within(centre?.y ?? h / 2, h, height);
    const to = zoomIdentity
      .translate(width / 2, height / 2)
      .scale(scale)
      .translate(-x, -y);
    cancelAnimationFrame(this.gliding);
    if (animate) this.glide(to);
    else select(this.svg).call(this.zoom.transform, to);
  }

  /** The window has another size. */
  resized(): void {
    if (!this.held) this.follow(false, this.focus);
  }

  scaleBy(factor: number): void {
    this.held = true;
    select(this.svg).call(this.zoom.scaleBy, factor);
  }

  /** Bring a mark into the window, without changing the scale more than it must. */
  reveal(id: string): void {
    const drawn = this.marks.get(id);
    if (drawn) select(this.svg).call(this.zoom.translateTo, drawn.at.x, drawn.at.y);
  }

  /** The picture as a file of its own. */
  toSVG(css: string, theme: string): string {
    const placed = this.placed ?? { width: 100, height: 60 };
    const copy = this.svg.cloneNode(true) as SVGSVGElement;
    copy.querySelector("g")!.removeAttribute("transform");
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("viewBox", `-16 -24 ${Math.ceil(placed.width + 32)} ${Math.ceil(placed.height + 48)}`);
    copy.setAttribute("width", String(Math.ceil(placed.width + 32)));
    copy.setAttribute("height", String(Math.ceil(placed.height + 48)));
    copy.setAttribute("class", "gradwidget");
    copy.setAttribute("data-theme", theme);
    copy.removeAttribute("aria-hidden");
    copy.setAttribute("role", "img");
    for (const e of copy.querySelectorAll("[tabindex]")) e.removeAttribute("tabindex");
    const rules = css
      .split("}")
      .filter(
        (rule) =>
          /\.gradwidget(\[data-theme="dark"\])?\s*\{|svg|\.(card|pill|chip|link|hull|value|bar-s|gradchip|stale|stopped|dot)\b/.test(
            rule,
          ) && !rule.includes("@"),
      )
      .map(
        (rule) =>
          `${rule.replace(/(display|grid-template|height|min-width|container-type|position|border|overflow)\s*:[^;}]*;?/g, (m) => (/\.gradwidget(\[|\s*\{)/.test(rule) ? "" : m))}}`,
      )
      .join("")
      .replaceAll(".gradwidget svg", ".gradwidget");
    copy.prepend(s("style", {}, rules));
    return new XMLSerializer().serializeToString(copy);
  }

  destroy(): void {
    for (const frame of [this.dots, this.gliding, this.moving]) cancelAnimationFrame(frame);
    this.svg.remove();
  }

  // ---- marks

  private size(): [number, number] {
    return [this.place.clientWidth, this.place.clientHeight];
  }

  private glide(to: { readonly k: number; readonly x: number; readonly y: number }): void {
    const now = (this.svg as unknown as { __zoom?: typeof zoomIdentity }).__zoom ?? zoomIdentity;
    if (Math.abs(now.k - to.k) < 1e-3 && Math.hypot(now.x - to.x, now.y - to.y) < 1) return;
    const t0 = performance.now();
    cancelAnimationFrame(this.gliding);
    const tick = (time: number) => {
      const t = easeInOut(Math.min((time - t0) / MOVE_MS, 1));
      if (this.held) return;
      const k = now.k + (to.k - now.k) * t;
      select(this.svg).call(
        this.zoom.transform,
        zoomIdentity.translate(now.x + (to.x - now.x) * t, now.y + (to.y - now.y) * t).scale(k),
      );
      if (t < 1) this.gliding = requestAnimationFrame(tick);
    };
    this.gliding = requestAnimationFrame(tick);
  }

  private updateMarks(scene: Scene, motion: Motion, animate: boolean): void {
    for (const id of motion.leaving) {
      const drawn = this.marks.get(id);
      this.marks.delete(id);
      if (!drawn) continue;
      if (!animate) drawn.element.remove();
      else fadeAway(drawn.element);
    }
    const reached = scene.flows?.reached;
    for (const mark of [...scene.pills, ...scene.cards]) {
      const norm = mark.kind === "tensor" ? reached?.get(mark.tensor) : undefined;
      const signature = JSON.stringify([mark, norm]);
      const drawn = this.marks.get(mark.id);
      if (drawn?.signature === signature) continue;
      const content = mark.kind === "tensor" ? cardParts(mark, norm, this.words) : pillParts(mark, this.words);
      if (drawn) {
        drawn.element.replaceChildren(...content.children);
        drawn.element.setAttribute("class", `${content.className}${this.selected === mark.id ? " selected" : ""}`);
        drawn.element.setAttribute("style", content.style);
        drawn.mark = mark;
        drawn.signature = signature;
      } else {
        const element = s(
          "g",
          {
            class: content.className,
            style: content.style,
            "data-mark": mark.id,
            "data-kind": mark.kind,
            "data-id": mark.kind === "tensor" ? mark.tensor : mark.op,
          },
          ...content.children,
        );
        this.markLayer.append(element);
        this.marks.set(mark.id, { element, mark, signature, at: { x: 0, y: 0 } });
      }
    }
    for (const [id, drawn] of this.marks) {
      if (!this.placed!.nodes.has(id)) {
        this.marks.delete(id);
        drawn.element.remove();
      }
    }
  }

  // ---- links and hulls

  private updateLinks(scene: Scene): void {
    const live = new Set(scene.links.map((l) => l.id));
    for (const [id, element] of this.lines) {
      if (live.has(id)) continue;
      this.lines.delete(id);
      element.remove();
    }
    for (const link of scene.links) {
      let element = this.lines.get(link.id);
      if (!element) {
        element = s("g", { "data-link": link.id });
        this.linkLayer.append(element);
        this.lines.set(link.id, element);
      }
      element.setAttribute(
        "class",
        `link ${link.kind}${link.hazard ? " hazard" : ""}${link.faded ? " faded" : ""}${link.cut ? " cut" : ""}`,
      );
      element.setAttribute("style", link.storage === null ? "" : `--s:var(--s${link.storage % 8})`);
      element.replaceChildren(...this.linkParts(link));
    }
  }

  private linkParts(link: Link): SVGElement[] {
    const end =
      link.kind === "data" || link.kind === "write" ? `url(#${this.id}-${link.hazard ? "bad" : "fwd"})` : null;
    const parts: SVGElement[] = [s("path", { class: "line", "marker-end": end })];
    if (link.gradient) {
      const title = s("title", {}, `‖${this.words.gradient}‖ = ${tidy(link.gradient.norm)}`);
      parts.push(
        s(
          "path",
          {
            class: "back",
            "stroke-width": widthOf(link.gradient.norm).toFixed(1),
            "marker-end": `url(#${this.id}-grad)`,
          },
          title,
        ),
      );
    }
    if (link.cut) parts.push(scissors());
    if (link.kind === "detach") {
      const unseen = link.label === "data";
      parts.push(scissors());
      const short = unseen ? ".data" : "detach";
      const long = `${short}: ${unseen ? this.words.unseen : this.words.same}`;
      parts.push(
        s("text", { class: "label", "data-side": "right", "data-long": long, "data-short": short }, short),
        s("title", {}, long),
      );
    } else if (link.kind === "view" || (link.kind === "write" && link.hazard)) {
      parts.push(
        s(
          "text",
          { class: "label", "text-anchor": link.kind === "view" ? "middle" : "start" },
          link.kind === "view" ? link.label : this.words.writes,
        ),
      );
    }
    return parts;
  }

  private updateHulls(scene: Scene): void {
    const live = new Set(scene.hulls.map((h) => h.id));
    for (const [id, element] of this.hulls) {
      if (live.has(id)) continue;
      this.hulls.delete(id);
      element.remove();
    }
    for (const hull of [...scene.hulls].sort((a, b) => a.depth - b.depth)) {
      let element = this.hulls.get(hull.id);
      if (!element) {
        element = s("g", {}, s("rect", { rx: 12 }), s("text", {}, hull.title));
        this.hulls.set(hull.id, element);
      }
      element.setAttribute("class", `hull ${hull.what}`);
      this.hullLayer.append(element);
    }
  }

  // ---- places

  private position(nodes: ReadonlyMap<string, Point>, shown: number): void {
    const placed = this.placed!;
    for (const [id, drawn] of this.marks) {
      const at = nodes.get(id);
      if (!at) continue;
      const isNew = drawn.element.dataset.old === undefined;
      drawn.at = at;
      drawn.element.setAttribute(
        "transform",
        `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})${isNew && shown < 1 ? ` scale(${(0.4 + 0.6 * shown).toFixed(3)})` : ""}`,
      );
      drawn.element.style.opacity = isNew && shown < 1 ? String(shown) : "";
    }
    for (const link of this.scene!.links) this.draw(link, nodes, placed, shown);
    for (const hull of this.scene!.hulls) this.drawHull(hull, nodes);
  }

  private settled(): void {
    for (const d of this.marks.values()) d.element.dataset.old = "";
    for (const e of this.lines.values()) e.dataset.old = "";
  }

  private draw(link: Link, nodes: ReadonlyMap<string, Point>, placed: Placed, shown: number): void {
    const element = this.lines.get(link.id);
    const from = this.marks.get(link.source);
    const to = this.marks.get(link.target);
    if (!element || !from || !to) return;
    element.style.opacity = element.dataset.old === undefined && shown < 1 ? String(shown) : "";
    const a = nodes.get(link.source)!;
    const b = nodes.get(link.target)!;
    let points: Point[];
    if (link.kind === "detach") {
      points = [
        { x: a.x, y: a.y + (from.mark.height / 2) * (a.y < b.y ? 1 : -1) },
        { x: b.x, y: b.y - (to.mark.height / 2) * (a.y < b.y ? 1 : -1) },
      ];
    } else {
      const route = placed.edges.get(link.id);
      const start = { x: a.x + from.mark.width / 2, y: a.y };
      const end = { x: b.x - to.mark.width / 2, y: b.y };
      const ends0 = placed.nodes.get(link.source)!;
      const ends1 = placed.nodes.get(link.target)!;
      const still = Math.hypot(a.x - ends0.x, a.y - ends0.y) + Math.hypot(b.x - ends1.x, b.y - ends1.y) < 1;
      points =
        route && route.length > 1 && still
          ? [...route]
          : [start, ...(route && route.length > 2 ? route.slice(1, -1) : []), end];
    }
    const shape =
      link.kind === "detach"
        ? `M${points[0]!.x} ${points[0]!.y}L${points[1]!.x} ${points[1]!.y}`
        : curve(link.reversed ? [...points].reverse() : points);
    element.querySelector(".line")!.setAttribute("d", shape);
    const back = element.querySelector(".back");
    if (back) {
      // an in-place op stands behind its tensor, so there the gradient comes out of the tensor and goes in again
      const lower = points.map((p) => ({ x: p.x, y: p.y + BACK_OFFSET }));
      back.setAttribute("d", curve(lower.reverse()));
    }
    const middle = { x: (points[0]!.x + points.at(-1)!.x) / 2, y: (points[0]!.y + points.at(-1)!.y) / 2 };
    element.querySelector(".scissors")?.setAttribute("transform", `translate(${middle.x} ${middle.y})`);
    const label = element.querySelector(".label");
    if (label) {
      const beside = (label as SVGElement).dataset.side === "right";
      const where =
        link.kind === "write"
          ? { x: b.x + to.mark.width / 2 + 8, y: b.y + 4 }
          : beside
            ? { x: middle.x + 16, y: middle.y + 4 }
            : { x: middle.x, y: middle.y - 7 };
      const { long, short } = (label as SVGElement).dataset;
      if (long && short) label.textContent = this.isFree(where, roughWidth(long), nodes) ? long : short;
      label.setAttribute("x", String(where.x));
      label.setAttribute("y", String(where.y));
    }
  }

  /** Whether a text of this width would stand clear of every mark. */
  private isFree(at: Point, width: number, nodes: ReadonlyMap<string, Point>): boolean {
    for (const [id, { mark }] of this.marks) {
      const p = nodes.get(id);
      if (!p || Math.abs(p.y - at.y + 4) > mark.height / 2 + 8) continue;
      if (p.x + mark.width / 2 > at.x && p.x - mark.width / 2 < at.x + width) return false;
    }
    return true;
  }

  private drawHull(hull: Hull, nodes: ReadonlyMap<string, Point>): void {
    const element = this.hulls.get(hull.id);
    const inside = hull.marks
      .map((id) => this.marks.get(id))
      .filter((d): d is Drawn => d !== undefined && nodes.has(d.mark.id));
    if (!element || inside.length === 0) {
      element?.setAttribute("display", "none");
      return;
    }
    const box = boxOf(inside.map((d) => ({ at: nodes.get(d.mark.id)!, mark: d.mark })));
    const pad = 12;
    const members = new Set(hull.marks);
    const foreign = [...this.marks.values()].some((d) => {
      const at = nodes.get(d.mark.id);
      return (
        at && !members.has(d.mark.id) && at.x > box.left && at.x < box.right && at.y > box.top && at.y < box.bottom
      );
    });
    // a frame around things that do not belong to it would tell a lie; then only the title stands
    element.removeAttribute("display");
    const rect = element.querySelector("rect")!;
    rect.setAttribute("x", String(box.left - pad));
    rect.setAttribute("y", String(box.top - pad - 10));
    rect.setAttribute("width", String(box.right - box.left + 2 * pad));
    rect.setAttribute("height", String(box.bottom - box.top + 2 * pad + 10));
    rect.setAttribute("visibility", foreign ? "hidden" : "visible");
    const text = element.querySelector("text")!;
    text.setAttribute("x", String(box.left - pad + 10));
    text.setAttribute("y", String(box.top - pad + 4));
    text.setAttribute("visibility", foreign ? "hidden" : "visible");
  }

  // ---- the travelling gradient

  private runDots(reduced: boolean): void {
    cancelAnimationFrame(this.dots);
    this.dotLayer.replaceChildren();
    if (reduced || !this.scene) return;
    const now = this.scene.links.filter((l) => l.gradient?.current);
    const travellers = now
      .map((l) => ({
        path: this.lines.get(l.id)?.querySelector<SVGPathElement>(".back"),
        size: l.gradient ? 2.4 + Math.log10(1 + Math.min(asNumber(l.gradient.norm), 1e3)) : 3,
      }))
      .filter(
        (t): t is { path: SVGPathElement; size: number } => !!t.path && typeof t.path.getTotalLength === "function",
      )
      .map((t) => ({ ...t, dot: s("circle", { class: "dot", r: t.size.toFixed(1) }) }));
    if (travellers.length === 0) return;
    this.dotLayer.append(...travellers.map((t) => t.dot));
    const t0 = performance.now();
    const tick = (time: number) => {
      const t = ((time - t0) % 1100) / 1100;
      for (const { path, dot } of travellers) {
        const p = path.getPointAtLength(path.getTotalLength() * t);
        dot.setAttribute("cx", p.x.toFixed(1));
        dot.setAttribute("cy", p.y.toFixed(1));
      }
      this.dots = requestAnimationFrame(tick);
    };
    this.dots = requestAnimationFrame(tick);
  }
}

/** Where to look: at the gradient that is on its way, else at what has just appeared, else at the last of all. */
function newest(scene: Scene, motion: Motion): Point | null {
  const way = scene.links.find((l) => l.gradient?.current);
  const fresh =
    motion.tweens.findLast((t) => t.appears && t.id.startsWith("t")) ?? motion.tweens.findLast((t) => t.appears);
  const last = scene.cards.at(-1);
  const id = way?.source ?? fresh?.id ?? last?.id;
  return motion.tweens.find((t) => t.id === id)?.to ?? null;
}

function boxOf(inside: readonly { at: Point; mark: Mark }[]): {
  left: number;
  right: number;
  top: number;
  bottom: number;
} {
  return {
    left: Math.min(...inside.map((d) => d.at.x - d.mark.width / 2)),
    right: Math.max(...inside.map((d) => d.at.x + d.mark.width / 2)),
    top: Math.min(...inside.map((d) => d.at.y - d.mark.height / 2)),
    bottom: Math.max(...inside.map((d) => d.at.y + d.mark.height / 2)),
  };
}

/** Slow, fast, slow; and fast, slow: cubic, from 0 to 1. */
const easeInOut = (t: number): number => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);
const easeOut = (t: number): number => 1 - (1 - t) ** 3;

function fadeAway(element: SVGGElement): void {
  element.removeAttribute("data-kind");
  element.removeAttribute("data-mark");
  const done = () => element.remove();
  if (typeof element.animate !== "function") done();
  else
    element.animate([{ opacity: 1 }, { opacity: 0 }], { duration: 220, easing: "ease-in" }).finished.then(done, done);
}
