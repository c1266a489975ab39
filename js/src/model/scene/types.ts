// What the picture shows of a state: marks with stable ids and sizes, not yet placed. No pixel position, no colour.

import type { Differences } from "../compare.ts";
import type { Num } from "../events.ts";
import type { Flows } from "../flow.ts";
import type { Grid } from "../values.ts";
import type { Groups } from "./groups.ts";

export type Measure = (text: string, font: "name" | "small" | "mono") => number;

/** How a tensor stands to gradients; the outline of its card. */
export type Standing = "leaf" | "inner" | "none";

export interface Card {
  readonly kind: "tensor";
  readonly id: string;
  /** The open group that it stands in. */
  readonly within: string | null;
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
  readonly within: string | null;
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

/** A folded group: a module's call, a step of training, a run of ops. */
export interface Fold {
  readonly kind: "group";
  readonly id: string;
  readonly within: string | null;
  readonly what: string;
  readonly title: string;
  readonly ops: number;
  /** Elements of the parameters that are used in it. */
  readonly parameters: number;
  /** Bytes that it keeps for backward. */
  readonly kept: number;
  /** What the backward pass of a step began with, where that is one number. */
  readonly loss: string | null;
  readonly hazard: boolean;
  readonly stopped: boolean;
  readonly ran: boolean;
  readonly dead: boolean;
  readonly width: number;
  readonly height: number;
}

export type Mark = Card | Pill | Fold;

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
  readonly gradient: {
    readonly norm: number | string;
    readonly order: number;
    readonly current: boolean;
    readonly values: readonly Num[] | null;
  } | null;
  /** Whether the gradient goes with the link's own direction (an in-place op stands behind its tensor). */
  readonly reversed: boolean;
}

export interface Hull {
  readonly id: string;
  readonly what: string;
  readonly title: string;
  readonly marks: readonly string[];
  readonly depth: number;
  /** Whether it is an open group, which can be folded and has a place of its own in the layout. */
  readonly folds: boolean;
  readonly within: string | null;
}

export interface Scene {
  readonly cards: readonly Card[];
  readonly pills: readonly Pill[];
  readonly links: readonly Link[];
  readonly folds: readonly Fold[];
  readonly hulls: readonly Hull[];
  readonly flows: Flows | null;
  /** All that can be folded. */
  readonly groups: Groups;
  /** What differs from the picture beside this one. */
  readonly differs?: Differences;
}

export const tid = (id: number): string => `t${id}`;
export const oid = (id: number): string => `o${id}`;
