// In whose place a tensor is shown. `x[0] = 1` makes a view of x and a tensor of 1, writes the one into the other and drops
// both; a person sees a write to x.

import type { State, TensorState } from "./state.ts";

export interface Seats {
  /** The tensor in whose place this one is shown: mostly itself. */
  of(tensor: number): number;
  /** Tensors and ops that are not shown at all. */
  readonly hidden: ReadonlySet<number>;
  readonly hiddenOps: ReadonlySet<number>;
  /** Ops that write through a passing view: they are shown as an assignment to what it is a view of. */
  readonly assignments: ReadonlySet<number>;
}

export function seatsOf(state: State): Seats {
  const seat = new Map<number, number>();
  const hidden = new Set<number>();
  const hiddenOps = new Set<number>();
  const assignments = new Set<number>();
  let uses: ReadonlyMap<number, number> | null = null;
  /** Gone, never named, and used by nothing but the write. */
  const passing = (id: number): TensorState | null => {
    const t = state.tensors.get(id);
    if (!t || t.alive || t.names.length > 0 || t.op === null) return null;
    uses ??= usesOf(state);
    return uses.get(id) === 1 ? t : null;
  };
  for (const op of state.ops.values()) {
    if (op.writes.length === 0) continue;
    const target = op.inputs[0];
    if (target === undefined || !op.outputs.includes(target)) continue;
    let at = target;
    for (let t = passing(at); t !== null && t.base !== null; t = passing(at)) {
      const maker = state.ops.get(t.op!)!;
      const from = maker.inputs[0];
      if (from === undefined || maker.outputs.length !== 1) break;
      seat.set(at, from);
      hidden.add(at);
      hiddenOps.add(maker.id);
      at = from;
    }
    if (at === target) continue;
    assignments.add(op.id);
    for (const t of op.inputs.slice(1)) {
      const value = passing(t);
      if (value && state.ops.get(value.op!)?.inputs.length === 0) hidden.add(t);
    }
  }
  return {
    hidden,
    hiddenOps,
    assignments,
    of: (tensor) => {
      let at = tensor;
      for (let next = seat.get(at); next !== undefined; next = seat.get(at)) at = next;
      return at;
    },
  };
}

/** By how many ops each tensor is used. */
function usesOf(state: State): Map<number, number> {
  const uses = new Map<number, number>();
  for (const { inputs } of state.ops.values())
    for (let i = 0; i < inputs.length; i++)
      if (inputs.indexOf(inputs[i]!) === i) uses.set(inputs[i]!, (uses.get(inputs[i]!) ?? 0) + 1);
  return uses;
}
