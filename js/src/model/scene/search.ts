// Finding marks by name, folded away or not.

import type { State } from "../state.ts";
import type { Group } from "./groups.ts";
import { oid, type Scene, tid } from "./types.ts";

const MOST = 999;

/** Ids of marks whose text has the words of `query` in it: tensors, groups, ops; those that begin with it before others. */
export function search(state: State, scene: Scene, query: string, titleOf: (g: Group) => string): string[] {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return [];
  const found: [number, string][] = [];
  const look = (id: string, texts: readonly string[], kind: number): void => {
    let best = 9;
    for (const text of texts) {
      const at = text.toLowerCase().indexOf(wanted);
      if (at >= 0) best = Math.min(best, text.length === wanted.length ? 0 : at === 0 ? 1 : 2);
    }
    if (best < 9) found.push([best * 3 + kind, id]);
  };
  for (const t of state.tensors.values()) if (t.names.length > 0 && t.role !== "grad") look(tid(t.id), t.names, 0);
  for (const g of scene.groups.byId.values()) if (g.parent) look(g.id, [titleOf(g)], 1);
  for (const id of scene.groups.of.keys()) {
    const op = state.ops.get(id)!;
    const nodes = op.nodes.map((n) => state.nodes.get(n)).filter((n) => n && n.variable === null);
    look(oid(id), [op.name, ...nodes.map((n) => n!.name)], 2);
  }
  return found
    .sort((a, b) => a[0] - b[0])
    .slice(0, MOST)
    .map(([, id]) => id);
}

/** The groups to open, so that a mark is seen. */
export function pathTo(state: State, scene: Scene, id: string): string[] {
  const { byId, of } = scene.groups;
  const number = Number(id.slice(1));
  let at: Group | null | undefined = byId.get(id)?.parent;
  if (id.startsWith("o")) at = of.get(number);
  else if (id.startsWith("t") && !scene.cards.some((c) => c.tensor === number)) {
    const made = of.get(state.tensors.get(number)?.op ?? -1);
    at = made ?? [...of].find(([op]) => state.ops.get(op)!.inputs.includes(number))?.[1];
  }
  const path: string[] = [];
  for (; at?.parent; at = at.parent) path.unshift(at.id);
  return path;
}
