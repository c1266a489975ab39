// The memory strip: storages with their cells, and over them the windows that tensors have on them.

import type { Num } from "./events.ts";
import type { State, StorageState, TensorState } from "./state.ts";
import { places, shapeText } from "./values.ts";

/** A run of cells that a window covers. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Bracket {
  readonly tensor: number;
  readonly label: string;
  readonly spans: readonly Span[];
  /** Where its own order begins: the first element is not always the leftmost. */
  readonly dashed: boolean;
  /** The same memory under another version counter: `.data`. */
  readonly uncounted: boolean;
  readonly detail: string;
}

export interface Strip {
  readonly storage: number;
  readonly cells: readonly Num[] | null;
  readonly elements: number;
  readonly bytes: number;
  readonly device: string;
  readonly simulated: boolean;
  readonly alive: boolean;
  readonly version: number;
  readonly stale: boolean;
  readonly kept: boolean;
  readonly written: number | null;
  readonly dtype: string;
  readonly brackets: readonly Bracket[];
}

const MOST_CELLS = 64;

/** The storages worth showing: those that a name, a parameter or the graph still holds. */
export function stripsOf(state: State): Strip[] {
  const tensors = new Map<number, TensorState[]>();
  for (const t of state.tensors.values()) {
    if (!t.alive) continue;
    const list = tensors.get(t.storage);
    if (list) list.push(t);
    else tensors.set(t.storage, [t]);
  }
  const kept = new Map<number, boolean>();
  for (const n of state.nodes.values()) {
    if (!n.alive || n.released) continue;
    for (const [, , storage, counter, version] of n.saved) {
      kept.set(storage, (kept.get(storage) ?? false) || (state.counters.get(counter) ?? 0) > version);
    }
  }
  const out: Strip[] = [];
  for (const s of state.storages.values()) {
    const on = (tensors.get(s.id) ?? []).filter((t) => t.role !== "grad" || t.names.length > 0);
    const named = on.filter((t) => t.names.length > 0 || t.role === "parameter");
    const shown = named.length > 0 ? on.filter((t) => named.includes(t) || on.length < 5) : on;
    if (!s.alive && !kept.has(s.id)) continue;
    if (shown.length === 0 && !kept.has(s.id)) continue;
    out.push(stripOf(state, s, shown, kept));
  }
  return out;
}

function stripOf(state: State, s: StorageState, on: readonly TensorState[], kept: ReadonlyMap<number, boolean>): Strip {
  const dtype = on[0]?.dtype ?? "float32";
  const first = on[0];
  const elements = s.cells?.length ?? Math.round(s.bytes / sizeOf(dtype));
  const main = first?.counter;
  return {
    storage: s.id,
    cells: s.cells && s.cells.length <= MOST_CELLS ? s.cells : null,
    elements,
    bytes: s.bytes,
    device: s.device,
    simulated: s.simulated,
    alive: s.alive,
    version: Math.max(0, ...on.map((t) => state.counters.get(t.counter) ?? 0)),
    stale: kept.get(s.id) ?? false,
    kept: kept.has(s.id),
    written: s.written,
    dtype,
    brackets: on.map((t) => ({
      tensor: t.id,
      label: t.names.join(", ") || (state.ops.get(t.op ?? -1)?.name ?? ""),
      spans: elements <= MOST_CELLS ? spansOf(t) : [extentOf(t)],
      dashed: isDetached(state, t),
      uncounted: main !== undefined && t.counter !== main,
      detail: `${shapeText(t.shape)} stride ${shapeText(t.stride)} offset ${t.offset}`,
    })),
  };
}

export function sizeOf(dtype: string): number {
  const bits = Number(/\d+$/.exec(dtype)?.[0] ?? 8);
  return dtype === "bool" ? 1 : bits / 8;
}

function isDetached(state: State, t: TensorState): boolean {
  const op = t.op === null ? undefined : state.ops.get(t.op);
  return op?.name === "detach" || op?.name === "data";
}

/** The cells that a window covers, as runs, lowest first. */
export function spansOf(t: Pick<TensorState, "shape" | "stride" | "offset">): Span[] {
  const covered = [...new Set(places(t))].sort((a, b) => a - b);
  const out: { from: number; to: number }[] = [];
  for (const at of covered) {
    const last = out.at(-1);
    if (last && last.to === at) last.to = at + 1;
    else out.push({ from: at, to: at + 1 });
  }
  return out;
}

function extentOf(t: Pick<TensorState, "shape" | "stride" | "offset">): Span {
  if (t.shape.includes(0)) return { from: t.offset, to: t.offset };
  const reach = t.shape.reduce((sum, n, d) => sum + (n - 1) * t.stride[d]!, 0);
  return { from: t.offset, to: t.offset + reach + 1 };
}
