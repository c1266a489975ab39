import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type LayoutEdge,
  type LayoutInput,
  type LayoutNode,
  type LayoutResult,
  layout,
  type Point,
} from "../../src/model/layout/index.ts";
import { crossings, graph } from "../graphs/load.mjs";

const DAGRE = JSON.parse(readFileSync(resolve(import.meta.dirname, "../graphs/dagre.json"), "utf8"));
const SMALL = ["mlp60", "gpt1", "resnet500"];
const ALL = [...SMALL, "gpt2000", "lstm1900", "chain5000", "gpt10000"];

const box = (n: LayoutNode, at: Point) => ({
  left: at.x - n.width / 2,
  right: at.x + n.width / 2,
  top: at.y - n.height / 2,
  bottom: at.y + n.height / 2,
});

/** Pairs of nodes that overlap. */
function overlaps(input: LayoutInput, result: LayoutResult): string[] {
  const boxes = input.nodes
    .map((n) => ({ id: n.id, ...box(n, result.nodes.get(n.id)!) }))
    .sort((a, b) => a.left - b.left);
  const out: string[] = [];
  for (const [i, a] of boxes.entries()) {
    for (let k = i + 1; k < boxes.length && boxes[k]!.left < a.right - 0.5; k++) {
      const b = boxes[k]!;
      if (a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5) out.push(`${a.id} ${b.id}`);
    }
  }
  return out;
}

/** Edges that run through a node that is not theirs. */
function through(input: LayoutInput, result: LayoutResult): string[] {
  const boxes = input.nodes.map((n) => ({ id: n.id, ...box(n, result.nodes.get(n.id)!) }));
  const out: string[] = [];
  for (const e of input.edges) {
    for (const p of result.edges.get(e.id)!.slice(1, -1)) {
      const hit = boxes.find((b) => p.x > b.left && p.x < b.right && p.y > b.top && p.y < b.bottom);
      if (hit) out.push(`${e.id} through ${hit.id}`);
    }
  }
  return out;
}

const dag = fc.integer({ min: 0, max: 28 }).chain((n) =>
  fc.record({
    sizes: fc.array(fc.tuple(fc.integer({ min: 10, max: 200 }), fc.integer({ min: 10, max: 120 })), {
      minLength: n,
      maxLength: n,
    }),
    pairs: fc.array(fc.tuple(fc.nat(Math.max(n - 1, 0)), fc.nat(Math.max(n - 1, 0))), { maxLength: n ? 2 * n : 0 }),
  }),
);
type Drawn = { sizes: [number, number][]; pairs: [number, number][] };
const inputOf = ({ sizes, pairs }: Drawn, cyclic = false): LayoutInput => ({
  nodes: sizes.map(([width, height], i) => ({ id: String(i), width, height })),
  edges: pairs
    .filter(([a, b]) => a !== b)
    .map(([a, b], i) => ({
      id: `e${i}`,
      source: String(cyclic ? a : Math.min(a, b)),
      target: String(cyclic ? b : Math.max(a, b)),
    })),
});

