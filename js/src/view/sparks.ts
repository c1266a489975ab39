// The gradient that is on its way, as dots that travel: on a canvas of their own, so that no element has to move.

import type { Point } from "../model/motion.ts";
import { along, backOf } from "../model/routes.ts";
import { asNumber } from "../model/values.ts";
import type { View } from "./camera.ts";
import { h } from "./dom.ts";
import { colourOf } from "./palette.ts";
import { roomOf } from "./room.ts";

const ROUND_MS = 1100; // once along an edge

export interface Traveller {
  readonly points: readonly Point[];
  readonly norm: number | string;
}

export class Sparks {
  private readonly canvas = h("canvas", { class: "sparks", "aria-hidden": "true" });
  private frame = 0;
  private ways: { points: readonly Point[]; radius: number }[] = [];

  constructor(
    private readonly place: HTMLElement,
    private readonly view: () => View,
  ) {
    place.append(this.canvas);
  }

  /** Let dots travel against these links, and no others. */
  run(travellers: readonly Traveller[]): void {
    cancelAnimationFrame(this.frame);
    const context = this.canvas.getContext?.("2d");
    if (!context) return;
    this.ways = travellers.map(({ points, norm }) => {
      const size = asNumber(norm);
      return { points: backOf(points), radius: 2.4 + Math.log10(1 + Math.min(Number.isNaN(size) ? 0 : size, 1e3)) };
    });
    if (this.ways.length === 0) {
      this.canvas.width = 0;
      return;
    }
    const start = performance.now();
    const tick = (time: number) => {
      this.draw(context, ((time - start) % ROUND_MS) / ROUND_MS);
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.canvas.remove();
  }

  private draw(context: CanvasRenderingContext2D, t: number): void {
    const { width, height } = roomOf(this.place);
    const ratio = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const { k, x, y } = this.view();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(k * ratio, 0, 0, k * ratio, x * ratio, y * ratio);
    context.fillStyle = colourOf(this.place, "grad");
    for (const { points, radius } of this.ways) {
      const at = along(points, t);
      context.beginPath();
      context.arc(at.x, at.y, radius / Math.min(k, 1), 0, 2 * Math.PI);
      context.fill();
    }
  }
}
