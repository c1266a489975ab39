// What the marks of two pictures say, and where that differs: of one trace by id, of two by what a mark stands for in its
// program (its name, or its line and how manieth of that line it is).

import { marksOf } from "./scene/arrange.ts";
import type { Mark, Scene } from "./scene/index.ts";
import type { State } from "./state.ts";
import { bytesText, type Grid, short } from "./values.ts";

/** What a mark says, by the words for it. */
export type Says = Readonly<Record<string, string>>;

export interface Said {
  readonly id: string;
  readonly says: Says;
}

/** By what the mark stands for. */
export type Facts = ReadonlyMap<string, Said>;

/** For each mark that differs what the other one says instead; empty where there is no other. */
export type Differences = ReadonlyMap<string, Says>;

/** `same`: of one trace as the other. */
export function factsOf(scene: Scene, state: State, same: boolean): Facts {
  const facts = new Map<string, Said>();
  const met = new Map<string, number>();
  const line = (op: number | null | undefined): string => {
    const made = state.ops.get(op ?? -1);
    return made ? `${made.name} ${state.sources.get(made.source ?? -1)?.text}` : "";
  };
  for (const m of marksOf(scene)) {
    let key = m.id;
    if (!same) {
      const what =
        m.kind === "group"
          ? `${m.what} ${m.title}`
          : m.kind === "op"
            ? line(m.op)
            : m.name || line(state.tensors.get(m.tensor)?.op);
      const count = (met.get(m.kind + what) ?? 0) + 1;
      met.set(m.kind + what, count);
      key = `${m.kind + what} ${count}`;
    }
    facts.set(key, { id: m.id, says: saysOf(m) });
  }
  return facts;
}

function saysOf(m: Mark): Says {
  if (m.kind === "group")
    return { ops: String(m.ops), parameters: String(m.parameters), loss: m.loss ?? "", kept: bytesText(m.kept) };
  if (m.kind === "op")
    return { args: m.args, gradFn: m.node, saved: m.stale.map((s) => `${s.name} v${s.version} → v${s.now}`).join() };
  const numbers = (grid: Grid | null | undefined) => (grid ? grid.values.map((v) => short(v, m.dtype)).join(", ") : "");
  return {
    values: numbers(m.grid),
    shape: m.shape,
    dtype: m.dtype,
    version: String(m.version),
    requires: m.standing === "none" ? "False" : "True",
    isLeaf: m.isLeaf ? "True" : "False",
    grad: m.grad ? numbers(m.grad.grid) || "…" : "None",
  };
}

export function differences(mine: Facts, theirs: Facts): Differences {
  const found = new Map<string, Says>();
  for (const [key, { id, says }] of mine) {
    const other = theirs.get(key)?.says;
    const unlike = other && Object.entries(other).filter(([what, text]) => says[what] !== text);
    if (!unlike || unlike.length > 0) found.set(id, Object.fromEntries(unlike ?? []));
  }
  return found;
}
