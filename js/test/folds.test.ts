import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layout } from "../src/model/layout/index.ts";
import { layoutInput, marksOf } from "../src/model/scene/arrange.ts";
import { choose, type Scene, sceneOf } from "../src/model/scene/index.ts";
import { Trace } from "../src/model/trace.ts";
import { measure, stateAt } from "./recorded.ts";

/** A program, written down event by event. */
class Program {
  readonly lines: string[] = [];
  private ids = 0;
  private passes = 0;
  line = 1;
  scope: (number | null)[] = [null];

  say(...event: unknown[]): void {
    this.lines.push(JSON.stringify(event));
  }

  leaf(name: string, requiresGrad = false, role = ""): number {
    const id = ++this.ids;
    this.say("tensor", id, id, id, 0, [], [], "float32", true, requiresGrad, null, null, 0, role, 0);
    this.say("name", name, id);
    return id;
  }

  op(name: string, inputs: number[], grad = true): number {
    const id = ++this.ids;
    this.say("tensor", id, id, id, 0, [], [], "float32", false, grad, null, grad ? id : null, 0, "", 0);
    this.say("op", id, name, inputs, [id], "", "grad", this.scope.at(-1), this.line);
    if (grad) this.say("node", id, `${name}Backward0`, id, [], [], 8, null);
    return id;
  }

  within(what: string, label: string, run: () => void): number {
    const id = ++this.ids;
    this.say("scope", id, what, label, this.scope.at(-1));
    this.scope.push(id);
    run();
    this.scope.pop();
    this.say("leave", id);
    return id;
  }

  backward(root: number): void {
    this.say("backward", ++this.passes, [root], false, false, null);
    this.say("backwardend", this.passes, null, null);
  }

  scene(choices: ReadonlyMap<string, boolean> = new Map()): Scene {
    const trace = new Trace();
    trace.addLines(this.lines, 2);
    return sceneOf(stateAt(trace), measure, choices);
  }
}

const ids = (marks: readonly { id: string }[]) => marks.map((m) => m.id);

/** `steps` of training with two optimizers' steps in each where there are `two`. */
function loop(steps: number, two = false): Program {
  const p = new Program();
  const [w, x] = [p.leaf("w", true, "parameter"), p.leaf("x")];
  for (let i = 0; i < steps; i++) {
    for (const line of two ? [10, 20] : [10]) {
      p.line = line;
      const y = p.op("mul", [w, x]);
      const loss = p.op("sum", [y]);
      p.backward(loss);
      p.within("optimizer", "SGD.step", () => {});
      p.line = line + 5;
      p.op("detach", [loss], false);
    }
  }
  return p;
}

describe("training steps", () => {
  test("from three on they fold into a card each, all but the last", () => {
    expect(loop(2).scene().folds).toEqual([]);
    const s = loop(5).scene();
    expect(s.folds.map((f) => [f.what, f.title, f.ops])).toEqual([1, 2, 3, 4].map((n) => ["step", String(n), 3]));
    expect(s.hulls.map((h) => [h.id, h.folds])).toEqual([["gk5", true]]);
    expect(s.pills.map((p) => p.name)).toEqual(["mul", "sum"]);
    expect(s.cards.find((c) => c.name === "w")!.within).toBe("gk5");
  });

  test("the one that is chosen is open instead of the last", () => {
    const choices = new Map<string, boolean>();
    choose(choices, "gk2", true);
    expect(ids(loop(5).scene(choices).hulls)).toEqual(["gk2"]);
    choose(choices, "gk4", true);
    expect(ids(loop(5).scene(choices).hulls)).toEqual(["gk4"]);
    choose(choices, "gk4", false);
    expect(loop(5).scene(choices).pills.length).toBe(2); // the last is open again
  });

  test("a round with two optimizers is one step", () => {
    const s = loop(4, true).scene();
    expect(s.folds.map((f) => f.ops)).toEqual([6, 6, 6]);
  });

  test("one that goes on is a step, if it began where others did; what comes after the loop is none", () => {
    const p = loop(3);
    p.line = 10;
    p.op("mul", [1, 2]);
    const s = p.scene();
    expect(s.folds.map((f) => f.title)).toEqual(["1", "2", "3"]);
    expect(s.hulls.map((h) => [h.id, h.title])).toEqual([["gk4", "4"]]);
    const after = loop(3);
    after.line = 90;
    after.op("exp", [1]);
    expect(after.scene().hulls.map((h) => h.id)).toEqual(["gk3"]);
    const once = loop(1);
    once.line = 90;
    once.op("exp", [1]);
    expect(once.scene().hulls).toEqual([]);
  });

  test("two passes without an update are none", () => {
    const p = new Program();
    const w = p.leaf("w", true);
    for (let i = 0; i < 6; i++) p.backward(p.op("mul", [w, w]));
    expect(p.scene().folds).toEqual([]);
  });
});

