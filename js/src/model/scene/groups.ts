// What can be folded: calls of modules, steps of training, regions that the person named; and where there is too much of one
// thing, runs of it. By call, not by module: eighty calls of one cell follow one another and do not fold into a loop.

import type { OpState, ScopeState, State } from "../state.ts";
import { type TrainingStep, trainingSteps } from "./loop.ts";

export interface Group {
  /** Stays while the trace grows: "gs" and a scope, "gk" and a step, "gr" with what the run begins with. */
  readonly id: string;
  readonly what: string; // "module", "label", "cell", "rank", "step", "run"
  readonly title: string;
  readonly parent: Group | null;
  readonly items: (Group | OpState)[];
  /** Whether all of it has happened. */
  readonly done: boolean;
  readonly step: TrainingStep | null;
  /** Parameters that stand in it without an op. */
  readonly tensors?: readonly number[];
}

const FOLDING = new Set(["module", "label", "rank"]);
const RUN = 32; // items in a run
export const MANY = 150; // ops: up to here nothing has to be folded for lack of room

export interface Groups {
  readonly root: Group;
  /** The group that an op stands in. */
  readonly of: ReadonlyMap<number, Group>;
  readonly byId: ReadonlyMap<string, Group>;
}

export const isGroup = (item: Group | OpState): item is Group => "items" in item;

/** The tree of what can be folded; `ops` are those shown, in order. */
export function groupsOf(state: State, ops: readonly OpState[]): Groups {
  return new Tree(state, ops).grow(ops);
}

class Tree {
  private readonly root: Group = group("", "root", "", null, true);
  private readonly byId = new Map<string, Group>([["", this.root]]);
  private readonly steps: readonly TrainingStep[];
  private readonly many: boolean;

  constructor(
    private readonly state: State,
    ops: readonly OpState[],
  ) {
    this.many = ops.length > MANY;
    this.steps = trainingSteps(state, ops);
  }

  grow(ops: readonly OpState[]): Groups {
    let [scope, from, to, around] = [-1 as number | null, 0, 0, this.root]; // of the last op
    for (const op of ops) {
      if (op.scope !== scope || op.born < from || op.born >= to) {
        const none = this.steps.length ? { from: op.born, to: op.born + 1 } : { from: 0, to: Infinity };
        const step = this.stepAt(op.born, op.born) ?? none;
        [scope, from, to] = [op.scope, step.from, step.to];
        around = this.around(op.scope, op.born, op.born);
      }
      around.items.push(op);
    }
    if (this.many) for (const g of [...this.byId.values()]) this.cut(g);
    const of = new Map<number, Group>();
    for (const g of this.byId.values()) for (const item of g.items) if (!isGroup(item)) of.set(item.id, g);
    return { root: this.root, of, byId: this.byId };
  }

  /** The innermost group around what happened from `born` to `end` in a scope. */
  private around(id: number | null, born: number, end: number): Group {
    const scope = this.folding(id);
    const step = this.stepAt(born, end);
    if (step && (!scope || scope.born < step.from))
      return this.made(`gk${step.number}`, () => this.ofStep(step, scope));
    return scope ? this.ofScope(scope) : this.root;
  }

  private folding(id: number | null): ScopeState | null {
    for (let s = id; s !== null; ) {
      const scope = this.state.scopes.get(s);
      if (!scope) return null;
      if (FOLDING.has(scope.what) || (this.many && scope.what === "cell")) return scope;
      s = scope.parent;
    }
    return null;
  }

  private ofScope(scope: ScopeState): Group {
    return this.made(`gs${scope.id}`, () => {
      const parent = this.around(scope.parent, scope.born, scope.left ?? Number.POSITIVE_INFINITY);
      return group(`gs${scope.id}`, scope.what, scope.label, parent, scope.left !== null);
    });
  }

  private ofStep(step: TrainingStep, scope: ScopeState | null): Group {
    const parent = scope ? this.ofScope(scope) : this.root;
    return { ...group(`gk${step.number}`, "step", String(step.number), parent, step.done), step };
  }

  private made(id: string, make: () => Group): Group {
    let found = this.byId.get(id);
    if (found) return found;
    found = make();
    this.byId.set(id, found);
    found.parent!.items.push(found);
    return found;
  }

  private stepAt(born: number, end: number): TrainingStep | null {
    let [low, high] = [0, this.steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.steps[middle]!.to <= born) low = middle + 1;
      else high = middle;
    }
    const step = this.steps[low];
    return step && step.from <= born && end <= step.to ? step : null;
  }

  /** Too many items in a row become runs of them, and runs runs of runs; the newest stay as they are. */
  private cut(g: Group): void {
    const one = (item: Group | OpState): string => (isGroup(item) ? item.id : `o${item.id}`);
    let alike = g.items.length; // items of one level, at the front
    for (let [level, size] = [1, 1]; alike > 2 * RUN; level++, size *= RUN) {
      const runs: Group[] = [];
      for (let i = 0; i < Math.floor((alike - 1) / RUN); i++) {
        const items = g.items.slice(i * RUN, (i + 1) * RUN);
        const steps = items.every((item) => isGroup(item) && item.what.startsWith("step"));
        const title = `${i * RUN * size + 1} – ${(i + 1) * RUN * size}`;
        const run = group(`gr${level}${one(items[0]!)}`, steps ? "steps" : "run", title, g, true);
        for (const item of items) run.items.push(isGroup(item) ? this.moved(item, run) : item);
        this.byId.set(run.id, run);
        runs.push(run);
      }
      g.items.splice(0, runs.length * RUN, ...runs);
      alike = runs.length;
    }
  }

  private moved(item: Group, parent: Group): Group {
    (item as { parent: Group }).parent = parent;
    return item;
  }
}

export function group(id: string, what: string, title: string, parent: Group | null, done: boolean): Group {
  return { id, what, title, parent, items: [], done, step: null };
}
