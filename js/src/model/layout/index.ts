// Layered layout: ranks from left to right, an order in each rank with few crossings, then places.

export interface LayoutNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Stands directly below that one, in one stack: a detached twin. */
  readonly below?: string;
}

export interface LayoutEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly weight?: number;
  readonly sourceOffset?: number;
  readonly targetOffset?: number;
}

export interface LayoutInput {
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
  readonly direction?: "right" | "down";
  readonly previous?: ReadonlyMap<string, { x: number; y: number }>;
  readonly settle?: boolean;
}

export interface LayoutResult {
  readonly nodes: Map<string, { x: number; y: number }>;
  readonly edges: Map<string, { x: number; y: number }[]>;
  readonly width: number;
  readonly height: number;
  readonly crossings: number;
}

const RANK_GAP = 44;
const NODE_GAP = 26;
const LINE_GAP = 14;
const STACK_GAP = 46;
const SWEEPS = 12;

interface Box {
  readonly ids: string[];
  readonly width: number;
  readonly height: number;
  /** Height of each part's centre over the stack's centre. */
  readonly at: Map<string, number>;
  rank: number;
  y: number;
  x: number;
  dummy: boolean;
}

export function layout(input: LayoutInput): LayoutResult {
  const boxes = stacks(input.nodes);
  const boxOf = new Map<string, number>();
  boxes.forEach((b, i) => b.ids.forEach((id) => boxOf.set(id, i)));
  const seen = new Set<string>();
  const ports = new Map<string, number>(); // how much lower the source's end of an edge lies than the target's, in their boxes
  const out: number[][] = boxes.map(() => []);
  const into: number[][] = boxes.map(() => []);
  for (const e of input.edges) {
    const [u, v] = [boxOf.get(e.source), boxOf.get(e.target)];
    if (u === undefined || v === undefined || u === v || seen.has(`${u},${v}`)) continue;
    const lower =
      boxes[u]!.at.get(e.source)! + (e.sourceOffset ?? 0) - boxes[v]!.at.get(e.target)! - (e.targetOffset ?? 0);
    if (lower !== 0) ports.set(`${u},${v}`, lower);
    seen.add(`${u},${v}`);
    out[u]!.push(v);
    into[v]!.push(u);
  }
  const backward = rank(boxes, out, into);
  // a long edge goes through a dummy in each rank between
  const chains = new Map<string, number[]>();
  const up: number[][] = boxes.map(() => []);
  const down: number[][] = boxes.map(() => []);
  const real = boxes.length;
  for (let u = 0; u < real; u++) {
    for (const v0 of out[u]!) {
      const flipped = backward.has(`${u},${v0}`);
      const [a, b] = flipped ? [v0, u] : [u, v0];
      const chain: number[] = [];
      let last = a;
      for (let r = boxes[a]!.rank + 1; r < boxes[b]!.rank; r++) {
        boxes.push({ ids: [], width: 0, height: LINE_GAP, at: new Map(), rank: r, x: 0, y: 0, dummy: true });
        up.push([]);
        down.push([]);
        const d = boxes.length - 1;
        chain.push(d);
        down[last]!.push(d);
        up[d]!.push(last);
        last = d;
      }
      down[last]!.push(b);
      up[b]!.push(last);
      chains.set(`${u},${v0}`, flipped ? chain.reverse() : chain);
    }
  }
  const layers: number[][] = [];
  boxes.forEach((b, i) => (layers[b.rank] ??= []).push(i));
  for (let r = 0; r < layers.length; r++) layers[r] ??= [];
  order(layers, up, down, boxes, ports, input.settle ? undefined : input.previous);
  heights(layers, up, down, boxes, ports, input.settle ? undefined : input.previous);
  let x = 0;
  for (const layer of layers) {
    const width = Math.max(0, ...layer.map((i) => boxes[i]!.width));
    for (const i of layer) boxes[i]!.x = x + width / 2;
    x += width + RANK_GAP;
  }
  return place(input, boxes, boxOf, chains, layers);
}

function stacks(nodes: readonly LayoutNode[]): Box[] {
  const byId = new Map(nodes.map((n) => [n.id, n]));
  const children = new Map<string, string[]>();
  const heads: LayoutNode[] = [];
  for (const n of nodes) {
    if (n.below !== undefined && n.below !== n.id && byId.has(n.below))
      children.set(n.below, [...(children.get(n.below) ?? []), n.id]);
    else heads.push(n);
  }
  return heads.map((head) => {
    const ids: string[] = [];
    const todo = [head.id];
    const met = new Set<string>();
    while (todo.length) {
      const id = todo.shift()!;
      if (met.has(id)) continue;
      met.add(id);
      ids.push(id);
      todo.unshift(...(children.get(id) ?? []));
    }
    const height = ids.reduce((sum, id) => sum + byId.get(id)!.height, 0) + STACK_GAP * (ids.length - 1);
    const at = new Map<string, number>();
    let y = -height / 2;
    for (const id of ids) {
      const h = byId.get(id)!.height;
      at.set(id, y + h / 2);
      y += h + STACK_GAP;
    }
    return {
      ids,
      width: Math.max(...ids.map((id) => byId.get(id)!.width)),
      height,
      at,
      rank: 0,
      x: 0,
      y: 0,
      dummy: false,
    };
  });
}

