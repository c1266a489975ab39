import { expect, test } from "vitest";
import { stripsOf } from "../src/model/memory.ts";
import { bytesKept, type Scene, sceneOf } from "../src/model/scene/index.ts";
import { Steps } from "../src/model/steps.ts";
import { Trace } from "../src/model/trace.ts";
import { measure, recorded, stateAt } from "./recorded.ts";

const scene = (name: string, step?: number): Scene => {
  const trace = recorded(name);
  return sceneOf(stateAt(trace, step ?? trace.length), measure);
};
/** The step right after the last event of a kind. */
const after = (name: string, kind: string) => recorded(name).events.findLastIndex((e) => e.kind === kind) + 1;
const card = (s: Scene, name: string) => s.cards.find((c) => c.name === name)!;
const pill = (s: Scene, name: string) => s.pills.find((p) => p.name === name)!;

test("a detached twin stands below its tensor, on the same storage, without gradient", () => {
  const s = scene("detach");
  const [y, z] = [card(s, "y"), card(s, "z")];
  expect(z.below).toBe(y.id);
  expect(z.storage).toBe(y.storage);
  expect([y.standing, z.standing, z.isLeaf]).toEqual(["inner", "none", true]);
  expect(s.links.filter((l) => l.kind === "detach").map((l) => [l.source, l.target])).toEqual([[y.id, z.id]]);
  expect(s.pills.map((p) => p.name)).not.toContain("detach");
});

test("the gradient goes back along the data's edges, and stops at what was detached", () => {
  const s = scene("detach");
  const back = s.links.filter((l) => l.gradient).map((l) => `${l.source} ${l.target}`);
  const [x, mul, y, add] = [card(s, "x"), pill(s, "mul"), card(s, "y"), pill(s, "add")];
  expect(back).toEqual(expect.arrayContaining([`${x.id} ${mul.id}`, `${mul.id} ${y.id}`, `${y.id} ${add.id}`]));
  expect(back.filter((b) => b.startsWith(card(s, "z").id))).toEqual([]);
  expect(x.grad).not.toBeNull();
  expect([mul.ran, add.ran]).toEqual([2, 1]);
});

test("a saved tensor turns stale at the write, before any backward", () => {
  const trace = recorded("stale");
  const write = trace.events.findIndex((e) => e.kind === "write");
  const before = pill(sceneOf(stateAt(trace, write), measure), "exp");
  const after = pill(sceneOf(stateAt(trace, write + 1), measure), "exp");
  expect(before.stale).toEqual([]);
  expect(after.stale).toEqual([{ field: "result", tensor: 2, name: "y", version: 0, now: 1 }]);
  const end = scene("stale");
  expect(pill(end, "exp").stopped).toBe(true);
  expect(end.links.find((l) => l.kind === "write")!.hazard).toBe(true);
});

test("detach_ cuts the edge into the tensor and leaves what was used of it", () => {
  const s = scene("detach_");
  const y = card(s, "y");
  expect([y.standing, y.isLeaf]).toEqual(["none", true]);
  const cut = s.links.filter((l) => l.cut);
  expect(cut.map((l) => l.target)).toEqual([y.id]);
});

test("views hang on their base by links of its colour", () => {
  const s = scene("view_write", after("view_write", "write"));
  const y = card(s, "y");
  const views = s.links.filter((l) => l.kind === "view");
  expect(views.map((l) => l.source)).toEqual([y.id, y.id]);
  expect(new Set([y.storage, card(s, "row").storage, card(s, "turned").storage]).size).toBe(1);
});

test("memory: one strip a storage, brackets where the windows lie", () => {
  const state = stateAt(recorded("view_write"), after("view_write", "write"));
  const strip = stripsOf(state).find((x) => x.brackets.some((b) => b.label === "row"))!;
  const spans = Object.fromEntries(strip.brackets.map((b) => [b.label, b.spans]));
  expect(spans.row).toEqual([{ from: 0, to: 3 }]);
  expect(spans.turned).toEqual([{ from: 0, to: 6 }]);
});

test(".data is marked: the same memory under another counter", () => {
  const state = stateAt(recorded("data"), after("data", "write"));
  expect(stripsOf(state).some((strip) => strip.brackets.some((b) => b.uncounted))).toBe(true);
});

test("bytes kept for backward fall when the nodes release them", () => {
  const trace = recorded("detach");
  const release = trace.events.findLastIndex((e) => e.kind === "release");
  expect(bytesKept(stateAt(trace, release))).toBe(12);
  expect(bytesKept(stateAt(trace, release + 1))).toBe(0);
});

test("ids stay while a scene grows", () => {
  const trace = recorded("detach");
  let known = new Set<string>();
  for (let step = 0; step <= trace.length; step++) {
    const now = new Set(sceneOf(stateAt(trace, step), measure).pills.map((p) => p.id));
    for (const id of known) expect(now.has(id)).toBe(true);
    known = now;
  }
});

