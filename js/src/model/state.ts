// The fold: what is the case after so many events. It copies fields and judges nothing. gradwidget/trace/state.py is the
// same fold, and golden traces hold the two together.
//
// An entry is never changed, only replaced, so a state can be copied in the time that its maps take, and whoever compares
// two states sees by identity which entries differ. The one exception: the lists of a backward pass that has not ended
// grow in place; `copy` copies them.

import type * as ev from "./events.ts";

export type StorageState = ev.Storage & {
  readonly alive: boolean;
  readonly cells: readonly ev.Num[] | null;
  /** Index of the last write event. */
  readonly written: number | null;
  readonly born: number;
};

/** The fields of the tensor event, kept current by what comes later. */
export type TensorState = ev.Tensor & {
  readonly alive: boolean;
  readonly names: readonly string[];
  /** The tensor that `.grad` is. */
  readonly grad: number | null;
  readonly thumb: ev.Thumb | null;
  /** The op that made it. */
  readonly op: number | null;
  readonly born: number;
};

export type OpState = ev.Op & {
  readonly nodes: readonly number[];
  /** Storage, counter, version before, version after. */
  readonly writes: readonly (readonly [number, number, number, number])[];
  readonly born: number;
};

export type NodeState = ev.Node & { readonly alive: boolean; readonly released: boolean; readonly born: number };

export type ScopeState = ev.Scope & { readonly born: number; readonly left: number | null };

/** Of an event in a list: its place in the trace. */
export type At = { readonly index: number };

export type BackwardState = ev.Backward & {
  readonly flows: readonly (ev.Flow & At)[];
  /** Nodes, in the order in which they ran. */
  readonly ran: readonly number[];
  readonly accumulated: readonly (ev.Accumulate & At)[];
  readonly hooked: readonly (ev.Hook & At)[];
  /** Index of the event that ended it. */
  readonly ended: number | null;
  readonly error: string | null;
  readonly failed: number | null;
  readonly born: number;
};

export class State {
  /** How many events are folded in. */
  step = 0;
  readonly sources: Map<number, ev.Source>;
  readonly storages: Map<number, StorageState>;
  /** The version that each counter stands at. */
  readonly counters: Map<number, number>;
  readonly tensors: Map<number, TensorState>;
  readonly ops: Map<number, OpState>;
  readonly nodes: Map<number, NodeState>;
  readonly names: Map<string, number>;
  readonly scopes: Map<number, ScopeState>;
  readonly backwards: Map<number, BackwardState>;
  /** Scopes that were entered and not left, the innermost last. */
  open: readonly number[] = [];
  problems: readonly (ev.Problem & At)[] = [];

  constructor(from?: State) {
    this.sources = new Map(from?.sources);
    this.storages = new Map(from?.storages);
    this.counters = new Map(from?.counters);
    this.tensors = new Map(from?.tensors);
    this.ops = new Map(from?.ops);
    this.nodes = new Map(from?.nodes);
    this.names = new Map(from?.names);
    this.scopes = new Map(from?.scopes);
    this.backwards = new Map(from?.backwards);
    if (from === undefined) return;
    this.step = from.step;
    this.open = from.open;
    this.problems = from.problems;
    for (const [id, b] of this.backwards) {
      if (b.ended !== null) continue;
      this.backwards.set(id, {
        ...b,
        flows: [...b.flows],
        ran: [...b.ran],
        accumulated: [...b.accumulated],
        hooked: [...b.hooked],
      });
    }
  }

  /** A state that goes its own way from here on. */
  copy(): State {
    return new State(this);
  }

