import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Event } from "../src/model/events.ts";
import { State, toJson } from "../src/model/state.ts";
import { Timeline } from "../src/model/timeline.ts";
import { parseTrace, Trace } from "../src/model/trace.ts";

const trace = await parseTrace(readFileSync(new URL("../../tests/golden/every_kind.trace.jsonl", import.meta.url)));

/** The same program over and over, with new ids, so that copies are made and thinned out. */
function long(times: number): Trace {
  const out = new Trace();
  for (let i = 0; i < times; i++) {
    out.events.push({ kind: "storage", id: i + 1, bytes: 4, device: "cpu", simulated: false });
    out.events.push({ kind: "cells", storage: i + 1, values: [i] });
    out.events.push({ kind: "backward", id: i + 1, roots: [], retain_graph: false, create_graph: false, source: null });
    for (let node = 1; node < 6; node++) out.events.push({ kind: "ran", backward: i + 1, node });
    out.events.push({ kind: "backwardend", backward: i + 1, error: null, node: null });
  }
  return out;
}

function folded(of: Trace, step: number): State {
  const state = new State();
  for (const event of of.events.slice(0, step)) state.apply(event);
  return state;
}

it("gives the same state by whatever way it is reached", () => {
  const much = long(2500); // more than the copies that are kept at first
  fc.assert(
    fc.property(fc.array(fc.nat({ max: much.length }), { minLength: 1, maxLength: 6 }), (steps) => {
      const timeline = new Timeline(much);
      timeline.at(much.length);
      for (const step of steps) {
        const state = timeline.at(step);
        expect(state.step).toBe(step);
        expect(state.storages.size).toBe(Math.ceil(step / 9));
        const ran = ((step + 8) % 9) - 2; // of the pass that is going on
        const last = [...state.backwards.values()].at(-1);
        if (last) expect(last.ran.length).toBe(ran < 0 ? 5 : Math.min(5, ran));
      }
    }),
    { numRuns: 15 },
  );
});

it("never changes a state that it gave", () => {
  const timeline = new Timeline(trace);
  const given = Array.from({ length: trace.length + 1 }, (_, step) => timeline.at(step));
  for (const [step, state] of given.entries()) expect(toJson(state)).toEqual(toJson(folded(trace, step)));
});

it("keeps the entries that did not change, and replaces the others", () => {
  const timeline = new Timeline(trace);
  const step = trace.events.findIndex((e) => e.kind === "rewire");
  const [before, after] = [timeline.at(step), timeline.at(step + 1)];
  expect(after.tensors.get(2)).not.toBe(before.tensors.get(2));
  expect(after.tensors.get(1)).toBe(before.tensors.get(1));
});

it("stays within the trace, and follows it when it grows", () => {
  const growing = new Trace();
  const timeline = new Timeline(growing);
  expect(timeline.at(5).step).toBe(0);
  growing.events.push({ kind: "leave", scope: 1 });
  expect(timeline.at(5).step).toBe(1);
  expect(timeline.at(-3).step).toBe(0);
});

it("tells what a program did", () => {
  const story: Event[] = [
    { kind: "backward", id: 1, roots: [7], retain_graph: false, create_graph: false, source: null },
    { kind: "flow", backward: 1, origin: null, node: 3, output: 0, shape: [], norm: 1, values: [1] },
    { kind: "ran", backward: 1, node: 3 },
    { kind: "backwardend", backward: 1, error: "no", node: 3 },
  ];
  const state = new State();
  for (const event of story) state.apply(event);
  const backward = state.backwards.get(1)!;
  expect(backward.flows.map((f) => [f.node, f.index])).toEqual([[3, 1]]);
  expect([backward.ran, backward.ended, backward.error, backward.failed]).toEqual([[3], 3, "no", 3]);
});
