// Layered layout of a graph that may still grow: what stands somewhere stays there as far as it can.
//
// boxes (stacks.ts) → components → ranks → dummies for long edges (trunks.ts) → order → coordinates → places and routes

import { coordinates } from "./coordinates.ts";
import type { LayoutInput, LayoutNode, LayoutResult, Point } from "./index.ts";
import { acyclic } from "./net.ts";
import { order } from "./order.ts";
import { ranks } from "./ranks.ts";
import { type Box, stacks } from "./stacks.ts";
import { trunks } from "./trunks.ts";

/** A node that may have to stand in the first or in the last rank: where lines pass the border of a group. */
export type FlatNode = LayoutNode & { readonly end?: "first" | "last" };

const CENTRE = [0, 0] as const;
const RANK_GAP = 44;
const PORT_GAP = 18; // px between a border and the ranks inside
const COMPONENT_GAP = 34;
const LOOSE_GAP = 24;
const LOOSE_WIDTH = 900; // px, after which boxes without edges begin another row

/** A piece of the drawing, from (0, 0): `along` the flow and `across` it. */
interface Piece {
  readonly boxes: readonly number[];
  readonly at: Map<number, { along: number; across: number }>;
  /** The dummies of each edge between two boxes. */
  readonly ways: Map<number, { along: number; across: number }[]>;
  readonly along: number;
  readonly across: number;
  readonly crossings: number;
}

export function flat(input: Omit<LayoutInput, "nodes"> & { readonly nodes: readonly FlatNode[] }): LayoutResult {
  const down = input.direction === "down";
  const previous = input.settle ? undefined : input.previous;
  const boxes = stacks(
    input.nodes.map((n) => ({
      id: n.id,
      along: down ? n.height : n.width,
      across: down ? n.width : n.height,
      below: n.below,
    })),
  );
  const where = new Map<string, { box: number; part: number }>();
  for (const [box, b] of boxes.entries()) for (const [part, p] of b.parts.entries()) where.set(p.id, { box, part });
  const ends = new Map(input.nodes.map((n) => [n.id, n.end === "first" ? -1 : n.end === "last" ? 1 : 0]));
  const pins = Int8Array.from(boxes, (b) => ends.get(b.parts[0]!.id)!);
  const old = (box: number): number => {
    const at = previous?.get(boxes[box]!.parts[0]!.id);
    return at === undefined ? Number.NaN : (down ? at.x : at.y) - boxes[box]!.offset[0]!;
  };

  const pairs: [number, number][] = [];
  const offsets = new Map<number, readonly [number, number]>(); // of an edge between two boxes: how far from their centres
  for (const e of input.edges) {
    const [a, b] = [where.get(e.source), where.get(e.target)];
    if (!a || !b || a.box === b.box) continue;
    pairs.push([a.box, b.box]);
    const from = boxes[a.box]!.offset[a.part]! + (e.sourceOffset ?? 0);
    const to = boxes[b.box]!.offset[b.part]! + (e.targetOffset ?? 0);
    if (from !== 0 || to !== 0) offsets.set(a.box * boxes.length + b.box, [from, to]);
  }

  const pieces: Piece[] = [];
  const loose: number[] = [];
  for (const members of components(boxes.length, pairs)) {
    if (members.length === 1) loose.push(members[0]!);
    else pieces.push(piece(boxes, members, pairs, offsets, old, pins));
  }
  if (loose.length) pieces.push(scattered(boxes, loose));
  return assemble(input, boxes, where, pieces, down);
}

/** Boxes that hang together, each list and all lists in the order of the input. */
function components(n: number, pairs: readonly (readonly [number, number])[]): number[][] {
  const leader = Int32Array.from({ length: n }, (_, v) => v);
  const find = (v: number): number => {
    let root = v;
    while (leader[root] !== root) root = leader[root]!;
    for (let at = v; leader[at] !== root; ) {
      const next = leader[at]!;
      leader[at] = root;
      at = next;
    }
    return root;
  };
  for (const [u, v] of pairs) {
    const [a, b] = [find(u), find(v)];
    leader[Math.max(a, b)] = Math.min(a, b);
  }
  const lists = new Map<number, number[]>();
  for (let v = 0; v < n; v++) {
    const root = find(v);
    const list = lists.get(root);
    if (list) list.push(v);
    else lists.set(root, [v]);
  }
  return [...lists.values()];
}

