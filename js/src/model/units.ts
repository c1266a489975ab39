// The strides in which a person goes through time: one event, one step, one op, one cell, one backward pass.

import type { Step } from "./steps.ts";

export const UNITS = ["event", "step", "op", "cell", "backward"] as const;
export type Unit = (typeof UNITS)[number];

const OPS = new Set(["leaf", "op", "view", "detach", "write", "error"]);

/** Whether a stride ends with step `i`. */
function ends(list: readonly Step[], i: number, unit: Unit): boolean {
  const step = list[i]!;
  const next = list[i + 1];
  if (unit === "op") return step.backward === null && OPS.has(step.kind);
  if (unit === "cell") return step.cell !== next?.cell;
  return unit !== "backward" || (step.backward !== null && step.backward !== next?.backward);
}

/**
 * Where the next stride ends, or the one before, as a number of events: the end of the trace, or 0, where there is none.
 *
 * `at`: events that have happened; `length`: events that there are.
 */
export function stride(list: readonly Step[], length: number, at: number, unit: Unit, forward: boolean): number {
  if (unit === "event") return Math.max(0, Math.min(length, at + (forward ? 1 : -1)));
  let before = 0;
  for (let i = 0; i < list.length; i++) {
    const end = list[i]!.end;
    if (forward ? end <= at : end < at) {
      if (!forward && ends(list, i, unit)) before = end;
    } else if (!forward) break;
    else if (ends(list, i, unit)) return end;
  }
  return forward ? length : before;
}
