// Where each box stands across the flow, given the order in each rank.
//
// U. Brandes, B. Köpf, "Fast and simple horizontal coordinate assignment", GD 2001: four alignments, balanced by their
// median, or the narrowest where the median drifts. Small graphs get the exact optimum by network simplex, in which old
// places pull on the boxes.

import type { Ordered } from "./order.ts";
import { constraints, require, simplex } from "./simplex.ts";
import type { Layered } from "./trunks.ts";

const BOX_GAP = 24;
const LINE_GAP = 12;
const LINE_SIZE = 4;
const DRIFT = 1.25; // times the narrowest width that the balanced one may have
const EXACT = 900; // boxes and dummies
const EXCHANGES = 20_000;
const ANCHOR = 6; // the pull of an old place, against 1 of an edge between boxes
const STRAIGHT = { dummies: 8, mixed: 2, boxes: 1 };

/** `lower[e]`: how much lower edge e's source end lies over its box's centre than its target end (0 without ports). */
export interface Sizes {
  readonly across: Float64Array;
  readonly lower: (source: number, target: number) => number;
}

export function coordinates(g: Layered, ordered: Ordered, sizes: Sizes, old: Float64Array | null): Float64Array {
  const n = g.net.n;
  const size = new Float64Array(n).fill(LINE_SIZE);
  size.set(sizes.across);
  const gap = (a: number, b: number): number =>
    (size[a]! + size[b]!) / 2 + (a < g.boxes && b < g.boxes ? BOX_GAP : LINE_GAP);
  if (n > 1 && n <= EXACT) {
    const exact = optimum(g, ordered, gap, sizes, old);
    if (exact) return exact;
  }
  return balanced(g, ordered, size, gap);
}

function optimum(
  g: Layered,
  ordered: Ordered,
  gap: (a: number, b: number) => number,
  sizes: Sizes,
  old: Float64Array | null,
): Float64Array | null {
  const { net, boxes } = g;
  const c = constraints();
  let nodes = net.n;
  for (let e = 0; e < net.edges; e++) {
    const [u, v] = [net.source[e]!, net.target[e]!];
    const weight =
      u >= boxes && v >= boxes ? STRAIGHT.dummies : u >= boxes || v >= boxes ? STRAIGHT.mixed : STRAIGHT.boxes;
    const lower = Math.round(sizes.lower(u, v));
    // |x_v - x_u - lower| as the price of two edges from a node of their own
    require(c, nodes, u, Math.max(0, -lower), weight);
    require(c, nodes, v, Math.max(0, lower), weight);
    nodes++;
  }
  for (const layer of ordered.layers)
    for (let i = 1; i < layer.length; i++)
      require(c, layer[i - 1]!, layer[i]!, Math.ceil(gap(layer[i - 1]!, layer[i]!)), 0);
  if (old) {
    const origin = nodes++;
    for (let v = 0; v < Math.min(boxes, old.length); v++) {
      if (Number.isNaN(old[v]!)) continue;
      require(c, nodes, v, 0, ANCHOR);
      require(c, nodes, origin, -Math.round(old[v]!), ANCHOR);
      nodes++;
    }
  }
  try {
    return simplex(nodes, c, EXCHANGES).slice(0, net.n);
  } catch {
    return null;
  }
}

function balanced(
  g: Layered,
  ordered: Ordered,
  size: Float64Array,
  gap: (a: number, b: number) => number,
): Float64Array {
  const n = g.net.n;
  const position = new Int32Array(n);
  for (const layer of ordered.layers) for (let i = 0; i < layer.length; i++) position[layer[i]!] = i;
  const crossed = conflicts(g, ordered, position);
  const runs: Float64Array[] = [];
  for (const fromEnd of [false, true])
    for (const fromRight of [false, true]) runs.push(aligned(g, ordered, position, crossed, gap, fromEnd, fromRight));
  const extent = (x: Float64Array): [number, number] => {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let v = 0; v < n; v++) {
      low = Math.min(low, x[v]! - size[v]! / 2);
      high = Math.max(high, x[v]! + size[v]! / 2);
    }
    return [low, high];
  };
  const extents = runs.map(extent);
  let narrowest = 0;
  for (let k = 1; k < 4; k++)
    if (extents[k]![1] - extents[k]![0] < extents[narrowest]![1] - extents[narrowest]![0]) narrowest = k;
  const width = extents[narrowest]![1] - extents[narrowest]![0];
  for (const [k, x] of runs.entries()) {
    const shift = k % 2 === 0 ? extents[narrowest]![0] - extents[k]![0] : extents[narrowest]![1] - extents[k]![1];
    for (let v = 0; v < n; v++) x[v]! += shift;
  }
  const middle = new Float64Array(n);
  for (let v = 0; v < n; v++) {
    const four = runs.map((x) => x[v]!).sort((a, b) => a - b);
    middle[v] = (four[1]! + four[2]!) / 2;
  }
  const [low, high] = extent(middle);
  return high - low > DRIFT * width ? runs[narrowest]! : middle;
}

