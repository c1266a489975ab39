import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import { bytesKept } from "../src/model/scene/index.ts";
import { Steps } from "../src/model/steps.ts";
import { Timeline } from "../src/model/timeline.ts";
import { stride, UNITS } from "../src/model/units.ts";
import { type Companion, join } from "../src/view/in-step.ts";
import { Playhead } from "../src/view/playhead.ts";
import { recorded } from "./recorded.ts";

const NAMES = ["detach", "stale"];
const at = (name: string) => {
  const trace = recorded(name);
  const steps = new Steps();
  steps.update(trace.events);
  return { trace, list: steps.list, length: trace.length };
};

test("a stride on and a stride back meet, and every stride comes to an end", () => {
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), fc.constantFrom(...UNITS), fc.nat(), (name, unit, place) => {
      const { list, length } = at(name);
      let here = place % (length + 1);
      const on = stride(list, length, here, unit, true);
      expect(on).toBeGreaterThan(here === length ? here - 1 : here);
      expect(stride(list, length, here, unit, false)).toBeLessThan(here === 0 ? 1 : here);
      if (on < length) expect(stride(list, length, on + 1, unit, false)).toBe(on);
      let strides = 0;
      for (; here < length; strides++) here = stride(list, length, here, unit, true);
      expect(strides).toBeLessThanOrEqual(length);
    }),
  );
});

test("a stride by backward passes ends where one does, by ops it passes gradients over", () => {
  const { trace, list, length } = at("detach");
  const pass = trace.events.findIndex((e) => e.kind === "backward");
  const end = stride(list, length, 0, "backward", true);
  expect(end).toBeGreaterThan(pass);
  const stops: number[] = [];
  for (let here = 0; here < length; stops.push(here)) here = stride(list, length, here, "op", true);
  const ops = trace.events.filter((e) => e.kind === "op").length;
  expect(stops.length).toBeGreaterThanOrEqual(2);
  expect(stops.length).toBeLessThanOrEqual(ops + 1);
});

test("the playhead goes along with what happens, unless it is told to stay", () => {
  const { trace } = at("detach");
  const moved = vi.fn();
  const head = new Playhead(moved, () => {});
  head.begin(trace, false);
  expect(head.at).toBe(trace.length);
  head.move(-1);
  expect(head.follow).toBe(false);
  expect(head.step).toBe(head.list.length - 1);
  head.grew(trace);
  expect(head.at).toBeLessThan(trace.length);
  head.along(true);
  expect([head.at, head.follow]).toEqual([trace.length, true]);
  head.along(false);
  expect([head.at, head.follow]).toEqual([trace.length, false]);
  head.unit = "event";
  head.move(-3);
  expect(head.at).toBe(trace.length - 3);
  expect(moved).toHaveBeenCalled();
});

test("playing goes at its speed and ends at the end", () => {
  vi.useFakeTimers();
  const { trace } = at("detach");
  const played: boolean[] = [];
  const head = new Playhead(
    () => {},
    (on) => played.push(on),
  );
  head.begin(trace, true);
  head.speed = 8;
  head.toggle();
  vi.advanceTimersByTime(1);
  const first = head.step;
  vi.advanceTimersByTime(750 / 8 + 1);
  expect(head.step).toBe(first + 1);
  vi.advanceTimersByTime(750 * head.list.length);
  expect(head.at).toBe(trace.length);
  expect(played).toEqual([true, false]);
  vi.useRealTimers();
});

test("pictures of one name know each other, others do not", () => {
  const make = () => ({}) as Companion;
  const [a, b, c, d] = [make(), make(), make(), make()];
  const [of_a, of_b] = [join("lesson", a), join("lesson", b)];
  expect([join("other", c).others(), join("", d).others()]).toEqual([[], []]);
  expect(of_a.others()).toEqual([b]);
  of_b.leave();
  expect(of_a.others()).toEqual([]);
});

test("what autograd keeps is counted up to each step, as the fold counts it", () => {
  for (const name of ["detach", "stale", "no_grad", "accumulate"]) {
    const { trace, list } = at(name);
    const timeline = new Timeline(trace);
    expect(list.map((step) => step.kept)).toEqual(list.map((step) => bytesKept(timeline.at(step.end))));
    expect(Math.max(...list.map((step) => step.kept))).toBeGreaterThan(0);
  }
});
