// Regions around marks.

import type { OpState, State } from "../state.ts";
import { type Card, type Hull, oid, type Pill, tid } from "./types.ts";

/** Regions: module calls and stretches without grad, with the marks that were made in them. */
export function hullsOf(state: State, ops: readonly OpState[], pills: readonly Pill[], cards: readonly Card[]): Hull[] {
  const has = new Set([...pills.map((p) => p.id), ...cards.map((c) => c.id)]);
  const marks = new Map<number, Set<string>>();
  for (const op of ops) {
    for (let s = op.scope; s !== null; s = state.scopes.get(s)?.parent ?? null) {
      const scope = state.scopes.get(s);
      if (!scope) break;
      if (scope.what !== "module" && scope.what !== "no_grad" && scope.what !== "inference_mode") continue;
      const set = marks.get(s) ?? new Set<string>();
      marks.set(s, set);
      if (has.has(oid(op.id))) set.add(oid(op.id));
      for (const t of op.outputs) if (has.has(tid(t)) && !op.inputs.includes(t)) set.add(tid(t));
      if (scope.what === "module")
        for (const t of op.inputs) if (state.tensors.get(t)?.role === "parameter") set.add(tid(t));
    }
  }
  return [...marks]
    .filter(([, set]) => set.size > 0)
    .map(([id, set]) => {
      const scope = state.scopes.get(id)!;
      let depth = 0;
      for (let s = scope.parent; s !== null; s = state.scopes.get(s)?.parent ?? null) depth++;
      return { id: `s${id}`, what: scope.what, title: scope.label, marks: [...set], depth };
    });
}
