// Gradients as the picture shows them: along the same edges as the data, in the other direction.

import type { Num } from "./events.ts";
import type { Seats } from "./seats.ts";
import type { BackwardState, State, TensorState } from "./state.ts";
import { asNumber } from "./values.ts";

/** What passed an edge: `key` is that of the data edge. */
export interface Passed {
  readonly key: string;
  readonly norm: Num;
  readonly values: readonly Num[] | null;
  /** Position in the order of the pass. */
  readonly order: number;
  /** Whether this is the last thing that happened. */
  readonly current: boolean;
  readonly times: number;
}

export interface Flows {
  readonly backward: BackwardState;
  readonly edges: ReadonlyMap<string, Passed>;
  /** Ops that have run, in order. */
  readonly ran: ReadonlyMap<number, number>;
  /** Tensors that a gradient has reached, with its norm. */
  readonly reached: ReadonlyMap<number, Num>;
  /** The op where the pass stopped with an error. */
  readonly stoppedAt: number | null;
}

export const inKey = (tensor: number, op: number): string => `t${tensor}>o${op}`;
export const outKey = (op: number, tensor: number): string => `o${op}>t${tensor}`;

/** The tensor that a gradient belongs to: what the node's output is, or the leaf that it fills. */
function tensorAt(state: State, seats: Seats, node: number, output: number): TensorState | null {
  const n = state.nodes.get(node);
  if (!n) return null;
  if (n.variable !== null) return state.tensors.get(n.variable) ?? null;
  const op = n.op === null ? undefined : state.ops.get(n.op);
  const id = op?.outputs[output] ?? op?.outputs[0];
  return id === undefined ? null : (state.tensors.get(seats.of(id)) ?? null);
}

/** The last backward pass of a state, as what passed each edge; null where there was none. */
export function flowsOf(state: State, seats: Seats): Flows | null {
  const backward = [...state.backwards.values()].at(-1);
  if (!backward) return null;
  const edges = new Map<string, Passed>();
  const ran = new Map<number, number>();
  const reached = new Map<number, Num>();
  const opOf = (node: number | null): number | null => (node === null ? null : (state.nodes.get(node)?.op ?? null));
  const pass = (key: string, norm: Num, values: readonly Num[] | null, order: number, current: boolean): void => {
    const before = edges.get(key);
    edges.set(key, { key, norm, values, order: before?.order ?? order, current, times: (before?.times ?? 0) + 1 });
  };
  const last = backward.flows.at(-1)?.index ?? -1;
  for (const [order, f] of backward.flows.entries()) {
    const current = f.index === last && backward.ended === null;
    const t = tensorAt(state, seats, f.node, f.output);
    if (!t) continue;
    const before = reached.get(t.id);
    reached.set(t.id, before === undefined ? f.norm : Math.max(asNumber(before), asNumber(f.norm)));
    const from = opOf(f.origin);
    if (from !== null) pass(inKey(t.id, from), f.norm, f.values, order, current);
    const to = opOf(f.node);
    if (to !== null && state.nodes.get(f.node)?.variable === null)
      pass(outKey(to, t.id), f.norm, f.values, order, current);
  }
  for (const [order, node] of backward.ran.entries()) {
    const op = opOf(node);
    if (op !== null && !ran.has(op)) ran.set(op, order);
  }
  return { backward, edges, ran, reached, stoppedAt: opOf(backward.failed) };
}

/** The width of a gradient's arrow in px: its norm on a log scale, from 1e-6 (thin) to 1e3 (thick). */
export function widthOf(norm: Num): number {
  const x = asNumber(norm);
  if (Number.isNaN(x) || x === 0) return 1.2;
  const at = (Math.log10(Math.min(Math.max(x, 1e-6), 1e3)) + 6) / 9;
  return 1.4 + at * 4.2;
}