/** Edges between boxes that cross a line between two dummies: they may not be straightened. */
function conflicts(g: Layered, ordered: Ordered, position: Int32Array): Set<number> {
  const { net, boxes } = g;
  const out = new Set<number>();
  for (let r = 1; r < ordered.layers.length; r++) {
    const upper = ordered.layers[r - 1]!;
    const lower = ordered.layers[r]!;
    let from = 0;
    let done = 0;
    for (let i = 0; i < lower.length; i++) {
      const v = lower[i]!;
      const inner = v >= boxes ? net.into[v]!.find((u) => u >= boxes) : undefined;
      if (inner === undefined && i < lower.length - 1) continue;
      const to = inner === undefined ? upper.length : position[inner]!;
      for (; done <= i; done++) {
        const x = lower[done]!;
        for (const u of net.into[x]!) {
          if ((position[u]! < from || position[u]! > to) && !(x >= boxes && u >= boxes)) out.add(u * net.n + x);
        }
      }
      from = to;
    }
  }
  return out;
}

function aligned(
  g: Layered,
  ordered: Ordered,
  position: Int32Array,
  crossed: ReadonlySet<number>,
  gap: (a: number, b: number) => number,
  fromEnd: boolean,
  fromRight: boolean,
): Float64Array {
  const { net } = g;
  const n = net.n;
  const root = Int32Array.from({ length: n }, (_, v) => v);
  const align = Int32Array.from(root);
  const near = fromEnd ? net.out : net.into;
  const place = (v: number): number => (fromRight ? -position[v]! : position[v]!);
  const layers = ordered.layers.map((layer) => (fromRight ? [...layer].reverse() : layer));
  if (fromEnd) layers.reverse();
  for (const layer of layers) {
    let last = Number.NEGATIVE_INFINITY;
    for (const v of layer) {
      const list = [...near[v]!].sort((a, b) => place(a) - place(b));
      const middle = (list.length - 1) / 2;
      for (let i = Math.floor(middle); i <= Math.ceil(middle) && list.length; i++) {
        const u = list[i]!;
        if (align[v] !== v || last >= place(u) || crossed.has(fromEnd ? v * n + u : u * n + v)) continue;
        align[u] = v;
        root[v] = root[u]!;
        align[v] = root[u]!;
        last = place(u);
      }
    }
  }
  return compacted(n, layers, root, gap, fromRight);
}

/** Blocks as far to one side as their neighbours allow, then drawn towards those on the other side. */
function compacted(
  n: number,
  layers: readonly (readonly number[])[],
  root: Int32Array,
  gap: (a: number, b: number) => number,
  fromRight: boolean,
): Float64Array {
  const after: { block: number; gap: number }[][] = Array.from({ length: n }, () => []);
  const waiting = new Int32Array(n);
  for (const layer of layers) {
    for (let i = 1; i < layer.length; i++) {
      const [a, b] = [layer[i - 1]!, layer[i]!];
      after[root[a]!]!.push({ block: root[b]!, gap: gap(a, b) });
      waiting[root[b]!]!++;
    }
  }
  const x = new Float64Array(n);
  const order: number[] = [];
  for (let v = 0; v < n; v++) if (root[v] === v && !waiting[v]) order.push(v);
  for (let i = 0; i < order.length; i++) {
    const a = order[i]!;
    for (const { block, gap: least } of after[a]!) {
      x[block] = Math.max(x[block]!, x[a]! + least);
      if (--waiting[block]! === 0) order.push(block);
    }
  }
  for (const a of order.reverse()) {
    let most = Number.POSITIVE_INFINITY;
    for (const { block, gap: least } of after[a]!) most = Math.min(most, x[block]! - least);
    if (most < Number.POSITIVE_INFINITY && most > x[a]!) x[a] = most;
  }
  for (let v = 0; v < n; v++) x[v] = x[root[v]!]!;
  return fromRight ? x.map((value) => -value) : x;
}
