// Which tensors are seen once groups are folded, and in which group each stands. What is made and used in one folded group
// is not seen; what comes out of it is; a parameter stands with those who use it.

import type { OpState, State } from "../state.ts";
import type { Choices, Folds } from "./folds.ts";
import { type Group, group } from "./groups.ts";
import type { ShownTensors } from "./shown.ts";

const MANY = 12; // parameters: from more of them those that nobody has used yet are one card

export interface Places {
  /** Tensors that are seen, each with the group around it; "" for none. */
  readonly within: ReadonlyMap<number, Group>;
  /** The group of the parameters that nobody has used, if they are too many to stand alone. */
  readonly folded: readonly Group[];
  readonly open: readonly Group[];
}

type User = Group | OpState;

export function placesOf(
  state: State,
  ops: readonly OpState[],
  shown: ShownTensors,
  folds: Folds,
  choices: Choices,
): Places {
  const { root, of } = folds.groups;
  const users = new Map<number, Set<User>>(); // of what may be seen: not of what one folded group makes and uses
  const usersOf = (t: number): Set<User> => {
    let set = users.get(t);
    if (!set) {
      set = new Set();
      users.set(t, set);
    }
    return set;
  };
  for (const op of ops) {
    const hiding = folds.hides(op.id);
    if (!hiding) op.outputs.forEach(usersOf);
    for (const t of op.inputs) {
      const maker = folds.makerOf(t);
      if (!hiding || maker === null || folds.hides(maker) !== hiding) usersOf(t).add(hiding ?? op);
    }
  }
  shown.held.forEach(usersOf);
  const around = (user: User): Group => ("items" in user ? user.parent! : of.get(user.id)!);
  const within = new Map<number, Group>();
  const loose: number[] = [];
  for (const [id, set] of users) {
    if (!shown.has(id)) continue;
    const t = state.tensors.get(id)!;
    const maker = folds.makerOf(id);
    const all = [...set];
    if (maker !== null) {
      const hiding = folds.hides(maker);
      const named = t.alive && t.names.length > 0 && !hiding?.what.startsWith("step");
      if (!hiding) within.set(id, of.get(maker)!);
      else if (named || all.length > 0) within.set(id, hiding.parent!);
      continue;
    }
    const own = t.role === "parameter" || t.role === "buffer";
    const uses = own ? all.filter((user) => !("items" in user && user.what.startsWith("step"))) : all;
    // folded away with all its users: one, or calls of one module
    const folded = uses.length > 0 && uses.every((user) => "items" in user && user.title === (uses[0] as Group).title);
    if (all.length === 0) {
      if (own) loose.push(id);
      else within.set(id, root);
    } else if (own && uses.length > 0 && !folded) within.set(id, uses.map(around).reduce(common));
    else if (!own && !(folded && uses.length === 1 && t.names.length === 0)) within.set(id, root);
  }
  const parameters = shown.held.filter((id) => state.tensors.get(id)!.role === "parameter").length;
  const spare =
    loose.length > 0 && parameters > MANY ? [{ ...group("gp", "parameters", "", root, true), tensors: loose }] : [];
  const open = spare.filter((g) => choices.get(g.id));
  if (spare.length === open.length) for (const id of loose) within.set(id, open[0] ?? root);
  return { within, folded: open.length ? [] : spare, open };
}

/** The innermost group around two. */
function common(a: Group, b: Group): Group {
  const above = new Set<Group>();
  for (let g: Group | null = a; g; g = g.parent) above.add(g);
  let at = b;
  while (!above.has(at)) at = at.parent!;
  return at;
}
