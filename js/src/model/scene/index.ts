// From a state to a scene: which ops and tensors have a place in the picture, and how they are linked.

import { flowsOf, inKey, outKey } from "../flow.ts";
import { type Seats, seatsOf } from "../seats.ts";
import type { OpState, State } from "../state.ts";
import { cardOf } from "./cards.ts";
import { foldOf } from "./folded.ts";
import { type Choices, foldsOf } from "./folds.ts";
import type { Group } from "./groups.ts";
import { hullsOf } from "./hulls.ts";
import { Links } from "./links.ts";
import { pillOf } from "./pills.ts";
import { placesOf } from "./places.ts";
import { harms, keptOf } from "./saved.ts";
import { opIsDead, shownOps, shownTensors } from "./shown.ts";
import { type Measure, oid, type Pill, type Scene, tid } from "./types.ts";

export { type Choices, choose } from "./folds.ts";
export { bytesKept, staleOf } from "./saved.ts";
export { pathTo, search } from "./search.ts";
export * from "./types.ts";

const DETACHING = new Set(["detach", "data"]);
const ASSIGNING = new Set(["copy_", "fill_", "index_put_"]);
const NONE: Choices = new Map();

/** The marks of a state. */
export function sceneOf(state: State, measure: Measure, choices: Choices = NONE): Scene {
  const seats = seatsOf(state);
  const all = shownOps(state);
  const done = seats.assignments.size
    ? all.filter((op) => !seats.hiddenOps.has(op.id)).map((op) => seated(op, seats))
    : all;
  const tensors = shownTensors(state, done, seats);
  const ops = done.filter((op) => op.inputs.length > 0 || op.outputs.some((t) => tensors.has(t)));
  const folds = foldsOf(state, ops, choices);
  const places = placesOf(state, ops, tensors, folds, choices);
  const shown = places.within;
  const flows = flowsOf(state, seats, (t) => shown.has(t));
  const users = new Map<number, number>();
  for (const op of ops) for (const t of op.inputs) if (shown.has(t)) users.set(t, (users.get(t) ?? 0) + 1);

  const cut = new Set<number>();
  for (const op of ops) if (op.name === "detach_") for (const t of op.outputs) cut.add(t);
  const kept = keptOf(state);
  const below = new Map<number, number>();
  const links = new Links(state);
  const pills: Pill[] = [];
  const isShown = (t: number): boolean => shown.has(t);
  const open: OpState[] = [];
  for (const op of ops) {
    const folded = folds.hides(op.id);
    if (!folded) open.push(op);
    else if (!op.inputs.some(isShown) && !op.outputs.some(isShown)) continue;
    const sole = op.inputs[0];
    const inputs = [...new Set(op.inputs)].filter((t) => shown.has(t));
    const outputs = [...new Set(op.outputs)].filter((t) => shown.has(t));
    const fresh = outputs.filter((t) => !op.inputs.includes(t));
    const faded = opIsDead(state, op);
    if (folded) {
      for (const t of inputs) {
        const maker = folds.makerOf(t);
        if (maker !== null && folds.hides(maker) === folded) continue;
        if (folded.what.startsWith("step") && !(maker !== null && inLoop(folds.groups.of.get(maker)!))) continue;
        const written = outputs.includes(t);
        const gradient = flows?.edges.get(inKey(t, op.id)) ?? null;
        const more = { faded, gradient, hazard: written && harms(kept, op) };
        links.add(written ? "write" : "data", `${t}>${folded.id}`, tid(t), folded.id, op, more);
      }
      for (const t of fresh) {
        const gradient = flows?.edges.get(outKey(op.id, t)) ?? null;
        links.add("data", `${folded.id}>${t}`, folded.id, tid(t), op, { faded, gradient, cut: cut.has(t) });
      }
      continue;
    }
    const made = op.outputs.filter((t) => !op.inputs.includes(t));
    if (DETACHING.has(op.name) && sole !== undefined && made.length === 1) {
      if (!shown.has(sole) || fresh.length === 0) continue;
      if (shown.get(sole) === shown.get(fresh[0]!)) below.set(fresh[0]!, sole);
      links.add("detach", `d${op.id}`, tid(sole), tid(fresh[0]!), op, { faded });
      continue;
    }
    const share = made.length > 0 && op.inputs.length > 0 && made.every((t) => sameStorage(state, t, sole));
    if (share && sole !== undefined) {
      const gradient = flows?.edges.get(inKey(sole, op.id)) ?? null;
      if (shown.has(sole))
        for (const t of fresh) links.add("view", `v${op.id}.${t}`, tid(sole), tid(t), op, { faded, gradient });
      continue;
    }
    if (inputs.length === 0) continue; // made from nothing: the card says it all
    const written = op.writes.length > 0 || outputs.some((t) => op.inputs.includes(t));
    const pill = pillOf(state, op, written, folds.groups.of.get(op.id)!.id || null, flows, measure);
    pills.push(pill);
    for (const t of inputs) {
      const isTarget = outputs.includes(t);
      const gradient = flows?.edges.get(inKey(t, op.id)) ?? null;
      const more = { faded, gradient, hazard: isTarget && harms(kept, op) };
      links.add(isTarget ? "write" : "data", inKey(t, op.id), tid(t), oid(op.id), op, more);
    }
    for (const t of fresh) {
      const gradient = flows?.edges.get(outKey(op.id, t)) ?? null;
      links.add("data", outKey(op.id, t), oid(op.id), tid(t), op, { faded, gradient, cut: cut.has(t) });
    }
  }

  const roots = new Set(flows?.backward.roots ?? []);
  const cards = [...shown].map(([id, group]) => {
    const t = state.tensors.get(id)!;
    return cardOf(state, t, roots.has(id), users.get(id) ?? 0, below.get(id) ?? null, group.id || null, measure);
  });
  const folded = [...folds.folded, ...places.folded].map((g) => foldOf(state, g, flows, measure));
  const hulls = hullsOf(state, open, [...folds.open, ...places.open], [...cards, ...pills, ...folded]);
  return { cards, pills, folds: folded, links: links.list, hulls, flows, groups: folds.groups };
}

function inLoop(group: Group): boolean {
  for (let g: Group | null = group; g; g = g.parent) if (g.step) return true;
  return false;
}

/** An op with the tensors in whose place its own are shown; a write through a passing view is an assignment. */
function seated(op: OpState, seats: Seats): OpState {
  if (!seats.assignments.has(op.id)) return op;
  return {
    ...op,
    name: ASSIGNING.has(op.name) ? "[…] =" : `[…].${op.name}`,
    inputs: op.inputs.map(seats.of),
    outputs: op.outputs.map(seats.of),
  };
}

function sameStorage(state: State, a: number, b: number | undefined): boolean {
  const x = state.tensors.get(a);
  const y = b === undefined ? undefined : state.tensors.get(b);
  return !!x && !!y && x.storage === y.storage;
}
