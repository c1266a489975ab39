// Gradients as the picture shows them: along the same edges as the data, in the other direction.

import type { Num } from "./events.ts";
import type { Seats } from "./seats.ts";
import type { BackwardState, State, TensorState } from "./state.ts";
import { asNumber, tidy } from "./values.ts";

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
  /** Tensors that are seen and that a gradient has reached, with its norm. */
  readonly reached: ReadonlyMap<number, Num>;
  /** What hooks put in the place of a tensor's gradient: their names, and the norm that went on. */
  readonly hooked: ReadonlyMap<number, string>;
  /** The op where the pass stopped with an error. */
  readonly stoppedAt: number | null;
}

export const inKey = (tensor: number, op: number): string => `t${tensor}>o${op}`;
export const outKey = (op: number, tensor: number): string => `o${op}>t${tensor}`;

/** One number for a node and which of its outputs: the node's own for the first. */
const place = (node: number, output: number): number => node + output * 2 ** 32;

/** What nodes stand for in the picture. */
class Nodes {
  private known: Map<number, TensorState> | null = null;

  constructor(
    private readonly state: State,
    private readonly seats: Seats,
  ) {}

  /** The tensor that is this output of a node now. */
  private outputOf(node: number, output: number): TensorState | undefined {
    if (!this.known) {
      this.known = new Map();
      for (const t of this.state.tensors.values()) if (t.node !== null) this.known.set(place(t.node, t.output), t);
    }
    return this.known.get(place(node, output));
  }

  /** The tensor that a gradient belongs to: what the node's output is, or the leaf that it fills. */
  tensor(node: number, output: number): TensorState | null {
    const n = this.state.nodes.get(node);
    if (!n) return null;
    if (n.variable !== null) return this.state.tensors.get(n.variable) ?? null;
    const anew = this.anew(node);
    if (anew) return anew;
    const op = n.op === null ? undefined : this.state.ops.get(n.op);
    const id = op?.outputs[output] ?? op?.outputs[0] ?? this.outputOf(node, output)?.id;
    return id === undefined ? null : (this.state.tensors.get(this.seats.of(id)) ?? null);
  }

  /** The view whose history this node is, if it was made anew after a write. */
  private anew(node: number): TensorState | null {
    if (!this.state.nodes.get(node)?.name.startsWith("AsStrided")) return null;
    const t = this.outputOf(node, 0);
    return t && t.base !== null ? t : null;
  }

  /** The op that a node is the backward of; the history of a view that was made anew belongs to the op that made the view. */
  op(node: number | null): number | null {
    if (node === null) return null;
    return this.anew(node)?.op ?? this.state.nodes.get(node)?.op ?? null;
  }
}

/** The last backward pass of a state, as what passed each edge at a tensor that is seen; null where there was none. */
export function flowsOf(state: State, seats: Seats, seen: (tensor: number) => boolean): Flows | null {
  const backward = [...state.backwards.values()].at(-1);
  if (!backward) return null;
  const edges = new Map<string, Passed>();
  const ran = new Map<number, number>();
  const reached = new Map<number, Num>();
  const nodes = new Nodes(state, seats);
  const pass = (key: string, norm: Num, values: readonly Num[] | null, order: number, current: boolean): void => {
    const before = edges.get(key);
    edges.set(key, { key, norm, values, order: before?.order ?? order, current, times: (before?.times ?? 0) + 1 });
  };
  const last = backward.flows.at(-1)?.index ?? -1;
  for (const [order, f] of backward.flows.entries()) {
    const current = f.index === last && backward.ended === null;
    const t = nodes.tensor(f.node, f.output);
    if (!t || !seen(t.id)) continue;
    const before = reached.get(t.id);
    reached.set(t.id, before === undefined ? f.norm : Math.max(asNumber(before), asNumber(f.norm)));
    const from = nodes.op(f.origin);
    if (from !== null) pass(inKey(t.id, from), f.norm, f.values, order, current);
    const to = nodes.op(f.node);
    if (to !== null && state.nodes.get(f.node)?.variable === null)
      pass(outKey(to, t.id), f.norm, f.values, order, current);
  }
  for (const [order, node] of backward.ran.entries()) {
    const op = nodes.op(node);
    if (op !== null && !ran.has(op)) ran.set(op, order);
  }
  const hooked = new Map<number, string>();
  for (const h of backward.hooked) {
    const t = nodes.tensor(h.node, h.output);
    if (!t || !seen(t.id)) continue;
    reached.set(t.id, h.norm);
    hooked.set(t.id, [hooked.get(t.id), `${h.hook} → ${tidy(h.norm)}`].filter(Boolean).join(", "));
  }
  return { backward, edges, ran, reached, hooked, stoppedAt: nodes.op(backward.failed) };
}

export const QUIET = 1e-5; // norms below are vanishing
export const LOUD = 1e3; // norms above are exploding

/** What a norm is at a glance: nothing special, or quiet, loud, or no number. */
export function toneOf(norm: Num): "" | "quiet" | "loud" | "bad" {
  const x = asNumber(norm);
  return Number.isFinite(x) ? (x < QUIET ? "quiet" : x > LOUD ? "loud" : "") : "bad";
}

/** The width of a gradient's arrow in px: its norm on a log scale, from 1e-6 (thin) to 1e3 (thick). */
export function widthOf(norm: Num): number {
  const x = asNumber(norm);
  if (Number.isNaN(x) || x === 0) return 1.2;
  const at = (Math.log10(Math.min(Math.max(x, 1e-6), 1e3)) + 6) / 9;
  return 1.4 + at * 4.2;
}
