// The state at any step, quickly in both directions: copies are kept on the way, and the fold goes on from the nearest.

import { State } from "./state.ts";
import type { Trace } from "./trace.ts";

const SPACING = 500; // events between two copies, at least
const SHARE = 2; // and one for so many entries that a copy has: so copying never takes longer than folding

export class Timeline {
  private readonly copies: State[] = [new State()]; // in order
  private last: State = this.copies[0]!;

  constructor(private readonly trace: Pick<Trace, "events">) {}

  /** How many steps there are: events so far. */
  get length(): number {
    return this.trace.events.length;
  }

  /** The state after `step` events (at most as many as there are). It never changes afterwards; do not change it either. */
  at(step: number): State {
    const target = Math.max(0, Math.min(Math.trunc(step), this.length));
    if (this.last.step === target) return this.last;
    const copy = this.copies.findLast((c) => c.step <= target)!;
    const near = this.last.step < target && this.last.step > copy.step ? this.last : copy;
    const state = near.copy();
    let next = this.next();
    while (state.step < target) {
      state.apply(this.trace.events[state.step]!);
      if (state.step < next) continue;
      this.copies.push(state.copy());
      next = this.next();
    }
    this.last = state;
    return state;
  }

  /** Where the next copy is to be made. */
  private next(): number {
    const last = this.copies.at(-1)!;
    const entries = last.tensors.size + last.storages.size + last.counters.size + last.ops.size + last.nodes.size;
    return last.step + Math.max(SPACING, entries / SHARE);
  }
}
