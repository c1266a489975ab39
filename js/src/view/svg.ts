// A scene as SVG: marks are elements kept by id, changed in place and moved, never thrown away while they live.

import { toneOf, widthOf } from "../model/flow.ts";
import { curve, type Placed, type Point } from "../model/motion.ts";
import { along, backOf, frameOf, lineOf, routeOf } from "../model/routes.ts";
import { marksOf } from "../model/scene/arrange.ts";
import type { Hull, Link, Mark, Scene } from "../model/scene/index.ts";
import { tidy } from "../model/values.ts";
import type { View } from "./camera.ts";
import { s } from "./dom.ts";
import { foldParts, foldTitle } from "./fold-card.ts";
import { cardParts, differs, hookSign, pillParts, roughWidth, scissors } from "./marks.ts";
import { type Frame, READABLE, type Renderer } from "./renderer.ts";
import { standalone } from "./standalone.ts";
import type { Words } from "./words.ts";

const SPOTS = [0.5, 0.35, 0.65, 0.2, 0.8]; // shares of a link's way where a label may stand

interface Drawn {
  readonly element: SVGGElement;
  mark: Mark;
  signature: string;
  at: string;
  fresh: boolean;
}

/** A link as it is drawn; `d` is the path that its line has. */
interface DrawnLink {
  readonly element: SVGGElement;
  signature: string;
  d: string;
  fresh: boolean;
  /** Where on its way its label stands, and what that says. */
  spot: number;
  text: string;
}

export class SvgRenderer implements Renderer {
  private readonly svg: SVGSVGElement;
  private readonly world = s("g");
  private readonly hullLayer = s("g");
  private readonly linkLayer = s("g");
  private readonly markLayer = s("g");
  private readonly marks = new Map<string, Drawn>();
  private readonly lines = new Map<string, DrawnLink>();
  private readonly hulls = new Map<string, SVGGElement>();
  private scene: Scene | null = null;
  private placed: Placed | null = null;
  private selected: string | null = null;
  private said: (Point & { readonly width: number })[] = []; // labels that have their place
  private readonly id = `gw${Math.random().toString(36).slice(2, 8)}`;

  constructor(
    place: HTMLElement,
    private readonly words: Words,
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
    this.world.append(this.hullLayer, this.linkLayer, this.markLayer);
    place.prepend(this.svg);
  }

  setScene(scene: Scene, placed: Placed, leaving: readonly string[], animate: boolean): void {
    this.scene = scene;
    this.placed = placed;
    this.updateMarks(scene, leaving, animate);
    this.updateLinks(scene);
    this.updateHulls(scene);
  }

  setCamera({ k, x, y }: View): void {
    this.world.setAttribute("transform", `translate(${x},${y}) scale(${k})`);
    this.svg.toggleAttribute("data-far", k < READABLE);
  }

  frame({ nodes, shown }: Frame): void {
    for (const [id, drawn] of this.marks) {
      const at = nodes.get(id);
      if (!at) continue;
      const scale = drawn.fresh && shown < 1 ? ` scale(${(0.4 + 0.6 * shown).toFixed(3)})` : "";
      const where = `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})${scale}`;
      if (where !== drawn.at) drawn.element.setAttribute("transform", where);
      drawn.at = where;
      if (drawn.fresh) drawn.element.style.opacity = shown < 1 ? String(shown) : "";
    }
    this.said = [];
    for (const link of this.scene!.links) this.draw(link, nodes, shown);
    const sizes = new Map([...this.marks].map(([id, d]) => [id, d.mark]));
    for (const hull of this.scene!.hulls) this.drawHull(hull, sizes, nodes);
  }

  settled(): void {
    for (const drawn of [...this.marks.values(), ...this.lines.values()]) drawn.fresh = false;
  }

  select(id: string | null): void {
    if (this.selected) this.marks.get(this.selected)?.element.classList.remove("selected");
    this.selected = id;
    if (id) this.marks.get(id)?.element.classList.add("selected");
  }

  hitTest(event: MouseEvent): string | null {
    return (event.target as Element).closest<SVGGElement>("[data-mark]")?.dataset.mark ?? null;
  }

  toSVG(css: string, theme: string): string {
    return standalone(this.svg, this.placed ?? { width: 100, height: 60 }, css, theme);
  }

  destroy(): void {
    this.svg.remove();
  }

