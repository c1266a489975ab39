// Which rank each box stands in.

import type { Net } from "./net.ts";
import { constraints, require, simplex } from "./simplex.ts";

const EXACT = 1500; // boxes: up to here the total length of edges is made as small as it can be
const EXCHANGES = 2000;

/** Ranks from 0; every edge leads to a higher one. `pinned`: -1 for what has the first rank to itself, 1 for the last. */
export function ranks(net: Net, pinned: Int8Array): Int32Array {
  const rank = longestPaths(net);
  if (net.n <= EXACT && net.edges > 0) {
    const c = constraints();
    for (let e = 0; e < net.edges; e++) require(c, net.source[e]!, net.target[e]!, 1, 1);
    rank.set(Int32Array.from(simplex(net.n, c, EXCHANGES), Math.round));
  }
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (let v = 0; v < net.n; v++) if (!pinned[v]) least = Math.min(least, rank[v]!);
  if (pinned.includes(-1)) least--;
  for (let v = 0; v < net.n; v++) {
    rank[v]! -= least;
    if (!pinned[v]) most = Math.max(most, rank[v]!);
  }
  for (let v = 0; v < net.n; v++) if (pinned[v]) rank[v] = pinned[v]! < 0 ? 0 : most + 1;
  return rank;
}

/** As early as possible; but what only feeds others stands right before the first of them. */
function longestPaths(net: Net): Int32Array {
  const rank = new Int32Array(net.n);
  const order = net.topological();
  for (const u of order) for (const v of net.out[u]!) rank[v] = Math.max(rank[v]!, rank[u]! + 1);
  const feeds = new Uint8Array(net.n);
  for (const u of order) {
    feeds[u] = Number(net.into[u]!.length <= net.out[u]!.length && net.into[u]!.every((v) => feeds[v]));
  }
  for (const u of order.reverse()) {
    if (!feeds[u] || net.out[u]!.length === 0) continue;
    let first = Number.POSITIVE_INFINITY;
    for (const v of net.out[u]!) first = Math.min(first, rank[v]! - 1);
    rank[u] = Math.max(rank[u]!, first);
  }
  return rank;
}
