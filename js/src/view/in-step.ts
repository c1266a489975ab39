// Pictures of one page that have to do with each other: they go through time together, or mark what differs between them.

import type { Facts } from "../model/compare.ts";
import type { Trace } from "../model/trace.ts";

export interface Companion {
  /** How many events the picture stands at. */
  readonly at: number;
  readonly trace: Trace;
  /** What its marks say, if it is compared. */
  readonly facts: Facts;
  goTo(at: number): void;
  load(trace: Trace): void;
  grown(): void;
  draw(): void;
}

export interface Company {
  others(): Companion[];
  leave(): void;
}

const groups = new Map<string, Set<Companion>>();

/** Join the pictures that were asked for under this name; alone where there is none. */
export function join(name: string, self: Companion): Company {
  const group = name ? (groups.get(name) ?? new Set()) : new Set<Companion>();
  if (name) groups.set(name, group);
  group.add(self);
  return {
    others: () => [...group].filter((other) => other !== self),
    leave: () => void group.delete(self),
  };
}