test("steps: an op with all that follows from it is one, each gradient is one", () => {
  const trace = recorded("detach");
  const steps = new Steps();
  steps.update(trace.events);
  expect(steps.list.map((s) => s.kind)).toEqual(
    ["leaf", "op", "detach", "write", "op", "op", "flow", "flow", "flow", "flow", "flow"].map((k, i) =>
      i === 6 ? "backward" : k,
    ),
  );
  expect(steps.list.map((s) => s.label).slice(0, 6)).toEqual(["x", "mul", "detach", "mul_", "add", "sum"]);
  expect(steps.list.at(-1)!.end).toBe(trace.length);
  expect(steps.list.every((s, i) => i === 0 || s.end > steps.list[i - 1]!.end)).toBe(true);
});

test("steps come out the same whether events come one by one or at once", () => {
  for (const name of ["detach", "stale", "view_write", "accumulate", "no_grad", "every_kind"]) {
    const trace = recorded(name);
    const [whole, piecewise] = [new Steps(), new Steps()];
    whole.update(trace.events);
    for (let i = 1; i <= trace.length; i++) piecewise.update(trace.events.slice(0, i));
    expect(piecewise.list).toEqual(whole.list);
  }
});

test("a write through a view that passes is an assignment to what it is a view of", () => {
  const trace = recorded("view_write");
  const freed = trace.events.findIndex((e) => e.kind === "name" && e.name === "row" && e.tensor === null);
  expect(freed).toBeGreaterThan(0);
  const s = scene("view_write");
  expect(s.cards.map((c) => c.name)).not.toContain("row");
  const write = s.links.find((l) => l.kind === "write")!;
  expect(write.source).toBe(card(s, "y").id);
  expect(s.pills.find((p) => p.id === write.target)!.name).toBe("[…].mul_");
});

test("the gradient finds its way through a view whose history was made anew", () => {
  const s = scene("view_write");
  const turned = card(s, "turned");
  const [into, out] = [s.links.find((l) => l.source === turned.id)!, s.links.find((l) => l.target === turned.id)!];
  expect(out.kind).toBe("view");
  expect([into.gradient, out.gradient].every((g) => g !== null)).toBe(true);
});

test("a long program does not fill the picture: it folds into runs, and the newest ops are seen", () => {
  const lines: string[] = ['["tensor",1,1,1,0,[],[],"float32",true,true,null,null,0,"",0]', '["name","w",1]'];
  for (let i = 2; i < 1002; i++) {
    lines.push(
      `["tensor",${i},${i},${i},0,[],[],"float32",false,true,null,${i},0,"",0]`,
      `["op",${i},"mul",[1],[${i}],"2","grad",null,null]`,
    );
    lines.push(`["node",${i},"MulBackward0",${i},[null],[],0,null]`);
    if (i % 10) lines.push(`["freed","tensor",${i}]`, `["freed","node",${i}]`);
  }
  const trace = new Trace();
  trace.addLines(lines, 2);
  const s = sceneOf(stateAt(trace), measure);
  expect(s.pills.length).toBeLessThanOrEqual(150);
  expect(s.pills.length + s.folds.reduce((sum, f) => sum + f.ops, 0)).toBe(1000);
  expect(s.pills.at(-1)!.op).toBe(1001);
});

test("an optimizer's step is one step of the timeline, after the pass, and so is a zero_grad", () => {
  const trace = recorded("accumulate");
  const n = trace.length;
  trace.addLines(
    [
      '["scope",90,"optimizer","SGD.step",null]',
      '["op",91,"mul_",[1],[1],"2","no_grad",90,null]',
      '["write",1,1,91,1,0,1]',
      '["op",92,"add_",[1],[1],"2","no_grad",90,null]',
      '["write",1,1,92,1,1,2]',
      '["leave",90]',
      '["grad",1,null]',
      '["grad",1,null]',
    ],
    n + 2,
  );
  const steps = new Steps();
  steps.update(trace.events);
  expect(steps.list.slice(-2).map((s) => [s.kind, s.label, s.backward])).toEqual([
    ["write", "SGD.step", null],
    ["grad", "grad = None", null],
  ]);
});

test("a hook that changed a gradient is told at its tensor, and what it computed is part of the gradient's step", () => {
  const s = scene("hooks");
  const y = card(s, "y");
  expect(s.flows!.hooked.get(y.tensor)).toBe("clip → 1.414");
  expect(s.flows!.reached.get(y.tensor)).toBeCloseTo(Math.SQRT2, 5);
  expect(s.pills.map((p) => p.name)).not.toContain("clamp");
  const steps = new Steps();
  steps.update(recorded("hooks").events);
  const labels = steps.list.filter((step) => step.backward !== null).map((step) => step.label);
  expect(labels).toContain("clip");
  expect(labels).not.toContain("clamp");
});

test("a pass that has ended and one that goes on tell their hooks alike", () => {
  const trace = recorded("hooks");
  const at = trace.events.findIndex((e) => e.kind === "hook") + 1;
  const s = sceneOf(stateAt(trace, at), measure);
  expect([...s.flows!.hooked.values()]).toEqual(["clip → 1.414"]);
});