describe("calls of modules", () => {
  /** Two layers in a model, each with a weight; what goes in and what comes out has a name. */
  const model = (): [Program, number, number] => {
    const p = new Program();
    const x = p.leaf("x");
    let inner = 0;
    let y = x;
    const outer = p.within("module", "net", () => {
      for (const i of [0, 1]) {
        const w = p.leaf(`net.${i}.weight`, true, "parameter");
        const id = p.within("module", `net.${i}: Linear`, () => {
          y = p.op("mul", [p.op("mul", [y, w]), w]);
        });
        if (i === 0) inner = id;
      }
    });
    p.say("name", "y", y);
    return [p, outer, inner];
  };

  test("folded, one is a card with what is in it; what goes in and out stays", () => {
    const [p, outer] = model();
    const s = p.scene(new Map([[`gs${outer}`, false]]));
    expect(s.folds).toHaveLength(1);
    expect(s.folds[0]).toMatchObject({ id: `gs${outer}`, title: "net", ops: 4, parameters: 2, kept: 32 });
    expect(s.cards.map((c) => c.name).sort()).toEqual(["x", "y"]);
    const [x, y] = ["x", "y"].map((name) => s.cards.find((c) => c.name === name)!.id);
    expect(s.links.map((l) => [l.source, l.target])).toEqual([
      [x, `gs${outer}`],
      [`gs${outer}`, y],
    ]);
  });

  test("one inside of an open one stands in it, and its weight is not seen", () => {
    const [p, outer, inner] = model();
    const s = p.scene(new Map([[`gs${inner}`, false]]));
    expect(s.folds.map((f) => [f.id, f.within])).toEqual([[`gs${inner}`, `gs${outer}`]]);
    expect(s.cards.map((c) => c.name)).not.toContain("net.0.weight");
    expect(s.cards.find((c) => c.name === "net.1.weight")!.within).not.toBe(null);
  });
});

test("calls of one module fold from four on, and their weight with them; the one that goes on is open", () => {
  const p = new Program();
  const w = p.leaf("cell.weight", true, "parameter");
  let h = p.leaf("h");
  const call = () =>
    p.within("module", "cell: RNNCell", () => {
      h = p.op("tanh", [p.op("mul", [h, w])]);
    });
  for (let i = 0; i < 3; i++) call();
  expect(p.scene().folds).toEqual([]);
  call();
  const s = p.scene();
  expect(s.folds.map((f) => f.parameters)).toEqual([1, 1, 1, 1]);
  expect(s.cards.map((c) => c.name)).not.toContain("cell.weight");
  p.say("scope", 90, "module", "cell: RNNCell", null);
  p.scope.push(90);
  p.op("mul", [h, w]);
  expect(p.scene().hulls.map((hull) => hull.id)).toEqual(["gs90"]);
});

test("a folded group tells of the hazard in it, and that backward stopped there", () => {
  const p = new Program();
  const x = p.leaf("x", true);
  let y = x;
  const call = p.within("module", "net", () => {
    y = p.op("exp", [x], false);
    p.say("node", 90, "ExpBackward0", y, [null], [["result", y, y, y, 0]], 4, null);
  });
  const folded = new Map([[`gs${call}`, false]]);
  expect(p.scene(folded).folds[0]).toMatchObject({ hazard: false, stopped: false, ran: false });
  p.say("write", y, y, null, y, 0, 1);
  expect(p.scene(folded).folds[0]).toMatchObject({ hazard: true, stopped: false });
  p.say("backward", 1, [y], false, false, null);
  p.say("backwardend", 1, "modified by an inplace operation", 90);
  expect(p.scene(folded).folds[0]).toMatchObject({ hazard: true, stopped: true });
});

test("of many parameters those that nobody has used yet are one card", () => {
  const p = new Program();
  const x = p.leaf("x");
  const all = Array.from({ length: 20 }, (_, i) => p.leaf(`w${i}`, true, "parameter"));
  expect(p.scene().folds.map((f) => [f.id, f.parameters])).toEqual([["gp", 20]]);
  p.op("mul", [x, all[0]!]);
  expect(p.scene().folds.map((f) => f.parameters)).toEqual([19]);
  expect(p.scene(new Map([["gp", true]])).cards.filter((c) => c.within === "gp").length).toBe(19);
});

// ---- any program

const program = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("op"), a: fc.nat(40), b: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("enter"), a: fc.nat(2), b: fc.constant(0) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("leave"), a: fc.constant(0), b: fc.constant(0) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("train"), a: fc.nat(40), b: fc.constant(0) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("weight"), a: fc.constant(0), b: fc.constant(0) }) },
  ),
  { maxLength: 80 },
);

