// Long edges go through a dummy in every rank between. Edges with one busy end share their dummies there, as branches
// share a trunk: a weight that is used in eighty steps sends out one line, not eighty.

import { Net } from "./net.ts";

export interface Layered {
  /** Boxes first, then dummies. */
  readonly net: Net;
  readonly boxes: number;
  readonly rank: Int32Array;
  readonly ranks: number;
  /** The dummies on the way of each edge of the original net, from its source to its target. */
  readonly ways: readonly (readonly number[])[];
}

export function trunks(net: Net, rank: Int32Array): Layered {
  const ranksOf = [...rank];
  const source: number[] = [];
  const target: number[] = [];
  const link = (u: number, v: number): void => {
    source.push(u);
    target.push(v);
  };
  const dummy = (r: number): number => ranksOf.push(r) - 1;
  const ways: number[][] = Array.from({ length: net.edges }, () => []);
  const bySource: number[][] = Array.from({ length: net.n }, () => []);
  const byTarget: number[][] = Array.from({ length: net.n }, () => []);
  for (let e = 0; e < net.edges; e++) {
    const [u, v] = [net.source[e]!, net.target[e]!];
    if (net.out[u]!.length >= net.into[v]!.length) bySource[u]!.push(e);
    else byTarget[v]!.push(e);
  }
  for (let u = 0; u < net.n; u++) {
    const trunk: number[] = [];
    for (const e of bySource[u]!) {
      const v = net.target[e]!;
      for (let r = rank[u]! + 1 + trunk.length; r < rank[v]!; r++) {
        const d = dummy(r);
        link(trunk.at(-1) ?? u, d);
        trunk.push(d);
      }
      ways[e] = trunk.slice(0, rank[v]! - rank[u]! - 1);
      link(ways[e]!.at(-1) ?? u, v);
    }
  }
  for (let v = 0; v < net.n; v++) {
    const trunk: number[] = []; // from the target backwards
    for (const e of byTarget[v]!) {
      const u = net.source[e]!;
      for (let r = rank[v]! - 1 - trunk.length; r > rank[u]!; r--) {
        const d = dummy(r);
        link(d, trunk.at(-1) ?? v);
        trunk.push(d);
      }
      ways[e] = trunk.slice(0, rank[v]! - rank[u]! - 1).reverse();
      link(u, ways[e]![0] ?? v);
    }
  }
  const all = Int32Array.from(ranksOf);
  return {
    net: new Net(all.length, source, target),
    boxes: net.n,
    rank: all,
    ranks: all.reduce((most, r) => Math.max(most, r + 1), 0),
    ways,
  };
}