/** Longest path; edges that would close a cycle are turned round and returned. */
function rank(boxes: Box[], out: number[][], into: number[][]): Set<string> {
  const backward = new Set<string>();
  const state = new Uint8Array(boxes.length);
  const topo: number[] = [];
  for (let root = 0; root < boxes.length; root++) {
    if (state[root]) continue;
    const stack: [number, number][] = [[root, 0]];
    state[root] = 1;
    while (stack.length) {
      const top = stack.at(-1)!;
      const next = out[top[0]]![top[1]++];
      if (next === undefined) {
        state[top[0]] = 2;
        topo.push(top[0]);
        stack.pop();
      } else if (state[next] === 1) backward.add(`${top[0]},${next}`);
      else if (state[next] === 0) {
        state[next] = 1;
        stack.push([next, 0]);
      }
    }
  }
  topo.reverse();
  for (const u of topo)
    for (const v of out[u]!)
      if (!backward.has(`${u},${v}`)) boxes[v]!.rank = Math.max(boxes[v]!.rank, boxes[u]!.rank + 1);
  // what only feeds others stands right before the first of them
  for (const u of [...topo].reverse()) {
    const next = out[u]!.filter((v) => !backward.has(`${u},${v}`));
    if (into[u]!.length === 0 && next.length)
      boxes[u]!.rank = Math.max(boxes[u]!.rank, Math.min(...next.map((v) => boxes[v]!.rank)) - 1);
  }
  for (const key of backward) {
    const [u, v] = key.split(",").map(Number) as [number, number];
    if (boxes[u]!.rank === boxes[v]!.rank) boxes[u]!.rank++;
  }
  return backward;
}

function order(
  layers: number[][],
  up: number[][],
  down: number[][],
  boxes: Box[],
  ports: ReadonlyMap<string, number>,
  previous?: ReadonlyMap<string, { y: number }>,
): void {
  const at = new Float64Array(boxes.length);
  const number = () => layers.forEach((layer) => layer.forEach((i, k) => (at[i] = k)));
  if (previous) {
    const key = (i: number) => previous.get(boxes[i]!.ids[0] ?? "")?.y;
    for (const layer of layers) {
      const known = new Map(layer.map((i) => [i, key(i) ?? mean(up[i]!.map((j) => key(j) ?? boxes[j]!.y)) ?? 0]));
      layer.sort((a, b) => known.get(a)! - known.get(b)! || a - b);
    }
  }
  number();
  let best = layers.map((l) => [...l]);
  let fewest = crossings(layers, down, at);
  for (let s = 0; s < SWEEPS && fewest > 0; s++) {
    const forward = s % 2 === 0;
    for (let k = 0; k < layers.length; k++) {
      const layer = layers[forward ? k : layers.length - 1 - k]!;
      const next = forward ? up : down;
      const weight = new Map(
        layer.map((i, position) => [
          i,
          mean(next[i]!.map((j) => at[j]! + Math.sign(lowered(ports, i, j)) * 0.3)) ?? position,
        ]),
      );
      layer.sort((a, b) => weight.get(a)! - weight.get(b)!);
      layer.forEach((i, position) => (at[i] = position));
    }
    const now = crossings(layers, down, at);
    if (now < fewest) {
      fewest = now;
      best = layers.map((l) => [...l]);
    }
  }
  best.forEach((layer, r) => (layers[r] = layer));
}

/** How much lower than the centre of `j` the centre of `i` must be for their edge to be straight. */
const lowered = (ports: ReadonlyMap<string, number>, i: number, j: number): number =>
  ports.get(`${j},${i}`) ?? -(ports.get(`${i},${j}`) ?? 0);

const mean = (list: readonly number[]): number | undefined =>
  list.length ? list.reduce((a, b) => a + b, 0) / list.length : undefined;

function crossings(layers: number[][], down: number[][], at: Float64Array): number {
  let total = 0;
  for (const layer of layers) {
    const ends: number[] = [];
    for (const u of [...layer].sort((a, b) => at[a]! - at[b]!)) {
      const targets = down[u]!.map((v) => at[v]!).sort((a, b) => a - b);
      for (const t of targets) for (const e of ends) if (e > t) total++;
      ends.push(...targets);
    }
  }
  return total;
}

