// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { mountReplay } from "../src/host/replay.ts";
import { differences, factsOf } from "../src/model/compare.ts";
import { sceneOf } from "../src/model/scene/index.ts";
import { Timeline } from "../src/model/timeline.ts";
import type { Trace } from "../src/model/trace.ts";
import { measure, recorded, recordedText } from "./recorded.ts";

const facts = (trace: Trace, at: number, same: boolean) => {
  const state = new Timeline(trace).at(at);
  return factsOf(sceneOf(state, measure), state, same);
};

afterEach(() => document.body.replaceChildren());

test("a step differs from itself in nothing, and from a later one in what was written and what is new", () => {
  const trace = recorded("stale");
  const end = facts(trace, trace.length, true);
  expect(differences(end, end).size).toBe(0);
  const write = trace.events.findIndex((e) => e.kind === "write");
  const before = facts(trace, write, true);
  const found = differences(end, before);
  const written = [...found.values()].find((says) => "version" in says)!;
  expect(written.version).toBe("0"); // what the other one says
  expect([...differences(before, end).values()].some((says) => says.version === "1")).toBe(true);
});

test("two runs are compared by what marks stand for, whatever their ids", () => {
  const trace = recorded("detach");
  const [a, b] = [facts(trace, trace.length, false), facts(recorded("accumulate"), 1e9, false)];
  expect(differences(a, a).size).toBe(0);
  const only = [...differences(a, b).values()].filter((says) => Object.keys(says).length === 0);
  expect(only.length).toBeGreaterThan(0); // marks that the other run has not got
});

test("a press shows the trace beside itself; what differs is marked in both, and another press ends it", async () => {
  const place = document.createElement("div");
  document.body.append(place);
  const app = await mountReplay(place, new TextEncoder().encode(recordedText("stale")), { language: "en" });
  const press = () => place.querySelector<HTMLElement>('[aria-label^="Compare"]')!.click();
  const marked = (i: number) => place.querySelectorAll(".gradwidget")[i]!.querySelectorAll(".differs").length;
  press();
  await vi.waitFor(() => expect(place.querySelectorAll(".gradwidget")).toHaveLength(2));
  await vi.waitFor(() => expect(marked(0)).toBe(0));
  app.seek(1);
  await vi.waitFor(() => expect(marked(1)).toBeGreaterThan(1));
  press();
  await vi.waitFor(() => expect(place.querySelectorAll(".gradwidget")).toHaveLength(1));
  await vi.waitFor(() => expect(marked(0)).toBe(0));
});