function run(steps: { kind: string; a: number; b: number }[], times: number): Program {
  const p = new Program();
  const made = [p.leaf("x", true)];
  let names = 0;
  for (let i = 0; i < times; i++) {
    const open: number[] = [];
    for (const [line, { kind, a, b }] of steps.entries()) {
      p.line = line + 1;
      const pick = (n: number) => made[made.length - 1 - (n % made.length)]!;
      if (kind === "op") made.push(p.op("mul", [pick(a), pick(b)]));
      else if (kind === "weight") made.push(p.leaf(`w${++names}`, true, "parameter"));
      else if (kind === "train") {
        p.backward(pick(a));
        p.within("optimizer", "SGD.step", () => {});
      } else if (kind === "enter") {
        const id = 100_000 + p.lines.length;
        p.say("scope", id, ["module", "label", "no_grad"][a], `m${id}`, p.scope.at(-1));
        p.scope.push(id);
        open.push(id);
      } else if (open.length) {
        p.say("leave", open.pop());
        p.scope.pop();
      }
    }
    while (open.length) {
      p.say("leave", open.pop());
      p.scope.pop();
    }
  }
  return p;
}

test("whatever is folded: every op is seen once, links lead to marks, groups hold their own and stand clear", () => {
  fc.assert(
    fc.property(
      program,
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.nat(30), { maxLength: 12 }),
      (steps, times, flips) => {
        const p = run(steps, times);
        const choices = new Map<string, boolean>();
        let s = p.scene();
        for (const flip of flips) {
          const groups = [
            ...s.folds.map((f) => [f.id, true] as const),
            ...s.hulls.filter((h) => h.folds).map((h) => [h.id, false] as const),
          ];
          const [id, open] = groups[flip % groups.length] ?? [];
          if (id === undefined || open === undefined) break;
          choose(choices, id, open);
          s = p.scene(choices);
          expect(s.folds.some((f) => f.id === id)).toBe(!open);
        }
        const marks = new Set(ids(marksOf(s)));
        expect(marks.size).toBe(marksOf(s).length);
        const ops = p.lines.filter((l) => l.startsWith('["op"')).length;
        expect(s.pills.length + s.folds.reduce((sum, f) => sum + f.ops, 0)).toBe(ops);
        for (const l of s.links) expect([l.id, marks.has(l.source), marks.has(l.target)]).toEqual([l.id, true, true]);
        const hulls = new Map(s.hulls.filter((h) => h.folds).map((h) => [h.id, h]));
        for (const m of [...marksOf(s), ...hulls.values()])
          if (m.within !== null) expect(hulls.has(m.within)).toBe(true);

        const { nodes, frames } = layout(layoutInput(s));
        const box = (id: string, width: number, height: number) => {
          const { x, y } = nodes.get(id)!;
          return { id, left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
        };
        const boxes = new Map(marksOf(s).map((m) => [m.id, box(m.id, m.width, m.height)]));
        for (const [id, f] of frames) boxes.set(id, box(id, f.width, f.height));
        const around = new Map([...marksOf(s), ...hulls.values()].map((m) => [m.id, m.within]));
        for (const [id, a] of boxes) {
          const within = around.get(id)!;
          if (within !== null) {
            const h = boxes.get(within)!;
            expect(h.left < a.left && a.right < h.right && h.top < a.top && a.bottom < h.bottom).toBe(true);
          }
          for (const [other, b] of boxes) {
            if (other <= id || around.get(other) !== within) continue;
            const apart =
              a.right <= b.left + 0.5 || b.right <= a.left + 0.5 || a.bottom <= b.top + 0.5 || b.bottom <= a.top + 0.5;
            expect([id, other, apart]).toEqual([id, other, true]);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("a long program without modules folds into runs of runs, and each opens", () => {
  const p = new Program();
  let y = p.leaf("x", true);
  for (let i = 0; i < 3000; i++) y = p.op("mul", [y]);
  const choices = new Map<string, boolean>();
  let s = p.scene();
  expect(marksOf(s).length).toBeLessThan(300);
  expect(s.folds[0]!.title).toBe("1 – 1024");
  for (const [title, left] of [
    ["1 – 1024", "1 – 32"],
    ["1 – 32", null],
  ] as const) {
    const fold = s.folds.find((f) => f.title === title)!;
    choices.set(fold.id, true);
    s = p.scene(choices);
    if (left) expect(s.folds.map((f) => f.title)).toContain(left);
  }
  expect(s.pills[0]!.op).toBe(2);
  expect(s.pills.length + s.folds.reduce((sum, f) => sum + f.ops, 0)).toBe(3000);
});