/** Each box as near to its neighbours as the order allows. */
function heights(
  layers: number[][],
  up: number[][],
  down: number[][],
  boxes: Box[],
  ports: ReadonlyMap<string, number>,
  previous?: ReadonlyMap<string, { y: number }>,
): void {
  for (const layer of layers) {
    let y = 0;
    for (const i of layer) {
      const b = boxes[i]!;
      b.y = y + b.height / 2;
      y += b.height + (b.dummy ? LINE_GAP : NODE_GAP);
    }
    const shift = (y - NODE_GAP) / 2;
    for (const i of layer) boxes[i]!.y -= shift;
  }
  if (previous)
    for (const b of boxes)
      if (b.ids[0] !== undefined && previous.has(b.ids[0])) b.y = previous.get(b.ids[0])!.y - b.at.get(b.ids[0])!;
  for (let round = 0; round < 10; round++) {
    const forward = round % 2 === 0;
    for (let k = 0; k < layers.length; k++) {
      const layer = layers[forward ? k : layers.length - 1 - k]!;
      const near = round < 8 ? (forward ? up : down) : null;
      const wish = layer.map((i) => {
        const own = boxes[i]!.ids[0];
        const old = own !== undefined ? previous?.get(own)?.y : undefined;
        if (old !== undefined) return old - boxes[i]!.at.get(own!)!;
        const list = near ? near[i]! : [...up[i]!, ...down[i]!];
        return mean(list.map((j) => boxes[j]!.y + lowered(ports, i, j))) ?? boxes[i]!.y;
      });
      settle(layer, wish, boxes);
    }
  }
}

/** The places nearest to the wishes that keep the order and the gaps: runs that collide move as one. */
function settle(layer: readonly number[], wish: readonly number[], boxes: Box[]): void {
  const runs: { sum: number; count: number; from: number; to: number }[] = [];
  const offset: number[] = [];
  let at = 0;
  layer.forEach((i, k) => {
    if (k > 0) {
      const [a, b] = [boxes[layer[k - 1]!]!, boxes[i]!];
      at += (a.height + b.height) / 2 + (a.dummy && b.dummy ? LINE_GAP : NODE_GAP);
    }
    offset.push(at);
    let run = { sum: wish[k]! - at, count: 1, from: k, to: k };
    while (runs.length && runs.at(-1)!.sum / runs.at(-1)!.count > run.sum / run.count) {
      const before = runs.pop()!;
      run = { sum: before.sum + run.sum, count: before.count + run.count, from: before.from, to: run.to };
    }
    runs.push(run);
  });
  for (const run of runs)
    for (let k = run.from; k <= run.to; k++) boxes[layer[k]!]!.y = run.sum / run.count + offset[k]!;
}

function place(
  input: LayoutInput,
  boxes: Box[],
  boxOf: Map<string, number>,
  chains: Map<string, number[]>,
  layers: number[][],
): LayoutResult {
  const down = input.direction === "down";
  const size = new Map(input.nodes.map((n) => [n.id, n]));
  const nodes = new Map<string, { x: number; y: number }>();
  let top = Infinity;
  let bottom = -Infinity;
  let right = 0;
  for (const b of boxes) {
    top = Math.min(top, b.y - b.height / 2);
    bottom = Math.max(bottom, b.y + b.height / 2);
    right = Math.max(right, b.x + b.width / 2);
  }
  if (!boxes.length) top = bottom = 0;
  for (const b of boxes) for (const id of b.ids) nodes.set(id, { x: b.x, y: b.y + b.at.get(id)! - top });
  const edges = new Map<string, { x: number; y: number }[]>();
  for (const e of input.edges) {
    const [a, b] = [nodes.get(e.source), nodes.get(e.target)];
    if (!a || !b) continue;
    const [u, v] = [boxOf.get(e.source)!, boxOf.get(e.target)!];
    const forward = a.x <= b.x ? 1 : -1;
    const points = [{ x: a.x + (size.get(e.source)!.width / 2) * forward, y: a.y + (e.sourceOffset ?? 0) }];
    for (const d of chains.get(`${u},${v}`) ?? []) points.push({ x: boxes[d]!.x, y: boxes[d]!.y - top });
    points.push({ x: b.x - (size.get(e.target)!.width / 2) * forward, y: b.y + (e.targetOffset ?? 0) });
    edges.set(e.id, points);
  }
  void layers;
  if (down) for (const list of [[...nodes.values()], ...edges.values()]) for (const p of list) [p.x, p.y] = [p.y, p.x];
  return { nodes, edges, width: down ? bottom - top : right, height: down ? right : bottom - top, crossings: 0 };
}
