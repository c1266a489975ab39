// The TypeScript fold gives the states that Python wrote down.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toJson } from "../src/model/state.ts";
import { Timeline } from "../src/model/timeline.ts";
import { parseTrace } from "../src/model/trace.ts";

const GOLDEN = new URL("../../tests/golden/", import.meta.url);
const names = readdirSync(GOLDEN)
  .filter((file) => file.endsWith(".trace.jsonl"))
  .map((file) => file.slice(0, -".trace.jsonl".length));

interface Json {
  readonly step: number;
}

it("finds the golden traces", () => expect(names.length).toBeGreaterThan(5));

describe.each(names)("%s", async (name) => {
  const trace = await parseTrace(readFileSync(new URL(`${name}.trace.jsonl`, GOLDEN)));
  const states: Json[] = JSON.parse(readFileSync(new URL(`${name}.states.json`, GOLDEN), "utf8"));

  it("is known in all its kinds", () => expect(trace.unknown).toBe(0));

  it("folds to the states, forwards", () => {
    const timeline = new Timeline(trace);
    for (const state of states) expect(toJson(timeline.at(state.step))).toEqual(state);
    expect(states.at(-1)!.step).toBe(timeline.length);
  });

  it("folds to the states, backwards", () => {
    const timeline = new Timeline(trace);
    for (const state of [...states].reverse()) expect(toJson(timeline.at(state.step))).toEqual(state);
  });
});
