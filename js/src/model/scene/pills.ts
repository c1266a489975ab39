// The pill of an op.

import type { Flows } from "../flow.ts";
import type { OpState, State } from "../state.ts";
import { staleOf } from "./saved.ts";
import { opIsDead } from "./shown.ts";
import { type Measure, oid, type Pill } from "./types.ts";

const PILL_HEIGHT = 32;

export function pillOf(
  state: State,
  op: OpState,
  written: boolean,
  within: string | null,
  flows: Flows | null,
  measure: Measure,
): Pill {
  const own = op.nodes.map((n) => state.nodes.get(n)).find((n) => n && n.variable === null);
  const width = Math.max(46, measure(op.name, "small") + 30);
  return {
    kind: "op",
    id: oid(op.id),
    within,
    op: op.id,
    name: op.name,
    args: op.args,
    node: own?.name ?? "",
    inPlace: written,
    stale: staleOf(state, op),
    stopped: flows?.stoppedAt === op.id && flows.backward.error !== null,
    ran: flows?.ran.get(op.id) ?? null,
    dead: opIsDead(state, op),
    noGrad: op.mode !== "grad",
    width,
    height: PILL_HEIGHT,
  };
}
