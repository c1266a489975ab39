import { expect, test } from "vitest";
import { between, curve, motionOf, type Placed } from "../src/model/motion.ts";
import { sceneOf } from "../src/model/scene/index.ts";
import { measure, recorded, stateAt } from "./recorded.ts";

const placed = (nodes: Record<string, [number, number]>): Placed => ({
  nodes: new Map(Object.entries(nodes).map(([id, [x, y]]) => [id, { x, y }])),
  edges: new Map(),
  frames: new Map(),
  width: 100,
  height: 100,
});
const scene = sceneOf(stateAt(recorded("detach")), measure);

test("what is new grows out of what made it, the rest moves from where it was", () => {
  const before = placed({ t1: [0, 0] });
  const after = placed({ t1: [5, 0], o2: [100, 0], t2: [200, 0] });
  const motion = motionOf(before, after, scene);
  const from = Object.fromEntries(motion.tweens.map((t) => [t.id, [t.from.x, t.from.y, t.appears]]));
  expect(from).toEqual({ t1: [0, 0, false], o2: [0, 0, true], t2: [0, 0, true] });
  expect(motion.distance).toBe(5);
  expect(motion.leaving).toEqual([]);
});

test("a step back takes marks away and moves the rest home", () => {
  const motion = motionOf(placed({ t1: [5, 0], o2: [100, 0] }), placed({ t1: [0, 0] }), scene);
  expect(motion.leaving).toEqual(["o2"]);
  expect(motion.tweens.map((t) => t.id)).toEqual(["t1"]);
});

test("half way is half way", () => {
  const after = placed({ t1: [10, 20] });
  expect(between(new Map([["t1", { x: 0, y: 0 }]]), after, 0.5).get("t1")).toEqual({ x: 5, y: 10 });
});

test("curves begin and end where they should", () => {
  expect(
    curve([
      { x: 0, y: 0 },
      { x: 10, y: 0 },
    ]),
  ).toBe("M0 0L10 0");
  expect(
    curve([
      { x: 0, y: 0 },
      { x: 10, y: 8 },
    ]),
  ).toBe("M0 0C5 0 5 8 10 8");
  expect(curve([])).toBe("");
});
