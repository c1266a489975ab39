import fc from "fast-check";
import { expect, test } from "vitest";
import { type Constraints, constraints, require, simplex } from "../../src/model/layout/simplex.ts";

const cost = (c: Constraints, x: ArrayLike<number>) =>
  c.tail.reduce((sum, t, e) => sum + c.weight[e]! * (x[c.head[e]!]! - x[t]!), 0);

/** The least cost, by trying everything. */
function exhaustive(n: number, c: Constraints): number {
  const most = 2 * n;
  const x = new Array<number>(n).fill(0);
  let best = Number.POSITIVE_INFINITY;
  const place = (v: number): void => {
    if (v === n) {
      best = Math.min(best, cost(c, x));
      return;
    }
    for (x[v] = 0; x[v]! <= most; x[v]!++) {
      const ok = c.head.every((h, e) => h !== v || c.tail[e]! > v || x[v]! - x[c.tail[e]!]! >= c.length[e]!);
      if (ok) place(v + 1);
    }
  };
  place(0);
  return best;
}

test("as cheap as the cheapest of all", () => {
  const problem = fc.integer({ min: 2, max: 4 }).chain((n) =>
    fc.record({
      n: fc.constant(n),
      edges: fc.array(
        fc.tuple(fc.nat(n - 1), fc.nat(n - 1), fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 4 })),
        { maxLength: 8 },
      ),
    }),
  );
  fc.assert(
    fc.property(problem, ({ n, edges }) => {
      const c = constraints();
      for (const [a, b, length, weight] of edges)
        if (a !== b) require(c, Math.min(a, b), Math.max(a, b), length, weight);
      for (let v = 1; v < n; v++) require(c, v - 1, v, 0, 0);
      const x = simplex(n, c);
      for (let e = 0; e < c.tail.length; e++)
        expect(x[c.head[e]!]! - x[c.tail[e]!]!).toBeGreaterThanOrEqual(c.length[e]!);
      expect(cost(c, x)).toBe(exhaustive(n, c));
    }),
    { numRuns: 300 },
  );
});

test("constraints in a circle are refused", () => {
  const c = constraints();
  require(c, 0, 1, 1, 1);
  require(c, 1, 0, 1, 1);
  expect(() => simplex(2, c)).toThrow("circular");
});
