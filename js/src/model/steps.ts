// A trace in steps that a person can follow: an op with everything that it brought about is one, and so is each
// gradient that passes an edge.

import type { Event, Unknown } from "./events.ts";

export type StepKind =
  | "leaf"
  | "op"
  | "view"
  | "detach"
  | "write"
  | "backward"
  | "flow"
  | "grad"
  | "error"
  | "name"
  | "scope";

export interface Step {
  /** How many events have happened once this step is done. */
  readonly end: number;
  readonly kind: StepKind;
  readonly label: string;
  /** The backward pass that this step belongs to. */
  readonly backward: number | null;
  /** The notebook cell that it belongs to, as its label. */
  readonly cell: string | null;
  /** Bytes that autograd keeps for backward once this step is done. */
  readonly kept: number;
}

const RANK: Record<StepKind, number> = {
  error: 9,
  detach: 8,
  write: 7,
  flow: 6,
  backward: 6,
  leaf: 5,
  view: 4,
  op: 3,
  grad: 2,
  scope: 1,
  name: 0,
};

const DETACHING = new Set(["detach", "detach_", "data"]);
// what announces a step, and what ends one that has begun
const LEADING = new Set([
  "storage",
  "tensor",
  "op",
  "backward",
  "flow",
  "hook",
  "problem",
  "scope",
  "leave",
  "grad",
  "backwardend",
]);

interface Draft {
  end: number;
  kind: StepKind | null;
  label: string;
  backward: number | null;
  cell: string | null;
}

/** Takes events one by one and keeps the list of steps; made for traces that are still growing. */
export class Steps {
  readonly list: Step[] = [];
  private draft: Draft | null = null;
  private seen = 0;
  private inside: number | null = null; // the optimizer's step that is going on
  private closedKept = 0;
  private closedAt = 0; // where the last whole step ends; what follows without a step of its own is shown with it
  private backward: number | null = null;
  private cells: { id: number; label: string }[] = [];
  private storages = new Map<number, number>();
  private keeping = new Map<number, number>(); // nodes that keep something -> bytes
  private kept = 0;
  private leaves = new Map<number, number>(); // unnamed tensors made from nothing -> their step

  /** Take in the events of `all` that have not been seen. */
  update(all: readonly (Event | Unknown)[]): void {
    if (this.draft?.kind) this.list.pop();
    else if (this.list.length)
      this.list[this.list.length - 1] = { ...this.list.at(-1)!, end: this.closedAt, kept: this.closedKept };
    for (; this.seen < all.length; this.seen++) this.take(all[this.seen]!);
    if (this.draft?.kind) this.list.push({ ...this.draft, kind: this.draft.kind, end: this.seen, kept: this.kept });
    else if (this.list.length)
      this.list[this.list.length - 1] = { ...this.list.at(-1)!, end: this.seen, kept: this.kept };
  }

  /** What autograd keeps: from the making of a node until it is released or gone. */
  private keep(e: Event | Unknown): void {
    if (e.kind === "node" && e.bytes) {
      this.keeping.set(e.id, e.bytes);
      this.kept += e.bytes;
    }
    const gone = e.kind === "release" ? e.node : e.kind === "freed" && e.what === "node" ? e.id : null;
    if (gone === null) return;
    this.kept -= this.keeping.get(gone) ?? 0;
    this.keeping.delete(gone);
  }

  private take(e: Event | Unknown): void {
    this.keep(e);
    if (this.inside !== null) {
      // what an optimizer does to its parameters is one step
      if (e.kind === "leave" && e.scope === this.inside) this.inside = null;
      return;
    }
    const goesOn =
      (e.kind === "backwardend" && e.error === null) ||
      (e.kind === "grad" && this.draft?.kind === "grad") ||
      (e.kind === "flow" && e.origin === null && this.draft?.kind === "backward");
    if (LEADING.has(e.kind) && this.draft?.kind && !goesOn) this.close();
    this.draft ??= { end: 0, kind: null, label: "", backward: this.backward, cell: this.cells.at(-1)?.label ?? null };
    switch (e.kind) {
      case "tensor":
        this.storages.set(e.id, e.storage);
        break;
      case "op": {
        if (this.backward !== null && e.mode !== "grad") break; // in a hook: part of the gradient's step
        const fresh = e.outputs.some((t) => !e.inputs.includes(t));
        const shares =
          fresh && e.inputs.some((t) => e.outputs.some((u) => this.storages.get(t) === this.storages.get(u)));
        for (const t of e.outputs) if (e.inputs.length === 0) this.leaves.set(t, this.list.length);
        this.mark(DETACHING.has(e.name) ? "detach" : e.inputs.length === 0 ? "leaf" : shares ? "view" : "op", e.name);
        break;
      }
      case "write":
        this.mark("write", this.draft.label || "write");
        break;
      case "backward":
        this.backward = this.draft.backward = e.id;
        this.mark("backward", "backward");
        break;
      case "flow":
        if (e.origin !== null) this.mark("flow", "gradient");
        break;
      case "hook":
        this.mark("flow", e.hook);
        break;
      case "backwardend":
        if (e.error !== null) this.mark("error", "backward ✕");
        this.backward = null;
        if (this.draft.kind === null) this.draft.backward = null; // what comes next is no part of the pass
        break;
      case "grad":
        this.mark("grad", e.grad === null ? "grad = None" : "grad");
        break;
      case "problem":
        this.mark("error", e.key === "backward" ? "error" : e.key);
        break;
      case "scope":
        if (e.what === "optimizer") {
          this.inside = e.id;
          this.mark("write", e.label);
        }
        if (e.what === "cell") {
          this.cells.push({ id: e.id, label: e.label });
          this.draft.cell = e.label;
        }
        break;
      case "leave":
        this.cells = this.cells.filter((c) => c.id !== e.scope);
        break;
      case "rewire":
        if (this.draft.kind === null) this.mark("op", e.why);
        break;
      case "name":
        if (e.tensor !== null) this.nameLeaf(e.tensor, e.name);
        if (this.draft.kind === null && this.list.length === 0) this.mark("name", e.name);
        break;
      default:
        break;
    }
  }

  /** A tensor made from nothing goes by its name, once it has one. */
  private nameLeaf(tensor: number, name: string): void {
    const at = this.leaves.get(tensor);
    if (at === undefined) return;
    this.leaves.delete(tensor);
    const step = this.list[at];
    if (step?.kind === "leaf") this.list[at] = { ...step, label: name };
    else if (at === this.list.length && this.draft?.kind === "leaf") this.draft.label = name;
  }

  private mark(kind: StepKind, label: string): void {
    const d = this.draft!;
    if (d.kind === null || RANK[kind] > RANK[d.kind]) {
      d.kind = kind;
      d.label = label;
    }
  }

  private close(): void {
    const d = this.draft!;
    this.list.push({ ...d, kind: d.kind!, end: this.seen, kept: this.kept });
    this.closedAt = this.seen;
    this.closedKept = this.kept;
    this.draft = null;
  }

  /** The number of steps that are done after `events` events. */
  at(events: number): number {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.list[middle]!.end <= events) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
