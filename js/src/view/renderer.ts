// What draws a scene. Two things do: SVG, in which every mark is an element, and a canvas, for scenes too big for that.

import type { Placed, Point } from "../model/motion.ts";
import type { Scene } from "../model/scene/index.ts";
import type { View } from "./camera.ts";

/** Scale: below this nobody can read a text, so there is none. */
export const READABLE = 0.35;

/** A moment of a motion: where marks stand, and how much there is (0 to 1) of those that are new. */
export interface Frame {
  readonly nodes: ReadonlyMap<string, Point>;
  readonly shown: number;
}

export interface Renderer {
  /** Take over a scene; `leaving` are marks of the last one that are gone. It is seen with the next frame. */
  setScene(scene: Scene, placed: Placed, leaving: readonly string[], animate: boolean): void;
  setCamera(view: View): void;
  frame(frame: Frame): void;
  /** The motion is over. */
  settled(): void;
  select(id: string | null): void;
  /** The id of the mark under the pointer. */
  hitTest(event: MouseEvent): string | null;
  /** The picture as a file of its own. */
  toSVG(css: string, theme: string): string;
  destroy(): void;
}
