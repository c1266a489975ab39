// The state at any step, quickly in both directions: copies are kept on the way, and the fold goes on from the nearest.

import { State } from "./state.ts";
import type { Trace } from "./trace.ts";

const SPACING = 500; // events between two copies, at first
const MOST = 32; // copies; when there are more, every other one goes and the spacing doubles

export class Timeline {
  private spacing = SPACING;
  private copies: State[] = [new State()]; // one at every multiple of `spacing`
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
    const copy = this.copies[Math.min(Math.floor(target / this.spacing), this.copies.length - 1)]!;
    const near = this.last.step < target && this.last.step > copy.step ? this.last : copy;
    const state = near.copy();
    while (state.step < target) {
      state.apply(this.trace.events[state.step]!);
      if (state.step === this.copies.length * this.spacing) this.keep(state.copy());
    }
    this.last = state;
    return state;
  }

  private keep(copy: State): void {
    this.copies.push(copy);
    if (this.copies.length <= MOST) return;
    this.copies = this.copies.filter((_, i) => i % 2 === 0);
    this.spacing *= 2;
  }
}
