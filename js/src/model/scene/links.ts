// How marks are linked. What several ops in a folded group have to do with a tensor is one link.

import type { OpState, State } from "../state.ts";
import { asNumber } from "../values.ts";
import type { Link, LinkKind } from "./types.ts";

type More = Partial<Pick<Link, "faded" | "gradient" | "hazard" | "cut">>;

export class Links {
  private readonly found = new Map<string, Link>();

  constructor(private readonly state: State) {}

  get list(): Link[] {
    return [...this.found.values()];
  }

  add(kind: LinkKind, id: string, source: string, target: string, op: OpState, more: More): void {
    const before = this.found.get(id);
    const first = op.inputs[0] === undefined ? undefined : this.state.tensors.get(op.inputs[0]);
    const gradient = more.gradient ?? null;
    const link: Link = {
      id,
      kind: before?.kind === "write" ? "write" : kind,
      source,
      target,
      op: op.id,
      label: kind === "data" ? "" : op.name,
      storage: first?.storage ?? null,
      hazard: more.hazard || before?.hazard || false,
      faded: (more.faded ?? false) && (before?.faded ?? true),
      cut: more.cut ?? false,
      gradient: before?.gradient && gradient ? both(before.gradient, gradient) : (gradient ?? before?.gradient ?? null),
      reversed: kind === "write" || (before?.reversed ?? false),
    };
    this.found.set(id, link);
  }
}

type Gradient = NonNullable<Link["gradient"]>;

/** Of two gradients on their way to one place the larger is drawn. */
function both(a: Gradient, b: Gradient): Gradient {
  const larger = asNumber(a.norm) >= asNumber(b.norm) ? a : b;
  return { ...larger, order: Math.min(a.order, b.order), current: a.current || b.current };
}