describe("any graph", () => {
  test("nothing overlaps, edges lead on, and the same input gives the same picture", () => {
    fc.assert(
      fc.property(dag, (drawn) => {
        const input = inputOf(drawn as Drawn);
        const result = layout(input);
        expect(overlaps(input, result)).toEqual([]);
        for (const e of input.edges) {
          const [a, b] = [e.source, e.target].map((id) => result.nodes.get(id)!);
          expect(a!.x).toBeLessThan(b!.x);
          const line = result.edges.get(e.id)!;
          for (let i = 1; i < line.length; i++) expect(line[i]!.x).toBeGreaterThan(line[i - 1]!.x);
        }
        expect(layout(input)).toEqual(result);
      }),
      { numRuns: 150 },
    );
  });

  test("cycles do not hang it", () => {
    fc.assert(
      fc.property(dag, (drawn) => {
        const input = inputOf(drawn as Drawn, true);
        const result = layout(input);
        expect(result.nodes.size).toBe(input.nodes.length);
        expect(overlaps(input, result)).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });

  test("what is named but not there is passed over", () => {
    const result = layout({
      nodes: [{ id: "a", width: 10, height: 10, below: "gone" }],
      edges: [{ id: "e", source: "a", target: "gone" }],
    });
    expect([...result.nodes.keys()]).toEqual(["a"]);
    expect(result.edges.size).toBe(0);
  });

  test("the empty graph, one node, and a loop", () => {
    expect(layout({ nodes: [], edges: [] })).toMatchObject({ width: 0, height: 0, crossings: 0 });
    const one = layout({ nodes: [{ id: "a", width: 60, height: 20 }], edges: [{ id: "e", source: "a", target: "a" }] });
    expect(one.nodes.get("a")).toEqual({ x: 30, y: 10 });
    expect([one.width, one.height]).toEqual([60, 20]);
  });
});

describe("stacks", () => {
  const nodes: LayoutNode[] = [
    { id: "x", width: 100, height: 60 },
    { id: "y", width: 100, height: 60 },
    { id: "c", width: 120, height: 40, below: "y" },
    { id: "d", width: 80, height: 40, below: "c" },
    { id: "zero", width: 50, height: 30 },
  ];
  const edges: LayoutEdge[] = [
    { id: "xy", source: "x", target: "y" },
    { id: "cz", source: "c", target: "zero" },
  ];

  test("what is below stands below, in the same rank, in order", () => {
    const { nodes: at } = layout({ nodes, edges });
    const [y, c, d] = ["y", "c", "d"].map((id) => at.get(id)!);
    expect(new Set([y!.x, c!.x, d!.x]).size).toBe(1);
    expect(c!.y - y!.y).toBeGreaterThan(50);
    expect(d!.y - c!.y).toBeGreaterThan(40);
  });

  test("an edge leaves its own part, straight where it can", () => {
    const result = layout({ nodes, edges });
    expect(result.nodes.get("zero")!.y).toBeCloseTo(result.nodes.get("c")!.y, 0);
    expect(result.edges.get("cz")![0]!.y).toBeCloseTo(result.nodes.get("c")!.y, 0);
  });

  test("a ring of `below` does not hang it", () => {
    const ring = [
      { id: "a", width: 10, height: 10, below: "b" },
      { id: "b", width: 10, height: 10, below: "a" },
    ];
    expect(layout({ nodes: ring, edges: [] }).nodes.size).toBe(2);
  });
});

describe("graphs of real models", () => {
  test.each(ALL)("%s: nothing overlaps, no edge runs through a node", (name) => {
    const input: LayoutInput = { ...graph(name), direction: "down" };
    const result = layout(input);
    expect(overlaps(input, result)).toEqual([]);
    if (SMALL.includes(name)) expect(through(input, result)).toEqual([]);
    for (const e of input.edges) expect(result.nodes.get(e.source)!.y).toBeLessThan(result.nodes.get(e.target)!.y);
  });

  test.each(Object.keys(DAGRE))("%s: no more crossings than dagre's, and at most twice as wide", (name) => {
    const result = layout({ ...graph(name), direction: "down" });
    expect(crossings([...result.edges.values()])).toBeLessThanOrEqual(DAGRE[name].crossings);
    expect(result.width).toBeLessThanOrEqual(DAGRE[name].width * 2);
  });

  test.each(["mlp60", "gpt1"])("%s: while it streams in, what is there stays there", (name) => {
    const { nodes, edges, order } = graph(name);
    const byId = new Map(nodes.map((n: LayoutNode) => [n.id, n]));
    const shown: LayoutNode[] = [];
    const there = new Set<string>();
    let previous: Map<string, Point> | undefined;
    let [moved, count] = [0, 0];
    for (const id of order) {
      shown.push(byId.get(id)! as LayoutNode);
      there.add(id);
      const input = {
        nodes: shown,
        edges: edges.filter((e: LayoutEdge) => there.has(e.source) && there.has(e.target)),
        direction: "down" as const,
      };
      const result = layout({ ...input, ...(previous ? { previous } : {}) });
      if (previous) {
        const shifts = [...previous].map(([k, p]) => result.nodes.get(k)!.x - p.x).sort((a, b) => a - b);
        const common = shifts[shifts.length >> 1]!;
        for (const s of shifts) moved += Math.abs(s - common);
        count += shifts.length;
      }
      previous = result.nodes;
    }
    expect(moved / count).toBeLessThanOrEqual(6);
  });
});

test("what leaves a stack lower down stands lower down", () => {
  const nodes: LayoutNode[] = [
    { id: "y", width: 100, height: 60 },
    { id: "d", width: 100, height: 60, below: "y" },
    { id: "zero", width: 50, height: 30 },
    { id: "sum", width: 50, height: 30 },
    { id: "loss", width: 80, height: 50 },
  ];
  const edges: LayoutEdge[] = [
    { id: "1", source: "d", target: "zero" },
    { id: "2", source: "y", target: "sum" },
    { id: "3", source: "sum", target: "loss" },
  ];
  const { nodes: at, crossings: crossed } = layout({ nodes, edges });
  expect(at.get("sum")!.y).toBeLessThan(at.get("zero")!.y);
  expect(crossed).toBe(0);
});
