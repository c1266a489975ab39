// Predict mode: a state in which one kind of fact is hidden, and what the right answer is. Both are read from the trace, so a
// question needs no answer written beside it.

import type { State, TensorState } from "./state.ts";

export type Hides = "gradients" | "sharing" | "versions";

/** As Python's `Question`; positions are numbers of events. */
export interface Question {
  readonly what: Hides;
  /** The variable whose memory is asked about. */
  readonly of: string;
  /** In the teacher's words; empty for the picture's own. */
  readonly text: string;
  readonly begin: number;
  readonly end: number | null;
  readonly id: string;
}

export interface Candidate {
  readonly tensor: number;
  readonly name: string;
  readonly right: boolean;
}

/** What the options say, whatever they are: a question that cannot be asked is left out, and nothing is hidden for it. */
export function questionsOf(option: unknown): Question[] {
  if (!Array.isArray(option)) return [];
  return option
    .filter((q) => q && ["gradients", "sharing", "versions"].includes(q.what))
    .map((q, i) => ({ of: "", text: "", begin: 0, end: null, id: `${q.what}${i}`, ...q }));
}

/** The state as it may be shown before the answer. `before` is the state when the question was asked. */
export function hidden(state: State, before: State, what: Hides): State {
  const out = state.copy();
  const tensors = [...state.tensors.values()];
  if (what === "gradients") {
    for (const id of state.backwards.keys()) if (!before.backwards.has(id)) out.backwards.delete(id);
    for (const t of tensors) {
      if (t.role === "grad" && !before.tensors.has(t.id)) {
        out.tensors.delete(t.id);
        out.storages.delete(t.storage);
      } else if (t.grad !== null) out.tensors.set(t.id, { ...t, grad: before.tensors.get(t.id)?.grad ?? null });
    }
    for (const n of state.nodes.values())
      if (n.released) out.nodes.set(n.id, { ...n, released: before.nodes.get(n.id)?.released ?? false });
  } else if (what === "sharing") {
    for (const t of tensors) {
      const own = OWN + t.id;
      const storage = state.storages.get(t.storage);
      if (storage) out.storages.set(own, { ...storage, id: own });
      out.tensors.set(t.id, { ...t, storage: own, base: null });
    }
  } else {
    for (const c of state.counters.keys()) out.counters.set(c, countOf(before, tensors, c));
    for (const s of state.storages.values())
      out.storages.set(s.id, { ...s, written: before.storages.get(s.id)?.written ?? null });
    out.problems = before.problems;
  }
  return out;
}

const OWN = 1_000_000_000; // the memory that a tensor seems to have alone

/** Where a counter stood when the question was asked; one that is younger, where it began. */
function countOf(before: State, tensors: readonly TensorState[], counter: number): number {
  const known = before.counters.get(counter);
  if (known !== undefined) return known;
  return Math.min(...tensors.filter((t) => t.counter === counter).map((t) => t.version), Number.MAX_SAFE_INTEGER);
}

/** The tensors that may be answered, by name, and which of them are right. `end`: the state that the question is about. */
export function candidates(end: State, before: State, question: Question): Candidate[] {
  const tensors = [...end.tensors.values()];
  const asked = tensors.find((t) => t.names.includes(question.of));
  const got = new Set(
    [...end.backwards.values()]
      .filter((b) => !before.backwards.has(b.id))
      .flatMap((b) => b.accumulated.map((a) => a.tensor)),
  );
  const right = (t: TensorState): boolean => {
    if (question.what === "sharing") return t.storage === asked?.storage;
    if (question.what === "versions") return (end.counters.get(t.counter) ?? 0) > countOf(before, tensors, t.counter);
    return t.grad !== null && (got.has(t.id) || (before.tensors.get(t.id)?.grad ?? null) === null);
  };
  return tensors
    .filter((t) => t.alive && t.names.length > 0 && t.role !== "grad" && t.id !== asked?.id)
    .map((t) => ({ tensor: t.id, name: t.names.join(", "), right: right(t) }));
}
