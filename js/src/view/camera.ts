// What part of the drawing is in the window: by hand (wheel, drag, pinch, keys), or where something happens.

import type { Point } from "../model/motion.ts";
import { easeInOut } from "./easing.ts";
import { gestures } from "./gestures.ts";
import { roomOf } from "./room.ts";

const LEAST_FIT = 0.005; // scales
const LEAST_READABLE = 0.5;
const MOST_FIT = 1.15;
const MOST = 4;
const MARGIN = 44; // px
const MOVE_MS = 320;

/** A point of the drawing p is at k · p + (x, y) in the window. */
export interface View {
  readonly k: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export class Camera {
  view: View = { k: 1, x: 0, y: 0 };
  /** Whether the person chose what to look at; then the picture does not choose for them. */
  held = false;
  private readonly stop: () => void;
  private gliding = 0;
  private known: Size | null = null; // of the window
  private drift = { x: 0, y: 0 }; // since the last glide began

  constructor(
    private readonly window: HTMLElement,
    private readonly changed: (view: View) => void,
  ) {
    this.stop = gestures(window, {
      move: (by) => this.take({ ...this.view, x: this.view.x + by.x, y: this.view.y + by.y }),
      zoom: (factor, at) => this.zoom(factor, at),
    });
  }

  size(): Size {
    return roomOf(this.window);
  }

  /** The point of the drawing that is at this point of the window. */
  toWorld(at: Point): Point {
    const { k, x, y } = this.view;
    return { x: (at.x - x) / k, y: (at.y - y) / k };
  }

  toWindow(at: Point): Point {
    const { k, x, y } = this.view;
    return { x: at.x * k + x, y: at.y * k + y };
  }

  /** All of the drawing in the window, at most a little over its natural size. */
  fit(drawing: Size, animate: boolean): void {
    this.frame(drawing, animate, LEAST_FIT, null);
  }

  /** The drawing in the window where it can be read so; else the part around a point. */
  follow(drawing: Size, animate: boolean, centre: Point | null): void {
    this.frame(drawing, animate, LEAST_READABLE, centre);
  }

  private frame(drawing: Size, animate: boolean, least: number, centre: Point | null): void {
    this.held = false;
    const room = this.size();
    if (!room.width || !room.height || !drawing.width || !drawing.height) return;
    const whole = Math.min(MOST_FIT, (room.width - MARGIN) / drawing.width, (room.height - MARGIN) / drawing.height);
    const k = Math.max(whole, least);
    // what does not fit is shown around the centre, without empty room beyond the drawing's ends
    const within = (at: number, size: number, length: number): number => {
      const half = (length - MARGIN) / 2 / k;
      return size <= 2 * half ? size / 2 : Math.min(Math.max(at, half), size - half);
    };
    const at = {
      x: within(centre?.x ?? drawing.width / 2, drawing.width, room.width),
      y: within(centre?.y ?? drawing.height / 2, drawing.height, room.height),
    };
    this.go({ k, x: room.width / 2 - at.x * k, y: room.height / 2 - at.y * k }, animate);
  }

  /** The window has another size: what was in its middle stays there. */
  resized(): void {
    const { width, height } = this.size();
    const by = { x: (width - (this.known?.width ?? width)) / 2, y: (height - (this.known?.height ?? height)) / 2 };
    this.known = { width, height };
    this.drift = { x: this.drift.x + by.x, y: this.drift.y + by.y };
    this.jump({ ...this.view, x: this.view.x + by.x, y: this.view.y + by.y });
  }

  scaleBy(factor: number): void {
    const { width, height } = this.size();
    this.zoom(factor, { x: width / 2, y: height / 2 });
  }

  /** Larger by a factor; what is at this point of the window stays there. */
  private zoom(factor: number, at: Point): void {
    const { k, x, y } = this.view;
    const to = Math.min(Math.max(k * factor, LEAST_FIT), MOST);
    this.take({ k: to, x: at.x - ((at.x - x) * to) / k, y: at.y - ((at.y - y) * to) / k });
  }

  /** The person looks there now. */
  private take(view: View): void {
    this.held = true;
    cancelAnimationFrame(this.gliding);
    this.jump(view);
  }

  /** A point of the drawing to the middle of the window, large enough to read. */
  centre(at: Point, animate: boolean): void {
    this.held = true;
    const { width, height } = this.size();
    const k = Math.max(this.view.k, LEAST_READABLE);
    this.go({ k, x: width / 2 - at.x * k, y: height / 2 - at.y * k }, animate);
  }

  /** A point of the drawing to the middle of the window, at once and as large as it is. */
  look(at: Point): void {
    const { width, height } = this.size();
    const { k } = this.view;
    this.take({ k, x: width / 2 - at.x * k, y: height / 2 - at.y * k });
  }

  /** Go along with a point of the drawing that moved, so that it stays where it is in the window. */
  pin(was: Point, is: Point): void {
    this.held = true;
    cancelAnimationFrame(this.gliding);
    const { k, x, y } = this.view;
    this.jump({ k, x: x + (was.x - is.x) * k, y: y + (was.y - is.y) * k });
  }

  jump(view: View): void {
    this.view = view;
    this.changed(view);
  }

  destroy(): void {
    cancelAnimationFrame(this.gliding);
    this.stop();
  }

  private go(to: View, animate: boolean): void {
    cancelAnimationFrame(this.gliding);
    const from = this.view;
    if (Math.abs(from.k - to.k) < 1e-3 && Math.hypot(from.x - to.x, from.y - to.y) < 1) return;
    if (!animate) {
      this.jump(to);
      return;
    }
    const { held } = this;
    this.drift = { x: 0, y: 0 };
    const start = performance.now();
    const tick = (time: number) => {
      if (this.held !== held) return; // the person took over
      const t = easeInOut(Math.min((time - start) / MOVE_MS, 1));
      const between = (a: number, b: number) => a + (b - a) * t;
      const { x, y } = this.drift;
      this.jump({ k: between(from.k, to.k), x: between(from.x, to.x) + x, y: between(from.y, to.y) + y });
      if (t < 1) this.gliding = requestAnimationFrame(tick);
    };
    this.gliding = requestAnimationFrame(tick);
  }
}
