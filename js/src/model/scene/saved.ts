// What autograd keeps for backward, and what was written to since.

import type { OpState, State } from "../state.ts";
import type { Stale } from "./types.ts";

/** Saved tensors of an op's nodes that were written to since. */
export function staleOf(state: State, op: OpState): Stale[] {
  const out: Stale[] = [];
  for (const id of op.nodes) {
    const n = state.nodes.get(id);
    if (!n || n.released || !n.alive) continue;
    for (const [field, tensor, , counter, version] of n.saved) {
      const now = state.counters.get(counter) ?? 0;
      if (now > version) {
        const own = tensor ?? (field.startsWith("result") ? (op.outputs[Number(field.slice(6)) || 0] ?? null) : null);
        out.push({
          field,
          tensor: own,
          name: own === null ? field : (state.tensors.get(own)?.names[0] ?? field),
          version,
          now,
        });
      }
    }
  }
  return out;
}

/** What nodes keep for backward: for each version counter, who saved under it and at which version. */
export type Kept = ReadonlyMap<number, readonly { readonly op: number | null; readonly version: number }[]>;

export function keptOf(state: State): Kept {
  const kept = new Map<number, { op: number | null; version: number }[]>();
  for (const n of state.nodes.values()) {
    if (n.released || !n.alive) continue;
    for (const [, , , counter, version] of n.saved) {
      const list = kept.get(counter);
      if (list) list.push({ op: n.op, version });
      else kept.set(counter, [{ op: n.op, version }]);
    }
  }
  return kept;
}

/** Whether a write of this op made something stale. */
export function harms(kept: Kept, op: OpState): boolean {
  return op.writes.some(([, counter, before]) => kept.get(counter)?.some((k) => k.op !== op.id && k.version <= before));
}

/** Bytes that nodes keep for backward. */
export function bytesKept(state: State): number {
  let sum = 0;
  for (const n of state.nodes.values()) if (n.alive && !n.released) sum += n.bytes;
  return sum;
}
