// What the picture shows of a state: marks with stable ids and sizes, not yet placed. No pixel position, no colour.

import type { Flows } from "../flow.ts";
import type { Grid } from "../values.ts";

export type Measure = (text: string, font: "name" | "small" | "mono") => number;

/** How a tensor stands to gradients; the outline of its card. */
export type Standing = "leaf" | "inner" | "none";

export interface Card {
  readonly kind: "tensor";
  readonly id: string;
  readonly tensor: number;
  readonly form: "card" | "chip";
  readonly name: string;
  readonly names: readonly string[];
  /** "leaf · requires grad" and such, as words for the view to translate. */
  readonly standing: Standing;
  readonly isLeaf: boolean;
  readonly shape: string;
  readonly dtype: string;
  readonly grid: Grid | null;
  /** Whether the grid is written as numbers, or drawn as a heatmap. */
  readonly numbers: boolean;
  readonly cell: { readonly width: number; readonly height: number };
  readonly storage: number;
  readonly version: number;
  readonly alive: boolean;
  readonly root: boolean;
  /** Whether a problem has to do with it. */
  readonly trouble: boolean;
  readonly role: string;
  readonly simulated: boolean;
  readonly grad: { readonly grid: Grid | null; readonly added: boolean } | null;
  readonly width: number;
  readonly height: number;
  /** The card that this one stands below: the tensor that it was detached from. */
  readonly below: string | null;
}

export interface Pill {
  readonly kind: "op";
  readonly id: string;
  readonly op: number;
  readonly name: string;
  readonly args: string;
  readonly node: string;
  readonly inPlace: boolean;
  readonly stale: readonly Stale[];
  readonly stopped: boolean;
  readonly ran: number | null;
  readonly dead: boolean;
  readonly noGrad: boolean;
  readonly width: number;
  readonly height: number;
}

/** A saved tensor that was written to since. */
export interface Stale {
  readonly field: string;
  readonly tensor: number | null;
  readonly name: string;
  readonly version: number;
  readonly now: number;
}

export type LinkKind = "data" | "view" | "detach" | "write";

export interface Link {
  readonly id: string;
  readonly kind: LinkKind;
  readonly source: string;
  readonly target: string;
  readonly label: string;
  readonly op: number | null;
  readonly storage: number | null;
  readonly hazard: boolean;
  readonly faded: boolean;
  /** `detach_()` took the tensor away from the op that made it: no gradient passes here any more. */
  readonly cut: boolean;
  /** The gradient that went along it, backwards. */
  readonly gradient: { readonly norm: number | string; readonly order: number; readonly current: boolean } | null;
  /** Whether the gradient goes with the link's own direction (an in-place op stands behind its tensor). */
  readonly reversed: boolean;
}

export interface Hull {
  readonly id: string;
  readonly what: string;
  readonly title: string;
  readonly marks: readonly string[];
  readonly depth: number;
}

export interface Scene {
  readonly cards: readonly Card[];
  readonly pills: readonly Pill[];
  readonly links: readonly Link[];
  readonly hulls: readonly Hull[];
  readonly flows: Flows | null;
  /** How many ops there is no room for: the oldest, and first of all those that are no longer alive. */
  readonly omitted: number;
}

export const tid = (id: number): string => `t${id}`;
export const oid = (id: number): string => `o${id}`;
