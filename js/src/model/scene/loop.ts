// The steps of a training loop. A step ends with what writes the parameters after a backward pass (an optimizer, or ops of
// the person's own), and with what is still computed from its results: the accuracy, a state that is carried on.

import type { OpState, State } from "../state.ts";

/** A step of training: events from `from` up to `to`. */
export interface TrainingStep {
  /** 1 is the first. */
  readonly number: number;
  readonly from: number;
  readonly to: number;
  readonly backwards: readonly number[];
  readonly done: boolean;
}

/**
 * The steps that were made, in order; `ops` are the ops shown, in order. One that is going on is the last of them, if it
 * began where others did.
 */
export function trainingSteps(state: State, ops: readonly OpState[]): TrainingStep[] {
  const passes = [...state.backwards.values()].filter((b) => b.ended !== null);
  const optimizers = [...state.scopes.values()].filter((s) => s.what === "optimizer");
  if (passes.length === 0) return [];
  const leaves = new Set<number>();
  for (const t of state.tensors.values()) if (t.leaf && t.requires_grad) leaves.add(t.storage);
  const starts: { readonly op: OpState; readonly from: number }[] = [];
  let made = new Set<number>(); // what came of the parameters in this step
  let [pass, optimizer, passed, updated] = [0, 0, false, 0];
  for (const op of ops) {
    for (; pass < passes.length && passes[pass]!.ended! < op.born; pass++) passed = true;
    for (; optimizer < optimizers.length && optimizers[optimizer]!.born < op.born; optimizer++)
      if (passed) updated = optimizers[optimizer]!.born;
    let own = 0;
    for (const t of op.inputs) if (made.has(t)) own++;
    if (passed && op.writes.some(([storage]) => leaves.has(storage))) updated = op.born;
    else if (updated && op.mode === "grad" && !(own > 0 && (own === op.inputs.length || op.nodes.length === 0))) {
      starts.push({ op, from: beginOf(state, op, updated) });
      [passed, updated, made] = [false, 0, new Set()];
    }
    if (own > 0 || op.nodes.length > 0) for (const t of op.outputs) if (!op.inputs.includes(t)) made.add(t);
  }
  if (starts.length === 0) return [];
  if (optimizer < optimizers.length && (passed || pass < passes.length)) updated = state.step;
  const { bounds, first, again } = rounds(ops, starts);
  if (updated) bounds.push(state.step);
  else if (again) bounds.push(Number.POSITIVE_INFINITY);
  if (bounds.length < 2) return [];
  let [from, next] = [beginOf(state, first, -1), 0];
  return bounds.map((to, i) => {
    const backwards: number[] = [];
    for (; next < passes.length && passes[next]!.born < to; next++)
      if (passes[next]!.born >= from) backwards.push(passes[next]!.id);
    const step = { number: i + 1, from, to, backwards, done: to <= state.step };
    from = to;
    return step;
  });
}

/**
 * Where each round of the loop begins, and the op that the first begins with. A round may have several updates (a GAN's):
 * it is from one pass of the line that comes first in the program to the next.
 */
function rounds(
  ops: readonly OpState[],
  starts: readonly { readonly op: OpState; readonly from: number }[],
): { bounds: number[]; first: OpState; again: boolean } {
  const lines = new Set(starts.map((s) => s.op.source));
  const before = starts[0]!.from;
  const like = ops.find((op) => op.source !== null && op.born < before && lines.has(op.source));
  const first = like ?? ops.find((op) => op.nodes.length > 0) ?? ops[0]!;
  const last = new Map(starts.map((s, i) => [s.op.source, i]));
  const inner = new Set<number | null>();
  let line = like?.source ?? null;
  const bounds: number[] = [];
  for (const [i, { op, from }] of starts.entries()) {
    if (op.source === line || line === null) bounds.push(from);
    else if (inner.has(op.source) || (last.get(line) ?? -1) > i) inner.add(op.source);
    else {
      line = op.source; // another loop
      bounds.push(from);
    }
  }
  const again = like !== undefined && starts.at(-1)!.op.source === like.source;
  return { bounds, first, again };
}

/** Where the outermost region around an op begins, of those that began after `since`. */
function beginOf(state: State, op: OpState, since: number): number {
  let begin = op.born;
  for (let s = op.scope; s !== null; s = state.scopes.get(s)?.parent ?? null) {
    const scope = state.scopes.get(s);
    if (!scope || scope.born <= since) break;
    if (scope.what === "module" && scope.left !== null) begin = scope.born;
  }
  return begin;
}
