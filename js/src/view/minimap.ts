// The whole drawing, small, with a frame around what is in the window; there while not all of it is. Drag to go there.

import type { Placed, Point } from "../model/motion.ts";
import { marksOf } from "../model/scene/arrange.ts";
import type { Scene } from "../model/scene/index.ts";
import type { Size, View } from "./camera.ts";
import { h } from "./dom.ts";
import { colourOf } from "./palette.ts";
import { roomOf } from "./room.ts";

const WIDTH = 168; // px
const HEIGHT = { least: 26, most: 96 };
const LEAST = 1.4; // px, of a mark

export class Minimap {
  private readonly canvas = h("canvas");
  private readonly frame = h("i");
  private readonly element = h(
    "div",
    { class: "minimap", "aria-hidden": "true", "data-own-drag": "", hidden: true },
    this.canvas,
    this.frame,
  );
  private drawing: Size = { width: 0, height: 0 };
  private scale: Point = { x: 1, y: 1 };

  constructor(
    private readonly place: HTMLElement,
    go: (at: Point) => void,
  ) {
    place.append(this.element);
    const move = (event: PointerEvent) => {
      const box = this.canvas.getBoundingClientRect();
      go({ x: (event.clientX - box.left) / this.scale.x, y: (event.clientY - box.top) / this.scale.y });
    };
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      move(event);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (this.element.hasPointerCapture(event.pointerId)) move(event);
    });
    for (const name of ["click", "dblclick"]) this.element.addEventListener(name, (event) => event.stopPropagation());
  }

  show(scene: Scene, placed: Placed, view: View): void {
    this.drawing = placed;
    const { width, height } = placed;
    if (!width || !height) {
      this.element.hidden = true;
      return;
    }
    const high = Math.min(Math.max((WIDTH * height) / width, HEIGHT.least), HEIGHT.most);
    this.scale = { x: WIDTH / width, y: high / height };
    this.redraw = () => this.draw(scene, placed, high);
    this.element.hidden = true;
    this.look(view); // which draws it where it is to be seen
  }

  /** The window shows another part. */
  look({ k, x, y }: View): void {
    const window = roomOf(this.place);
    const { width, height } = this.drawing;
    const room = { left: -x / k, top: -y / k, right: (window.width - x) / k, bottom: (window.height - y) / k };
    const slack = 8 / k;
    const all = room.left < slack && room.top < slack && room.right > width - slack && room.bottom > height - slack;
    const was = this.element.hidden;
    this.element.hidden = all || width === 0;
    if (this.element.hidden) return;
    const [left, top] = [Math.max(room.left, 0), Math.max(room.top, 0)];
    const size = { x: Math.min(room.right, width) - left, y: Math.min(room.bottom, height) - top };
    this.frame.style.cssText = `left:${left * this.scale.x}px;top:${top * this.scale.y}px;width:${Math.max(size.x * this.scale.x, 3)}px;height:${Math.max(size.y * this.scale.y, 3)}px`;
    if (was) requestAnimationFrame(() => this.redraw());
  }

  private redraw: () => void = () => {};

  private draw(scene: Scene, placed: Placed, high: number): void {
    const context = this.canvas.getContext?.("2d");
    if (!context) return;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = WIDTH * ratio;
    this.canvas.height = high * ratio;
    this.canvas.style.height = `${high}px`;
    const colour = (name: string): string => colourOf(this.place, name);
    const box = (at: Point | undefined, { width, height }: Size): void => {
      if (!at) return;
      const [w, t] = [Math.max(width * this.scale.x, LEAST), Math.max(height * this.scale.y, LEAST)];
      context.fillRect(at.x * this.scale.x - w / 2, at.y * this.scale.y - t / 2, w, t);
    };
    context.scale(ratio, ratio);
    context.globalAlpha = 0.12;
    context.fillStyle = colour("s7");
    for (const [id, size] of placed.frames) box(placed.nodes.get(id), size);
    context.globalAlpha = 1;
    for (const m of marksOf(scene)) {
      const hurt =
        m.kind === "op" ? m.stale.length > 0 || m.stopped : m.kind === "group" ? m.hazard || m.stopped : m.trouble;
      const live = m.kind === "tensor" ? scene.flows?.reached.has(m.tensor) : m.kind === "op" ? m.ran !== null : m.ran;
      context.fillStyle = colour(hurt ? "hazard" : live ? "grad" : m.kind === "group" ? "s7" : "fwd");
      box(placed.nodes.get(m.id), m);
    }
  }
}
