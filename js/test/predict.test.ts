// What a picture hides until it is guessed, and what the right answers are.

import { expect, test } from "vitest";
import { candidates, hidden, type Question, questionsOf } from "../src/model/predict.ts";
import { State } from "../src/model/state.ts";
import { recorded, stateAt } from "./recorded.ts";

const ask = (what: Question["what"], of = ""): Question => ({ what, of, text: "", begin: 0, end: null, id: "q" });
const right = (name: string, question: Question): string[] =>
  candidates(stateAt(recorded(name)), new State(), question)
    .filter((c) => c.right)
    .map((c) => c.name);

test("gradients: the leaves that got one, and nobody else", () => {
  const end = stateAt(recorded("detach"));
  expect(right("detach", ask("gradients"))).toEqual(["x"]);
  const shown = hidden(end, new State(), "gradients");
  expect([...shown.tensors.values()].every((t) => t.grad === null && t.role !== "grad")).toBe(true);
  expect(shown.backwards.size).toBe(0);
  expect([...end.tensors.values()].some((t) => t.grad !== null)).toBe(true); // the state itself keeps them
});

test("sharing: who looks at the memory of the tensor asked about", () => {
  expect(right("detach", ask("sharing", "y"))).toContain("z");
  expect(right("detach", ask("sharing", "y"))).not.toContain("x");
  const shown = hidden(stateAt(recorded("detach")), new State(), "sharing");
  const storages = [...shown.tensors.values()].map((t) => t.storage);
  expect(new Set(storages).size).toBe(storages.length);
});

test("versions: whose counter went up", () => {
  const name = "view_write";
  const end = stateAt(recorded(name));
  expect(right(name, ask("versions")).length).toBeGreaterThan(0);
  const shown = hidden(end, new State(), "versions");
  for (const t of shown.tensors.values()) expect(shown.counters.get(t.counter)).toBeLessThanOrEqual(t.version);
});

test("a question that cannot be asked is left out", () => {
  expect(questionsOf(undefined)).toEqual([]);
  expect(questionsOf([{ what: "colours" }, null, { what: "gradients" }]).map((q) => q.what)).toEqual(["gradients"]);
});
