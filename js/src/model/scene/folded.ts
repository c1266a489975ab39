// The card of a folded group: what it is, how much is in it.

import type { Flows } from "../flow.ts";
import type { OpState, State } from "../state.ts";
import { bytesText, count, gridOf, short, thousands } from "../values.ts";
import { fitted } from "./cards.ts";
import { type Group, isGroup } from "./groups.ts";
import { staleOf } from "./saved.ts";
import { opIsDead } from "./shown.ts";
import type { Fold, Measure } from "./types.ts";

const PAD = 16;
const TITLE_MAX = 220;
const HEIGHT = 46;
const LINE = 16;

export function foldOf(state: State, g: Group, flows: Flows | null, measure: Measure): Fold {
  const ops = opsIn(g);
  const used = new Set<number>(g.tensors);
  let [kept, dead, ran, stopped, hazard] = [0, ops.length > 0, false, false, false];
  for (const op of ops) {
    for (const t of op.inputs) if (state.tensors.get(t)?.role === "parameter") used.add(t);
    dead &&= opIsDead(state, op);
    ran ||= flows?.ran.has(op.id) === true;
    stopped ||= flows !== null && flows.backward.error !== null && op.id === flows.stoppedAt;
    for (const id of op.nodes) {
      const n = state.nodes.get(id);
      if (!n?.alive || n.released) continue;
      kept += n.bytes;
      hazard ||= n.saved.length > 0 && staleOf(state, op).length > 0;
    }
  }
  const title = fitted(g.title, TITLE_MAX, measure);
  const parameters = [...used].reduce((sum, t) => sum + count(state.tensors.get(t)!.shape), 0);
  const loss = lossOf(state, g);
  const lines = [
    measure(g.what === "module" ? title : `training steps ${title}`, "name") + 20,
    measure(`${ops.length} ops · ${thousands(parameters)} parameters`, "small") +
      (loss === null ? 0 : measure(` · loss ${loss}`, "small")),
    kept ? measure(`${bytesText(kept)} kept for backward`, "small") : 0,
    hazard ? measure("⚠ a saved tensor was overwritten", "small") : 0,
  ];
  return {
    kind: "group",
    id: g.id,
    within: g.parent!.id || null,
    what: g.what,
    title,
    ops: ops.length,
    parameters,
    kept,
    loss,
    hazard,
    stopped,
    ran,
    dead,
    width: Math.max(...lines) + 2 * PAD,
    height: HEIGHT + LINE * (Number(kept > 0) + Number(hazard)),
  };
}

export function opsIn(g: Group): OpState[] {
  const out: OpState[] = [];
  const todo: Group[] = [g];
  for (let at = todo.pop(); at; at = todo.pop())
    for (const item of at.items) isGroup(item) ? todo.push(item) : out.push(item);
  return out;
}

function lossOf(state: State, g: Group): string | null {
  const pass = g.step?.backwards.at(-1);
  const root = pass === undefined ? undefined : state.backwards.get(pass)?.roots[0];
  const t = root === undefined ? undefined : state.tensors.get(root);
  const grid = t && count(t.shape) === 1 ? gridOf(t, state.storages.get(t.storage)) : null;
  return grid ? short(grid.values[0]!, t!.dtype) : null;
}
