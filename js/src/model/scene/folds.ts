// What of the groups is open: as the person chose, and else so much that the picture can still be read.

import type { OpState, State } from "../state.ts";
import { type Group, type Groups, groupsOf, isGroup, MANY } from "./groups.ts";

/** Groups that a person opened (true) or folded (false), by id. */
export type Choices = ReadonlyMap<string, boolean>;

const LOOP = 3; // steps of training: from so many on, all but the last are folded

const isStep = (id: string): boolean => id.startsWith("gk");

/** Open a group, or fold it. Of training steps one is open at a time. */
export function choose(choices: Map<string, boolean>, id: string, open: boolean): void {
  if (open && isStep(id)) for (const other of [...choices.keys()]) if (isStep(other)) choices.delete(other);
  choices.set(id, open);
}

const CALLS = 4; // of one module: from so many on they are folded

export interface Folds {
  readonly groups: Groups;
  /** Open ones with something in them, each after what it stands in; without the root. */
  readonly open: readonly Group[];
  /** What can be seen of those that are folded: the outermost. */
  readonly folded: readonly Group[];
  /** The folded group in which an op is not seen. */
  hides(op: number): Group | null;
  /** The op that made a tensor, if it is one of those shown. */
  makerOf(tensor: number): number | null;
}

export function foldsOf(state: State, ops: readonly OpState[], choices: Choices): Folds {
  const groups = groupsOf(state, ops);
  const open = opened(groups.root, choices);
  const hiding = new Map<Group, Group | null>([[groups.root, null]]);
  /** The outermost folded group at or above one. */
  const hides = (g: Group): Group | null => {
    const known = hiding.get(g);
    if (known !== undefined) return known;
    const found = hides(g.parent!) ?? (open.has(g) ? null : g);
    hiding.set(g, found);
    return found;
  };
  const folded: Group[] = [];
  for (const g of open) for (const item of g.items) if (isGroup(item) && !open.has(item)) folded.push(item);
  open.delete(groups.root);
  const makerOf = (tensor: number): number | null => {
    const op = state.tensors.get(tensor)?.op ?? null;
    return op !== null && groups.of.has(op) ? op : null;
  };
  return { groups, open: [...open], folded, makerOf, hides: (op) => hides(groups.of.get(op)!) };
}

/** Level by level as far as there is room, and where things happen now. */
function opened(root: Group, choices: Choices): Set<Group> {
  const open = new Set([root]);
  let seen = root.items.length;
  let level = inside(root, choices);
  while (level.length) {
    const more = level.reduce((sum, g) => sum + g.items.length - 1, 0);
    const fits = seen + more <= MANY;
    const next = level.filter((g) => fits || choices.get(g.id) || !g.done || (g.what === "step" && level.length === 1));
    for (const g of next) {
      open.add(g);
      seen += g.items.length - 1;
    }
    level = next.flatMap((g) => inside(g, choices));
  }
  return open;
}

/** The groups in one that may be open: of training steps the last, of calls of one module those that still go on. */
function inside(g: Group, choices: Choices): Group[] {
  const below = g.items.filter(isGroup);
  const steps = below.filter((b) => b.what.startsWith("step"));
  const newest = g.what === "steps" || steps.some((b) => choices.get(b.id)) ? null : steps.at(-1);
  const calls = new Map<string, number>();
  for (const b of below) calls.set(b.title, (calls.get(b.title) ?? 0) + 1);
  const repeats = (b: Group): boolean =>
    b.what.startsWith("step")
      ? steps.length >= LOOP && b !== newest
      : b.what === "module" && b.done && calls.get(b.title)! >= CALLS;
  return below.filter((b) => choices.get(b.id) ?? !repeats(b));
}
