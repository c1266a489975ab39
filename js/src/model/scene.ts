// What the picture shows of a state: marks with stable ids and sizes, not yet placed. No pixel position, no colour.

import { type Flows, flowsOf, inKey, outKey } from "./flow.ts";
import { type Seats, seatsOf } from "./seats.ts";
import type { OpState, State, TensorState } from "./state.ts";
import { count, type Grid, gridOf, shapeText, short } from "./values.ts";

export type Measure = (text: string, font: "name" | "small" | "mono") => number;

/** How a tensor stands to gradients; the outline of its card. */
export type Standing = "leaf" | "inner" | "none";

export interface Card {
  readonly kind: "tensor";
  readonly id: string;
  readonly tensor: number;
  readonly form: "card" | "chip";
  readonly name: string;
  readonly names: readonly string[];
  /** "leaf · requires grad" and such, as words for the view to translate. */
  readonly standing: Standing;
  readonly isLeaf: boolean;
  readonly shape: string;
  readonly dtype: string;
  readonly grid: Grid | null;
  /** Whether the grid is written as numbers, or drawn as a heatmap. */
  readonly numbers: boolean;
  readonly cell: { readonly width: number; readonly height: number };
  readonly storage: number;
  readonly version: number;
  readonly alive: boolean;
  readonly root: boolean;
  readonly role: string;
  readonly simulated: boolean;
  readonly grad: { readonly grid: Grid | null; readonly added: boolean } | null;
  readonly width: number;
  readonly height: number;
  /** The card that this one stands below: the tensor that it was detached from. */
  readonly below: string | null;
}

export interface Pill {
  readonly kind: "op";
  readonly id: string;
  readonly op: number;
  readonly name: string;
  readonly args: string;
  readonly node: string;
  readonly inPlace: boolean;
  readonly stale: readonly Stale[];
  readonly stopped: boolean;
  readonly ran: number | null;
  readonly dead: boolean;
  readonly noGrad: boolean;
  readonly width: number;
  readonly height: number;
}

/** A saved tensor that was written to since. */
export interface Stale {
  readonly field: string;
  readonly tensor: number | null;
  readonly name: string;
  readonly version: number;
  readonly now: number;
}

export type LinkKind = "data" | "view" | "detach" | "write";

export interface Link {
  readonly id: string;
  readonly kind: LinkKind;
  readonly source: string;
  readonly target: string;
  readonly label: string;
  readonly op: number | null;
  readonly storage: number | null;
  readonly hazard: boolean;
  readonly faded: boolean;
  /** `detach_()` took the tensor away from the op that made it: no gradient passes here any more. */
  readonly cut: boolean;
  /** The gradient that went along it, backwards. */
  readonly gradient: { readonly norm: number | string; readonly order: number; readonly current: boolean } | null;
  /** Whether the gradient goes with the link's own direction (an in-place op stands behind its tensor). */
  readonly reversed: boolean;
}

export interface Hull {
  readonly id: string;
  readonly what: string;
  readonly title: string;
  readonly marks: readonly string[];
  readonly depth: number;
}

export interface Scene {
  readonly cards: readonly Card[];
  readonly pills: readonly Pill[];
  readonly links: readonly Link[];
  readonly hulls: readonly Hull[];
  readonly flows: Flows | null;
  /** How many ops there is no room for: the oldest, and first of all those that are no longer alive. */
  readonly omitted: number;
}

const MOST_OPS = 300;
const MOST_DEAD = 48; // ops whose results and nodes are gone: the last steps of a loop, not all of them
const PAD = 14;
const CARD_MIN = 108;
const CARD_MAX = 360;
const NAME_MAX = 170;
const PILL_HEIGHT = 32;
const CHIP_HEIGHT = 26;
const NUMBER_CELL = { width: 34, height: 19 };
const HEAT_CELL = { width: 9, height: 9 };
const MOST_NUMBERS = { rows: 4, columns: 6 };

