// What a picture is made with, and what it is told of the line to its program.

import type { LayoutInput, LayoutResult } from "../model/layout/index.ts";
import type { Answer } from "./why.ts";

/** Lays a scene out, here or in a worker. A newer request may overtake an older one, whose promise then never settles. */
export interface Layouter {
  layout(input: LayoutInput): LayoutResult | Promise<LayoutResult>;
  destroy(): void;
}

export interface Options {
  readonly title?: string;
  readonly theme?: "auto" | "light" | "dark";
  readonly language?: string;
  /** px */
  readonly height?: number;
  /** Whether the picture begins at the end (a live one) or at the beginning. */
  readonly start?: "first" | "last";
  /** Pictures of a page that say the same here go through time together. */
  readonly in_step?: boolean | string;
  /** Two pictures of a page that say the same here mark what differs between them. */
  readonly compare?: string;
  /** What a saved page answers, by language and by what is asked about. */
  readonly answers?: Readonly<Record<string, Readonly<Record<string, readonly Answer[]>>>>;
  /** Questions that are to be answered before the picture shows the facts. */
  readonly predict?: unknown;
}

export type Connection = "live" | "replay" | "disconnected" | "stopped";
