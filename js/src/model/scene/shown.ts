// Which ops and tensors have a place in the picture.

import type { Seats } from "../seats.ts";
import type { OpState, State, TensorState } from "../state.ts";

const HANDED_DOWN = new Set(["optimizer"]);
const FILLS = new Set(["uniform_", "normal_", "zero_", "fill_", "trunc_normal_"]);

/** Ops that a person would speak of: not what an optimizer does inside its step, nor how a layer was initialised. */
export function shownOps(state: State): OpState[] {
  const known = new Map<number | null, boolean>([[null, false]]);
  const handedDown = (id: number | null): boolean => {
    let found = known.get(id);
    if (found === undefined) {
      const scope = state.scopes.get(id!);
      found = scope !== undefined && (HANDED_DOWN.has(scope.what) || handedDown(scope.parent));
      known.set(id, found);
    }
    return found;
  };
  const out: OpState[] = [];
  const passes = [...state.backwards.values()];
  let [pass, until] = [0, 0]; // passes that began before an op, and when the last of them ended
  for (const op of state.ops.values()) {
    for (; pass < passes.length && passes[pass]!.born < op.born; pass++)
      until = Math.max(until, passes[pass]!.ended ?? Number.POSITIVE_INFINITY);
    // what a hook or a function's own backward computes with gradients is part of that pass
    if (op.born < until && op.mode !== "grad" && op.outputs.every((t) => !state.tensors.get(t)?.names.length)) continue;
    // how a layer was initialised is not what the lesson is about
    if (op.mode !== "grad" && FILLS.has(op.name) && op.inputs.every((t) => state.tensors.get(t)?.role === "parameter"))
      continue;
    if (!handedDown(op.scope)) out.push(op);
  }
  return out;
}

export interface ShownTensors {
  has(tensor: number): boolean;
  /** Those that stand in the picture whatever was done with them: named ones, and parameters. */
  readonly held: readonly number[];
}

/** Tensors with a place in the picture: made or used by a shown op, or named, and gradients only where somebody uses them. */
export function shownTensors(state: State, ops: readonly OpState[], seats: Seats): ShownTensors {
  const makers = new Set<number>();
  const used = new Set<number>();
  for (const op of ops) {
    makers.add(op.id);
    for (const t of op.inputs) used.add(t);
  }
  const roots = new Set([...state.backwards.values()].flatMap((b) => b.roots));
  const isHeld = (t: TensorState): boolean => t.names.length > 0 || (t.role === "parameter" && t.alive);
  const held: number[] = [];
  for (const t of state.tensors.values()) if (isHeld(t)) held.push(t.id);
  const has = (id: number): boolean => {
    const t = state.tensors.get(id);
    if (!t || seats.hidden.has(id)) return false;
    if (used.has(id) || isHeld(t)) return true;
    // a result that nobody used and nobody holds has left the picture
    const maker = t.op !== null && makers.has(t.op) ? state.ops.get(t.op) : undefined;
    return maker !== undefined && (t.alive || (roots.has(id) && maker.inputs.length > 0));
  };
  return { has, held };
}

export function opIsDead(state: State, op: OpState): boolean {
  for (const t of op.outputs) if (state.tensors.get(t)?.alive) return false;
  for (const id of op.nodes) {
    const n = state.nodes.get(id);
    if (n && n.variable === null && n.alive) return false;
  }
  return true;
}