/** One component, laid out. */
function piece(
  boxes: readonly Box[],
  members: readonly number[],
  pairs: readonly (readonly [number, number])[],
  ends: ReadonlyMap<number, readonly [number, number]>,
  old: (box: number) => number,
  pins: Int8Array,
): Piece {
  const local = new Map(members.map((box, i) => [box, i]));
  const own = pairs.filter(([u]) => local.has(u)).map(([u, v]) => [local.get(u)!, local.get(v)!] as const);
  const net = acyclic(members.length, own);
  const pinned = Int8Array.from(members, (box) => pins[box] ?? 0);
  const layered = trunks(net, ranks(net, pinned));
  const places = Float64Array.from(members, old);
  const known = places.some((p) => !Number.isNaN(p)) ? places : null;
  const across = Float64Array.from(members, (box) => boxes[box]!.across);
  const total = boxes.length;
  /** Where the edge between two boxes ends in them, whichever way it was drawn. */
  const endsOf = (u: number, v: number): readonly [number, number] => {
    if (ends.size === 0 || u >= members.length || v >= members.length) return CENTRE;
    const forward = ends.get(members[u]! * total + members[v]!);
    if (forward) return forward;
    const turned = ends.get(members[v]! * total + members[u]!);
    return turned ? [turned[1], turned[0]] : CENTRE;
  };
  const ordered = order(layered, known, (u, v) => {
    const [from, to] = endsOf(u, v);
    return from === 0 && to === 0 ? CENTRE : [from / across[u]!, to / across[v]!];
  });
  const sizes = {
    across,
    lower: (u: number, v: number): number => {
      const [from, to] = endsOf(u, v);
      return from - to;
    },
  };
  const place = coordinates(layered, ordered, sizes, known);

  const centre: number[] = [];
  let along = 0;
  let gap = 0;
  for (const layer of ordered.layers) {
    let widest = 0;
    for (const i of layer) if (i < members.length) widest = Math.max(widest, boxes[members[i]!]!.along);
    const port = layer.some((i) => i < members.length && pinned[i]);
    if (port && gap) along += PORT_GAP - gap;
    centre.push(along + widest / 2);
    gap = port ? PORT_GAP : RANK_GAP;
    along += widest + gap;
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < layered.net.n; i++) {
    const half = i < members.length ? across[i]! / 2 : 1;
    low = Math.min(low, place[i]! - half);
    high = Math.max(high, place[i]! + half);
  }
  const at = new Map(members.map((box, i) => [box, { along: centre[layered.rank[i]!]!, across: place[i]! - low }]));
  const ways = new Map<number, { along: number; across: number }[]>();
  for (let e = 0; e < net.edges; e++) {
    const points = layered.ways[e]!.map((d) => ({ along: centre[layered.rank[d]!]!, across: place[d]! - low }));
    ways.set(members[net.source[e]!]! * total + members[net.target[e]!]!, points);
  }
  return { boxes: members, at, ways, along: along - gap, across: high - low, crossings: ordered.crossings };
}

/** Boxes without edges, in rows. */
function scattered(boxes: readonly Box[], members: readonly number[]): Piece {
  const at = new Map<number, { along: number; across: number }>();
  let [along, across, deepest, longest] = [0, 0, 0, 0];
  for (const box of members) {
    const b = boxes[box]!;
    if (along > 0 && along + b.along > LOOSE_WIDTH) {
      across += deepest + LOOSE_GAP;
      along = deepest = 0;
    }
    at.set(box, { along: along + b.along / 2, across: across + b.across / 2 });
    deepest = Math.max(deepest, b.across);
    longest = Math.max(longest, along + b.along);
    along += b.along + LOOSE_GAP;
  }
  return { boxes: members, at, ways: new Map(), along: longest, across: across + deepest, crossings: 0 };
}

/** Pieces one below the other, and everything in px of the page. */
function assemble(
  input: Pick<LayoutInput, "edges">,
  boxes: readonly Box[],
  where: ReadonlyMap<string, { box: number; part: number }>,
  pieces: readonly Piece[],
  down: boolean,
): LayoutResult {
  const point = (along: number, across: number): Point => (down ? { x: across, y: along } : { x: along, y: across });
  const nodes = new Map<string, Point>();
  const shift = new Map<number, number>();
  const pieceOf = new Map<number, Piece>();
  let across = 0;
  let along = 0;
  let crossings = 0;
  for (const p of pieces) {
    for (const box of p.boxes) {
      const at = p.at.get(box)!;
      shift.set(box, across);
      pieceOf.set(box, p);
      for (const [i, part] of boxes[box]!.parts.entries())
        nodes.set(part.id, point(at.along, across + at.across + boxes[box]!.offset[i]!));
    }
    across += p.across + COMPONENT_GAP;
    along = Math.max(along, p.along);
    crossings += p.crossings;
  }
  across = Math.max(0, across - COMPONENT_GAP);

  const edges = new Map<string, Point[]>();
  for (const e of input.edges) {
    const [a, b] = [where.get(e.source), where.get(e.target)];
    if (!a || !b) continue;
    const p = pieceOf.get(a.box)!;
    const start = p.at.get(a.box)!;
    const end = p.at.get(b.box);
    if (!end) continue;
    const forward = start.along <= end.along ? 1 : -1;
    const [from, to] = [boxes[a.box]!, boxes[b.box]!];
    const key = a.box * boxes.length + b.box;
    const turned = b.box * boxes.length + a.box;
    const way = p.ways.get(key) ?? [...(p.ways.get(turned) ?? [])].reverse();
    const top = shift.get(a.box)!;
    const line = [
      point(
        start.along + (from.parts[a.part]!.along / 2) * forward,
        top + start.across + from.offset[a.part]! + (e.sourceOffset ?? 0),
      ),
      ...way.map((d) => point(d.along, top + d.across)),
      point(
        end.along - (to.parts[b.part]!.along / 2) * forward,
        top + end.across + to.offset[b.part]! + (e.targetOffset ?? 0),
      ),
    ];
    edges.set(e.id, line);
  }
  const [width, height] = down ? [across, along] : [along, across];
  return { nodes, edges, frames: new Map(), width, height, crossings };
}