const DETACHING = new Set(["detach", "data"]);
const HANDED_DOWN = new Set(["optimizer"]);
const ASSIGNING = new Set(["copy_", "fill_", "index_put_"]);
const FILLS = new Set(["uniform_", "normal_", "zero_", "fill_", "trunc_normal_"]);

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

export const tid = (id: number): string => `t${id}`;
export const oid = (id: number): string => `o${id}`;

function sameStorage(state: State, a: number, b: number | undefined): boolean {
  const x = state.tensors.get(a);
  const y = b === undefined ? undefined : state.tensors.get(b);
  return !!x && !!y && x.storage === y.storage;
}

/** Ops that a person would speak of: not what an optimizer does inside its step, nor how a layer was initialised. */
function shownOps(state: State): OpState[] {
  return [...state.ops.values()].filter((op) => {
    // how a layer was initialised is not what the lesson is about
    if (op.mode !== "grad" && FILLS.has(op.name) && op.inputs.every((t) => state.tensors.get(t)?.role === "parameter"))
      return false;
    for (let s = op.scope; s !== null; s = state.scopes.get(s)?.parent ?? null) {
      if (HANDED_DOWN.has(state.scopes.get(s)?.what ?? "")) return false;
    }
    return true;
  });
}

/** As many ops as a picture can hold, in their order: of what is gone only the last, of the rest the newest. */
function newest(state: State, ops: readonly OpState[]): readonly OpState[] {
  const dead = ops.filter((op) => opIsDead(state, op));
  if (ops.length <= MOST_OPS && dead.length <= MOST_DEAD) return ops;
  const gone = new Set(dead);
  const chosen = new Set([...ops.filter((op) => !gone.has(op)).slice(-MOST_OPS), ...dead.slice(-MOST_DEAD)]);
  return ops.filter((op) => chosen.has(op));
}

/** Tensors with a place in the picture: made or used by a shown op, or named, and gradients only where somebody uses them. */
function shownTensors(state: State, ops: readonly OpState[], seats: Seats): Set<number> {
  const shown = new Set<number>();
  for (const op of ops) {
    if (op.inputs.length > 0 || op.outputs.some((t) => state.tensors.get(t)?.alive)) {
      for (const t of op.outputs) shown.add(t);
    }
    for (const t of op.inputs) shown.add(t);
  }
  for (const t of state.tensors.values()) {
    if (t.role === "parameter" && t.alive) shown.add(t.id);
    if (t.names.length > 0) shown.add(t.id);
  }
  for (const id of [...shown]) if (!state.tensors.has(id) || seats.hidden.has(id)) shown.delete(id);
  // a result that nobody used and nobody holds has left the picture
  const kept = new Set([...state.backwards.values()].flatMap((b) => b.roots));
  for (const op of ops) for (const t of op.inputs) kept.add(t);
  for (const op of ops) {
    for (const t of op.outputs) {
      const made = state.tensors.get(t);
      if (made && !made.alive && made.names.length === 0 && !kept.has(t)) shown.delete(t);
    }
  }
  return shown;
}

