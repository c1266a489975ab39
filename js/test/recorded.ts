// Recorded traces from tests/golden, for tests of what is made of them.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Measure } from "../src/model/scene/index.ts";
import { State } from "../src/model/state.ts";
import { Trace } from "../src/model/trace.ts";

export const measure: Measure = (text) => text.length * 6;

export const recordedText = (name: string): string =>
  readFileSync(resolve(import.meta.dirname, `../../tests/golden/${name}.trace.jsonl`), "utf8");

export function recorded(name: string): Trace {
  const trace = new Trace();
  const lines = recordedText(name).trim().split("\n");
  trace.addLines(lines.slice(1), 2);
  return trace;
}

export function stateAt(trace: Trace, step = trace.length): State {
  const state = new State();
  for (const event of trace.events.slice(0, step)) state.apply(event);
  return state;
}