  // ---- marks

  private updateMarks(scene: Scene, leaving: readonly string[], animate: boolean): void {
    for (const id of leaving) {
      const drawn = this.marks.get(id);
      this.marks.delete(id);
      if (!drawn) continue;
      if (!animate) drawn.element.remove();
      else fadeAway(drawn.element);
    }
    const reached = scene.flows?.reached;
    const present = marksOf(scene);
    for (const mark of present) {
      const norm = mark.kind === "tensor" ? reached?.get(mark.tensor) : undefined;
      const says = scene.differs?.get(mark.id);
      const hook = mark.kind === "tensor" && scene.flows?.hooked.get(mark.tensor);
      const signature = JSON.stringify([mark, norm, says, hook]);
      const drawn = this.marks.get(mark.id);
      if (drawn?.signature === signature) continue;
      const content =
        mark.kind === "tensor"
          ? cardParts(mark, norm, this.words)
          : mark.kind === "op"
            ? pillParts(mark, this.words)
            : foldParts(mark, this.words);
      if (hook) content.children.push(hookSign(mark, hook));
      if (says) content.children.push(differs(mark, says, this.words));
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
            "data-id": mark.kind === "tensor" ? mark.tensor : mark.kind === "op" ? mark.op : mark.id,
          },
          ...content.children,
        );
        this.markLayer.append(element);
        this.marks.set(mark.id, { element, mark, signature, at: "", fresh: true });
      }
    }
    const here = new Set(present.map((m) => m.id));
    for (const [id, drawn] of this.marks) {
      if (!here.has(id)) {
        this.marks.delete(id);
        drawn.element.remove();
      }
    }
  }

  // ---- links

  private updateLinks(scene: Scene): void {
    const live = new Set(scene.links.map((l) => l.id));
    for (const [id, { element }] of this.lines) {
      if (live.has(id)) continue;
      this.lines.delete(id);
      element.remove();
    }
    for (const link of scene.links) {
      const signature = JSON.stringify(link);
      let drawn = this.lines.get(link.id);
      if (drawn?.signature === signature) continue;
      if (!drawn) {
        drawn = { element: s("g", { "data-link": link.id }), signature, d: "", fresh: true, spot: 0, text: "" };
        this.linkLayer.append(drawn.element);
        this.lines.set(link.id, drawn);
      }
      const { element } = drawn;
      element.setAttribute(
        "class",
        `link ${link.kind}${link.hazard ? " hazard" : ""}${link.faded ? " faded" : ""}${link.cut ? " cut" : ""}`,
      );
      element.setAttribute("style", link.storage === null ? "" : `--s:var(--s${link.storage % 8})`);
      element.replaceChildren(...this.linkParts(link));
      Object.assign(drawn, { signature, d: "" });
    }
  }

  private linkParts(link: Link): SVGElement[] {
    const end =
      link.kind === "data" || link.kind === "write" ? `url(#${this.id}-${link.hazard ? "bad" : "fwd"})` : null;
    const parts: SVGElement[] = [s("path", { class: "line", "marker-end": end })];
    if (link.gradient) {
      const { norm, values } = link.gradient;
      const told = values ? ` (${values.slice(0, 6).map(tidy).join(", ")}${values.length > 6 ? ", …" : ""})` : "";
      const title = s("title", {}, `‖${this.words.gradient}‖ = ${tidy(norm)}${told}`);
      parts.push(
        s(
          "path",
          {
            class: `back ${toneOf(link.gradient.norm)}`,
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
      parts.push(s("text", { class: "label", "data-long": long, "data-short": short }, short), s("title", {}, long));
    } else if (link.kind === "view" || (link.kind === "write" && link.hazard)) {
      parts.push(
        s(
          "text",
          { class: "label", "data-short": link.kind === "view" ? link.label : this.words.writes },
          link.kind === "view" ? link.label : this.words.writes,
        ),
      );
    }
    return parts;
  }

  private draw(link: Link, nodes: ReadonlyMap<string, Point>, shown: number): void {
    const drawn = this.lines.get(link.id);
    const from = this.marks.get(link.source);
    const to = this.marks.get(link.target);
    if (!drawn || !from || !to) return;
    const points = routeOf(link, from.mark, to.mark, nodes, this.placed!);
    if (!points) return;
    const { element } = drawn;
    if (drawn.fresh) element.style.opacity = shown < 1 ? String(shown) : "";
    const d = lineOf(link, points);
    if (d === drawn.d && shown < 1) return; // at rest its label may find more room
    drawn.d = d;
    element.querySelector(".line")!.setAttribute("d", d);
    element.querySelector(".back")?.setAttribute("d", curve(backOf(points)));
    const label = element.querySelector<SVGElement>(".label");
    const sign = element.querySelector(".scissors");
    if (!label && !sign) return;
    const end = nodes.get(link.target)!;
    const shift =
      link.kind === "write"
        ? { x: end.x + to.mark.width / 2 + 8 - points[0]!.x, y: end.y + 4 - points[0]!.y }
        : sign
          ? { x: 16, y: 4 }
          : { x: -roughWidth(link.label) / 2, y: -7 };
    // where on its way there is room for the longest text, else for a shorter one, else for none
    const texts = [label?.dataset.long, label?.dataset.short ?? label?.textContent, ""].filter((text) => text != null);
    const spots = (link.kind === "write" ? [0] : SPOTS).map((t) => along(points, t));
    const free = (text: string, { x, y }: Point): boolean => {
      const left = sign ? -10 : shift.x;
      return this.isFree({ x: x + left, y: y + shift.y }, shift.x - left + roughWidth(text), nodes);
    };
    if (shown === 1) {
      drawn.text = texts.find((text) => spots.some((spot) => free(text!, spot))) ?? "";
      drawn.spot = Math.max(
        0,
        spots.findIndex((spot) => free(drawn.text, spot)),
      );
    }
    const spot = spots[drawn.spot]!;
    if (drawn.text) this.said.push({ x: spot.x + shift.x, y: spot.y + shift.y, width: roughWidth(drawn.text) });
    sign?.setAttribute("transform", `translate(${spot.x} ${spot.y})`);
    if (!label) return;
    label.textContent = drawn.text;
    label.setAttribute("x", String(spot.x + shift.x));
    label.setAttribute("y", String(spot.y + shift.y));
  }

  /** Whether a text of this width would stand clear of every mark and label. */
  private isFree(at: Point, width: number, nodes: ReadonlyMap<string, Point>): boolean {
    for (const [id, { mark }] of this.marks) {
      const p = nodes.get(id);
      if (!p || Math.abs(p.y - at.y + 4) > mark.height / 2 + 8) continue;
      if (p.x + mark.width / 2 > at.x && p.x - mark.width / 2 < at.x + width) return false;
    }
    return !this.said.some((s) => Math.abs(s.y - at.y) < 13 && s.x < at.x + width && at.x < s.x + s.width);
  }

  // ---- hulls

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
        const title = s("text", hull.folds ? { "data-mark": hull.id } : {}, foldTitle(hull, this.words));
        if (hull.folds) title.prepend(s("tspan", { class: "sign" }, "⊟ "));
        element = s("g", {}, s("rect", { rx: 12 }), title);
        this.hulls.set(hull.id, element);
      }
      element.setAttribute("class", `hull ${hull.what}${hull.folds ? " folds" : ""}`);
      this.hullLayer.append(element);
    }
  }

  private drawHull(hull: Hull, sizes: ReadonlyMap<string, Mark>, nodes: ReadonlyMap<string, Point>): void {
    const element = this.hulls.get(hull.id);
    const box = frameOf(hull, sizes, nodes, this.placed!);
    if (!element || !box) {
      element?.setAttribute("display", "none");
      return;
    }
    const { left, right, top, bottom } = box;
    element.removeAttribute("display");
    const rect = element.querySelector("rect")!;
    rect.setAttribute("x", String(left));
    rect.setAttribute("y", String(top));
    rect.setAttribute("width", String(right - left));
    rect.setAttribute("height", String(bottom - top));
    const text = element.querySelector("text")!;
    text.setAttribute("x", String(left + 10));
    text.setAttribute("y", String(top + 16));
  }
}

function fadeAway(element: SVGGElement): void {
  element.removeAttribute("data-kind");
  element.removeAttribute("data-mark");
  const done = () => element.remove();
  if (typeof element.animate !== "function") done();
  else
    element.animate([{ opacity: 1 }, { opacity: 0 }], { duration: 220, easing: "ease-in" }).finished.then(done, done);
}