function opIsDead(state: State, op: OpState): boolean {
  const nodes = op.nodes.map((n) => state.nodes.get(n)).filter((n) => n && n.variable === null);
  const outputs = op.outputs.map((t) => state.tensors.get(t));
  return outputs.every((t) => !t?.alive) && nodes.every((n) => !n!.alive);
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
type Kept = ReadonlyMap<number, readonly { readonly op: number | null; readonly version: number }[]>;

function keptOf(state: State): Kept {
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
function harms(kept: Kept, op: OpState): boolean {
  return op.writes.some(([, counter, before]) => kept.get(counter)?.some((k) => k.op !== op.id && k.version <= before));
}

function pillOf(state: State, op: OpState, written: boolean, flows: Flows | null, measure: Measure): Pill {
  const own = op.nodes.map((n) => state.nodes.get(n)).find((n) => n && n.variable === null);
  const width = Math.max(46, measure(op.name, "small") + 30);
  return {
    kind: "op",
    id: oid(op.id),
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

function cardOf(
  state: State,
  t: TensorState,
  root: boolean,
  users: number,
  below: number | null,
  measure: Measure,
): Card {
  const storage = state.storages.get(t.storage);
  const version = state.counters.get(t.counter) ?? 0;
  const standing: Standing = !t.requires_grad ? "none" : t.leaf ? "leaf" : "inner";
  const name = fitted(t.names[0] ?? "", NAME_MAX, measure);
  const base = {
    kind: "tensor" as const,
    id: tid(t.id),
    tensor: t.id,
    name,
    names: t.names,
    standing,
    isLeaf: t.leaf,
    shape: shapeText(t.shape),
    dtype: t.dtype,
    storage: t.storage,
    version,
    alive: t.alive,
    root,
    role: t.role,
    simulated: storage?.simulated ?? false,
    below: below === null ? null : tid(below),
  };
  const grid = gridOf(t, storage);
  const small = name === "" && (users > 0 || !t.alive) && !root && (standing !== "leaf" || t.base !== null);
  if (small) {
    const text = count(t.shape) === 1 && grid && t.alive ? short(grid.values[0]!, t.dtype) : base.shape;
    const width = Math.max(34, measure(text, "small") + 20);
    return {
      ...base,
      form: "chip",
      shape: text,
      grid: null,
      numbers: false,
      cell: NUMBER_CELL,
      grad: null,
      width,
      height: CHIP_HEIGHT,
    };
  }
  const numbers = !!grid && !grid.cut && grid.rows <= MOST_NUMBERS.rows && grid.columns <= MOST_NUMBERS.columns;
  const widest = grid && numbers ? Math.max(...grid.values.map((v) => measure(short(v, t.dtype), "mono"))) : 0;
  const cell = numbers
    ? { width: Math.max(NUMBER_CELL.width - 6, widest + 10), height: NUMBER_CELL.height }
    : HEAT_CELL;
  const g = t.grad === null ? undefined : state.tensors.get(t.grad);
  const gradGrid = g ? gridOf(g, state.storages.get(g.storage)) : null;
  const last = [...state.backwards.values()].at(-1)?.accumulated.find((a) => a.tensor === t.id);
  const grad = g ? { grid: gradGrid, added: last?.added ?? false } : null;
  const head = measure(name || base.shape, "name") + 16 + measure(standingWidest(t), "small") + (version > 0 ? 26 : 0);
  const body = grid ? grid.columns * cell.width : 0;
  const foot = measure(`${t.dtype} ${base.shape}`, "small") + (grad ? 78 : 0);
  const width = Math.min(Math.max(CARD_MIN, Math.max(head, body, foot) + 2 * PAD), Math.max(CARD_MAX, body + 2 * PAD));
  const height = 28 + (grid ? grid.rows * cell.height + 8 : 0) + 20;
  return { ...base, form: "card", grid, numbers, cell, grad, width, height };
}

/** A text cut to a width, with dots where it was cut. */
function fitted(text: string, width: number, measure: Measure): string {
  if (measure(text, "name") <= width) return text;
  let cut = text.length - 1;
  while (cut > 1 && measure(`${text.slice(0, cut)}…`, "name") > width) cut--;
  return `${text.slice(0, cut)}…`;
}

function standingWidest(t: TensorState): string {
  return t.leaf
    ? t.requires_grad
      ? "leaf · requires grad"
      : "leaf · no grad"
    : t.requires_grad
      ? "requires grad"
      : "no grad";
}

/** Regions: module calls and stretches without grad, with the marks that were made in them. */
function hullsOf(state: State, ops: readonly OpState[], pills: readonly Pill[], cards: readonly Card[]): Hull[] {
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

/** Bytes that nodes keep for backward. */
export function bytesKept(state: State): number {
  let sum = 0;
  for (const n of state.nodes.values()) if (n.alive && !n.released) sum += n.bytes;
  return sum;
}
