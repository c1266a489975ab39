// Which ops and tensors have a place in the picture.

import type { Seats } from "../seats.ts";
import type { OpState, State } from "../state.ts";

const HANDED_DOWN = new Set(["optimizer"]);
const FILLS = new Set(["uniform_", "normal_", "zero_", "fill_", "trunc_normal_"]);

/** Ops that a person would speak of: not what an optimizer does inside its step, nor how a layer was initialised. */
export function shownOps(state: State): OpState[] {
  return [...state.ops.values()].filter((op) => {
    // how a layer was initialised is not what the lesson is about
    if (op.mode !== "grad" && FILLS.has(op.name) && op.inputs.every((t) => state.tensors.get(t)?.role === "parameter"))
      return false;
    for (let s = op.scope; s !== null; s = state.scopes.get(s)?.parent ?? null) {
      if (HANDED_DOWN.has(state.scopes.get(s)?.what ?? "")) return false;
    }
    return true;
  });
}

/** Tensors with a place in the picture: made or used by a shown op, or named, and gradients only where somebody uses them. */
export function shownTensors(state: State, ops: readonly OpState[], seats: Seats): Set<number> {
  const shown = new Set<number>();
  for (const op of ops) {
    if (op.inputs.length > 0 || op.outputs.some((t) => state.tensors.get(t)?.alive)) {
      for (const t of op.outputs) shown.add(t);
    }
    for (const t of op.inputs) shown.add(t);
  }
  for (const t of state.tensors.values()) {
    if (t.role === "parameter" && t.alive) shown.add(t.id);
    if (t.names.length > 0) shown.add(t.id);
  }
  for (const id of [...shown]) if (!state.tensors.has(id) || seats.hidden.has(id)) shown.delete(id);
  // a result that nobody used and nobody holds has left the picture
  const kept = new Set([...state.backwards.values()].flatMap((b) => b.roots));
  for (const op of ops) for (const t of op.inputs) kept.add(t);
  for (const op of ops) {
    for (const t of op.outputs) {
      const made = state.tensors.get(t);
      if (made && !made.alive && made.names.length === 0 && !kept.has(t)) shown.delete(t);
    }
  }
  return shown;
}

export function opIsDead(state: State, op: OpState): boolean {
  const nodes = op.nodes.map((n) => state.nodes.get(n)).filter((n) => n && n.variable === null);
  const outputs = op.outputs.map((t) => state.tensors.get(t));
  return outputs.every((t) => !t?.alive) && nodes.every((n) => !n!.alive);
}
