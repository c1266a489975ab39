// From a state to a scene: which ops and tensors have a place in the picture, and how they are linked.

import { flowsOf, inKey, outKey } from "../flow.ts";
import { type Seats, seatsOf } from "../seats.ts";
import type { OpState, State } from "../state.ts";
import { cardOf } from "./cards.ts";
import { hullsOf } from "./hulls.ts";
import { pillOf } from "./pills.ts";
import { harms, keptOf } from "./saved.ts";
import { newest, opIsDead, shownOps, shownTensors } from "./shown.ts";
import { type Link, type LinkKind, type Measure, type Pill, type Scene, tid } from "./types.ts";

export { bytesKept, staleOf } from "./saved.ts";
export * from "./types.ts";

const DETACHING = new Set(["detach", "data"]);
const ASSIGNING = new Set(["copy_", "fill_", "index_put_"]);

/** The marks of a state. */
export function sceneOf(state: State, measure: Measure): Scene {
  const seats = seatsOf(state);
  const flows = flowsOf(state, seats);
  const all = shownOps(state);
  const ops = newest(state, all)
    .filter((op) => !seats.hiddenOps.has(op.id))
    .map((op) => seated(op, seats));
  const shown = shownTensors(state, ops, seats);
  const users = new Map<number, number>();
  for (const op of ops) for (const t of op.inputs) users.set(t, (users.get(t) ?? 0) + 1);

  const cut = new Set(ops.filter((o) => o.name === "detach_").flatMap((o) => o.outputs));
  const kept = keptOf(state);
  const below = new Map<number, number>();
  const links: Link[] = [];
  const pills: Pill[] = [];
  for (const op of ops) {
    const sole = op.inputs[0];
    const fresh = op.outputs.filter((t) => !op.inputs.includes(t));
    const faded = opIsDead(state, op);
    if (DETACHING.has(op.name) && sole !== undefined && fresh.length === 1) {
      if (!shown.has(sole) || !shown.has(fresh[0]!)) continue;
      below.set(fresh[0]!, sole);
      links.push(link("detach", `d${op.id}`, tid(sole), tid(fresh[0]!), op, state, { faded }));
      continue;
    }
    const share = fresh.length > 0 && op.inputs.length > 0 && fresh.every((t) => sameStorage(state, t, sole));
    if (share && sole !== undefined) {
      for (const t of fresh) {
        if (!shown.has(t) || !shown.has(sole)) continue;
        const passed = flows?.edges.get(inKey(sole, op.id)) ?? null;
        links.push(link("view", `v${op.id}.${t}`, tid(sole), tid(t), op, state, { faded, gradient: passed }));
      }
      continue;
    }
    const inputs = [...new Set(op.inputs)].filter((t) => shown.has(t));
    const outputs = [...new Set(op.outputs)].filter((t) => shown.has(t));
    if (inputs.length === 0) continue; // made from nothing: the card says it all
    const written = op.writes.length > 0 || outputs.some((t) => op.inputs.includes(t));
    const pill = pillOf(state, op, written, flows, measure);
    pills.push(pill);
    for (const t of inputs) {
      const isTarget = outputs.includes(t);
      const gradient = flows?.edges.get(inKey(t, op.id)) ?? null;
      links.push(
        link(isTarget ? "write" : "data", inKey(t, op.id), tid(t), pill.id, op, state, {
          faded,
          gradient,
          hazard: isTarget && harms(kept, op),
        }),
      );
    }
    for (const t of outputs) {
      if (op.inputs.includes(t)) continue;
      links.push(
        link("data", outKey(op.id, t), pill.id, tid(t), op, state, {
          faded,
          gradient: flows?.edges.get(outKey(op.id, t)) ?? null,
          cut: cut.has(t),
        }),
      );
    }
  }

  const roots = new Set(flows?.backward.roots ?? []);
  const cards = [...shown].map((id) =>
    cardOf(state, state.tensors.get(id)!, roots.has(id), users.get(id) ?? 0, below.get(id) ?? null, measure),
  );
  return { cards, pills, links, hulls: hullsOf(state, ops, pills, cards), flows, omitted: all.length - ops.length };
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

function link(
  kind: LinkKind,
  id: string,
  source: string,
  target: string,
  op: OpState,
  state: State,
  more: Partial<Pick<Link, "faded" | "gradient" | "hazard" | "cut">>,
): Link {
  const first = op.inputs[0] === undefined ? undefined : state.tensors.get(op.inputs[0]);
  return {
    id,
    kind,
    source,
    target,
    op: op.id,
    label: kind === "data" ? "" : op.name,
    storage: first?.storage ?? null,
    hazard: more.hazard ?? false,
    faded: more.faded ?? false,
    cut: more.cut ?? false,
    gradient: more.gradient ?? null,
    reversed: kind === "write",
  };
}