  /** Take in the next event. */
  apply(e: ev.Event | ev.Unknown): void {
    const index = this.step++;
    switch (e.kind) {
      case "source":
        this.sources.set(e.id, e);
        break;
      case "storage":
        this.storages.set(e.id, { ...e, alive: true, cells: null, written: null, born: index });
        break;
      case "tensor":
        this.tensors.set(e.id, { ...e, alive: true, names: [], grad: null, thumb: null, op: null, born: index });
        this.counters.set(e.counter, Math.max(this.counters.get(e.counter) ?? 0, e.version));
        break;
      case "op":
        this.ops.set(e.id, { ...e, nodes: [], writes: [], born: index });
        for (const id of e.outputs) {
          if (!e.inputs.includes(id) && this.tensors.get(id)?.op === null) change(this.tensors, id, { op: e.id });
        }
        break;
      case "node":
        this.nodes.set(e.id, { ...e, alive: true, released: false, born: index });
        if (e.op !== null) change(this.ops, e.op, (op) => ({ nodes: [...op.nodes, e.id] }));
        break;
      case "write": {
        const write = [e.storage, e.counter, e.before, e.after] as const;
        this.counters.set(e.counter, e.after);
        change(this.storages, e.storage, { written: index });
        if (e.op !== null) change(this.ops, e.op, (op) => ({ writes: [...op.writes, write] }));
        break;
      }
      case "rewire": {
        const { leaf, requires_grad, node, output } = e;
        change(this.tensors, e.tensor, { leaf, requires_grad, node, output });
        break;
      }
      case "reseat": {
        const { storage, offset, shape, stride, dtype } = e;
        change(this.tensors, e.tensor, { storage, offset, shape, stride, dtype });
        break;
      }
      case "name": {
        const before = this.names.get(e.name);
        if (before !== undefined) {
          change(this.tensors, before, (t) => ({ names: t.names.filter((name) => name !== e.name) }));
          this.names.delete(e.name);
        }
        if (e.tensor !== null) {
          this.names.set(e.name, e.tensor);
          change(this.tensors, e.tensor, (t) => ({ names: [...t.names, e.name] }));
        }
        break;
      }
      case "scope":
        this.scopes.set(e.id, { ...e, born: index, left: null });
        this.open = [...this.open, e.id];
        break;
      case "leave":
        change(this.scopes, e.scope, { left: index });
        this.open = this.open.filter((id) => id !== e.scope);
        break;
      case "backward":
        this.backwards.set(e.id, {
          ...e,
          flows: [],
          ran: [],
          accumulated: [],
          hooked: [],
          ended: null,
          error: null,
          failed: null,
          born: index,
        });
        break;
      case "flow":
        add(this.backwards, e.backward, "flows", { ...e, index });
        break;
      case "hook":
        add(this.backwards, e.backward, "hooked", { ...e, index });
        break;
      case "ran":
        add(this.backwards, e.backward, "ran", e.node);
        break;
      case "accumulate":
        add(this.backwards, e.backward, "accumulated", { ...e, index });
        change(this.tensors, e.tensor, { grad: e.grad });
        break;
      case "backwardend":
        change(this.backwards, e.backward, { ended: index, error: e.error, failed: e.node });
        break;
      case "grad":
        change(this.tensors, e.tensor, { grad: e.grad });
        break;
      case "release":
        change(this.nodes, e.node, { released: true });
        break;
      case "cells":
        change(this.storages, e.storage, { cells: e.values });
        break;
      case "thumb":
        change(this.tensors, e.tensor, { thumb: e });
        break;
      case "problem":
        this.problems = [...this.problems, { ...e, index }];
        break;
      case "freed":
        if (e.what === "tensor") change(this.tensors, e.id, { alive: false });
        else if (e.what === "storage") change(this.storages, e.id, { alive: false });
        else if (e.what === "node") change(this.nodes, e.id, { alive: false });
        break;
      case "unknown":
        break;
      default:
        e satisfies never; // a new kind of event does not compile until it has its place here
    }
  }
}

/** Replace an entry by one with some fields changed; one that was never told of stays untold. */
function change<E extends object>(map: Map<number, E>, id: number, fields: Partial<E> | ((e: E) => Partial<E>)): void {
  const entry = map.get(id);
  if (entry === undefined) return;
  map.set(id, { ...entry, ...(typeof fields === "function" ? fields(entry) : fields) });
}

/** Add to a list of a backward pass: in place while the pass goes on. */
function add(
  map: Map<number, BackwardState>,
  id: number,
  list: "flows" | "ran" | "accumulated" | "hooked",
  item: BackwardState[typeof list][number],
): void {
  const backward = map.get(id);
  if (backward === undefined) return;
  if (backward.ended === null) (backward[list] as unknown[]).push(item);
  else map.set(id, { ...backward, [list]: [...backward[list], item] });
}

/** The state as plain JSON, as Python's `to_json` writes it. */
export function toJson(state: State): Record<string, unknown> {
  return Object.fromEntries(Object.entries(state).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([id, entry]) => [String(id), plain(entry)]));
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "kind") // what TypeScript tells kinds apart by
      .map(([key, field]) => [key, plain(field)]),
  );
}
