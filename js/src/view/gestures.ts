// Moving and zooming by hand: wheel, drag, and two fingers. (d3-zoom does the same in 25 kB, which every saved widget would carry.)

import type { Point } from "../model/motion.ts";

export interface Hand {
  /** By so much, in px of the window. */
  move(by: Point): void;
  /** By a factor, around a point of the window. */
  zoom(factor: number, at: Point): void;
}

const DRAG = 3; // px; less is a click
const WHEEL = [0.002, 0.05, 1]; // doublings for a unit of the wheel: in px, lines, pages
const PINCH = 10; // times as quick: browsers report a pinch on a touchpad as a wheel with Ctrl

/** Hear a hand in an element; returns what ends it. A click that ends a drag is none. */
export function gestures(place: HTMLElement, hand: Hand): () => void {
  const fingers = new Map<number, Point>();
  let dragged = false;
  let start: Point = { x: 0, y: 0 };
  const point = (event: MouseEvent): Point => {
    const { left, top } = place.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const own = (event: Event): boolean => !!(event.target as Element).closest("button, input, [data-own-drag]");
  const far = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

  const hear: {
    [K in "wheel" | "pointerdown" | "pointermove" | "pointerup" | "pointercancel" | "click"]: (
      event: HTMLElementEventMap[K],
    ) => void;
  } = {
    wheel: (event) => {
      if (own(event)) return;
      event.preventDefault();
      hand.zoom(2 ** (-event.deltaY * WHEEL[event.deltaMode]! * (event.ctrlKey ? PINCH : 1)), point(event));
    },
    pointerdown: (event) => {
      if (fingers.size === 0) dragged = false;
      if (event.button || own(event)) return;
      start = point(event);
      fingers.set(event.pointerId, start);
    },
    pointermove: (event) => {
      const was = fingers.get(event.pointerId);
      if (!was) return;
      if (!event.buttons) {
        fingers.delete(event.pointerId); // let go elsewhere
        return;
      }
      const is = point(event);
      if (!dragged && far(start, is) < DRAG) return;
      if (!dragged) place.setPointerCapture(event.pointerId);
      dragged = true;
      fingers.set(event.pointerId, is);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      const share = other ? 0.5 : 1; // the middle between two fingers goes half as far
      hand.move({ x: (is.x - was.x) * share, y: (is.y - was.y) * share });
      if (other)
        hand.zoom(far(is, other) / Math.max(far(was, other), 1), { x: (is.x + other.x) / 2, y: (is.y + other.y) / 2 });
    },
    pointerup: (event) => void fingers.delete(event.pointerId),
    pointercancel: (event) => void fingers.delete(event.pointerId),
    click: (event) => {
      if (dragged) event.stopImmediatePropagation();
      dragged = false;
    },
  };
  const list = Object.entries(hear) as [string, EventListener][];
  for (const [name, listener] of list)
    place.addEventListener(name, listener, { capture: name === "click", passive: false });
  return () => {
    for (const [name, listener] of list) place.removeEventListener(name, listener, { capture: name === "click" });
  };
}
