// Regions around marks: open groups, and stretches without grad.

import type { OpState, State } from "../state.ts";
import type { Group } from "./groups.ts";
import { type Card, type Fold, type Hull, oid, type Pill, tid } from "./types.ts";

const REGIONS = new Set(["no_grad", "inference_mode"]);

export function hullsOf(
  state: State,
  ops: readonly OpState[],
  open: readonly Group[],
  marks: readonly (Card | Pill | Fold)[],
): Hull[] {
  const inside = new Map<string, string[]>();
  for (const m of marks) {
    const list = inside.get(m.within ?? "");
    if (list) list.push(m.id);
    else inside.set(m.within ?? "", [m.id]);
  }
  const out: Hull[] = [];
  const depth = new Map<string, number>([["", 0]]);
  for (const { id, what, title, parent } of open) {
    depth.set(id, depth.get(parent!.id)! + 1);
    const within = parent!.id || null;
    out.push({ id, what, title, marks: inside.get(id) ?? [], depth: depth.get(id)!, folds: true, within });
  }
  return [...out, ...regions(state, ops, new Set(marks.map((m) => m.id)))];
}

/** Stretches without grad, with the marks that were made in them. */
function regions(state: State, ops: readonly OpState[], has: ReadonlySet<string>): Hull[] {
  const marks = new Map<number, Set<string>>();
  if (![...state.scopes.values()].some((scope) => REGIONS.has(scope.what))) return [];
  for (const op of ops) {
    for (let s = op.scope; s !== null; s = state.scopes.get(s)?.parent ?? null) {
      const scope = state.scopes.get(s);
      if (!scope) break;
      if (!REGIONS.has(scope.what)) continue;
      const set = marks.get(s) ?? new Set<string>();
      marks.set(s, set);
      if (has.has(oid(op.id))) set.add(oid(op.id));
      for (const t of op.outputs) if (has.has(tid(t)) && !op.inputs.includes(t)) set.add(tid(t));
    }
  }
  return [...marks]
    .filter(([, set]) => set.size > 0)
    .map(([id, set]) => {
      const { what, label: title } = state.scopes.get(id)!;
      return { id: `s${id}`, what, title, marks: [...set], depth: 0, folds: false, within: null };
    });
}
