// The order in each rank: few crossings, and the old order where there was one.

import type { Layered } from "./trunks.ts";

const SMALL = 600; // boxes and dummies: up to here more is tried
const MEDIUM = 3000;
const SWEEPS_SMALL = 16;
const SWEEPS = 6;
const PATIENCE = 6; // sweeps without a gain
const EXCHANGE_ROUNDS = 4;

export interface Ordered {
  readonly layers: readonly (readonly number[])[];
  readonly crossings: number;
}

/** Where an edge leaves its source and enters its target, from -0.5 (one end of the box across the flow) to 0.5. */
export type Ports = (source: number, target: number) => readonly [number, number];

/** `old` gives the former place of boxes across the flow, NaN where they are new. */
export function order(g: Layered, old: Float64Array | null, ports: Ports): Ordered {
  return new Order(g, ports).best(old);
}

class Order {
  private readonly n: number;
  private layers: number[][] = [];
  private readonly position: Int32Array;
  private readonly tree: Int32Array;

  constructor(
    private readonly g: Layered,
    private readonly ports: Ports,
  ) {
    this.n = g.net.n;
    this.position = new Int32Array(this.n);
    const sizes = new Int32Array(Math.max(g.ranks, 1));
    let widest = 1;
    for (const r of g.rank) widest = Math.max(widest, ++sizes[r]!);
    let leaves = 1;
    while (leaves < widest + 1) leaves <<= 1;
    this.tree = new Int32Array(2 * leaves);
  }

  best(old: Float64Array | null): Ordered {
    let fewest = Number.POSITIVE_INFINITY;
    let kept: number[][] = [];
    const starts = old ? 1 : this.n <= SMALL ? 4 : this.n <= MEDIUM ? 2 : 1;
    const keep = (crossings: number): boolean => {
      if (crossings >= fewest) return false;
      fewest = crossings;
      kept = this.layers.map((layer) => [...layer]);
      return true;
    };
    for (let start = 0; start < starts && fewest > 0; start++) {
      this.begin(start);
      if (old) this.asBefore(old);
      this.number();
      keep(this.crossings());
      let stale = 0;
      const sweeps = this.n <= SMALL ? SWEEPS_SMALL : SWEEPS;
      for (let i = 0; i < sweeps && fewest > 0 && stale < PATIENCE; i++) {
        this.sweep(i % 2 === 0, (start & 1) === 1, (i & 2) !== 0);
        this.exchange();
        stale = keep(this.crossings()) ? 0 : stale + 1;
      }
    }
    return { layers: kept, crossings: fewest === Number.POSITIVE_INFINITY ? 0 : fewest };
  }

  /** A first order by a walk from the last boxes (0, 1) or the first ones (2, 3), straight or reversed. */
  private begin(start: number): void {
    const { net, rank, ranks } = this.g;
    const back = start < 2;
    const reversed = (start & 1) === 1;
    const next = back ? net.into : net.out;
    const ends = back ? net.out : net.into;
    this.layers = Array.from({ length: ranks }, () => []);
    const seen = new Uint8Array(this.n);
    const roots: number[] = [];
    for (let v = 0; v < this.n; v++) if (ends[v]!.length === 0) roots.push(v);
    if (reversed) roots.reverse();
    const stack: number[] = [];
    for (const root of roots) {
      stack.push(root);
      while (stack.length) {
        const u = stack.pop()!;
        if (seen[u]) continue;
        seen[u] = 1;
        this.layers[rank[u]!]!.push(u);
        const list = next[u]!;
        for (let k = 0; k < list.length; k++) {
          const v = list[reversed ? list.length - 1 - k : k]!;
          if (!seen[v]) stack.push(v);
        }
      }
    }
  }

  /** The old order; dummies stand between their ends, new boxes under what leads to them. */
  private asBefore(old: Float64Array): void {
    const { net } = this.g;
    const key = new Float64Array(this.n).fill(Number.NaN);
    key.set(old.subarray(0, Math.min(old.length, this.n)));
    const mean = (list: readonly number[]): number => {
      let sum = 0;
      let count = 0;
      for (const v of list) {
        if (Number.isNaN(key[v]!)) continue;
        sum += key[v]!;
        count++;
      }
      return count ? sum / count : Number.NaN;
    };
    for (const layer of this.layers) for (const u of layer) if (Number.isNaN(key[u]!)) key[u] = mean(net.into[u]!);
    for (const layer of [...this.layers].reverse()) {
      for (const u of layer) {
        if (!Number.isNaN(key[u]!)) continue;
        const wish = mean(net.out[u]!);
        key[u] = Number.isNaN(wish) ? 0 : wish;
      }
    }
    for (let u = this.g.boxes; u < this.n; u++) {
      const wish = mean([...net.into[u]!, ...net.out[u]!]);
      if (!Number.isNaN(wish)) key[u] = wish;
    }
    for (const layer of this.layers) layer.sort((a, b) => key[a]! - key[b]!);
  }

  private number(): void {
    for (const layer of this.layers) for (let i = 0; i < layer.length; i++) this.position[layer[i]!] = i;
  }

  /** Each rank by the mean (or median) place of its neighbours in the rank before. */
  private sweep(forward: boolean, byMedian: boolean, reverseTies: boolean): void {
    const { net, ranks } = this.g;
    const near = forward ? net.into : net.out;
    const weight = new Float64Array(this.n);
    for (let k = 0; k < ranks; k++) {
      const layer = this.layers[forward ? k : ranks - 1 - k]!;
      if (layer.length < 2) continue;
      const tied: number[] = [];
      const slots: number[] = [];
      for (let i = 0; i < layer.length; i++) {
        const u = layer[i]!;
        const list = near[u]!;
        if (list.length === 0) continue; // stays where it is
        tied.push(u);
        slots.push(i);
        const places = list.map((v) => this.end(v, u, forward));
        weight[u] = byMedian ? median(places) : places.reduce((sum, p) => sum + p, 0) / places.length;
      }
      if (reverseTies) tied.reverse();
      tied.sort((a, b) => weight[a]! - weight[b]!);
      for (let i = 0; i < tied.length; i++) layer[slots[i]!] = tied[i]!;
      for (let i = 0; i < layer.length; i++) this.position[layer[i]!] = i;
    }
  }

  /** Where the edge between `u` and its neighbour `v` ends at `v`; `before`: the neighbour stands a rank before. */
  private end(v: number, u: number, before: boolean): number {
    return this.position[v]! + (before ? this.ports(v, u)[0] : this.ports(u, v)[1]);
  }

  /** Neighbours change places while that saves crossings. */
  private exchange(): void {
    const { net } = this.g;
    for (let round = 0, better = true; better && round < EXCHANGE_ROUNDS; round++) {
      better = false;
      for (const layer of this.layers) {
        for (let i = 0; i + 1 < layer.length; i++) {
          const [a, b] = [layer[i]!, layer[i + 1]!];
          if (this.gain(a, b, net.into, true) + this.gain(a, b, net.out, false) <= 0) continue;
          layer[i] = b;
          layer[i + 1] = a;
          this.position[b] = i;
          this.position[a] = i + 1;
          better = true;
        }
      }
    }
  }

  /** Crossings saved on one side if `b` stood before `a`. */
  private gain(a: number, b: number, near: readonly (readonly number[])[], before: boolean): number {
    let gain = 0;
    for (const v of near[a]!) {
      const x = this.end(v, a, before);
      for (const w of near[b]!) {
        const y = this.end(w, b, before);
        if (x > y) gain++;
        else if (x < y) gain--;
      }
    }
    return gain;
  }

  private crossings(): number {
    let sum = 0;
    for (let r = 0; r + 1 < this.layers.length; r++) sum += this.between(this.layers[r]!, this.layers[r + 1]!);
    return sum;
  }

  /** Crossings between two ranks with an accumulator tree: W. Barth, P. Mutzel, M. Jünger, JGAA 8 (2004). */
  private between(upper: readonly number[], lower: readonly number[]): number {
    if (lower.length < 2) return 0;
    let leaves = 1;
    while (leaves < lower.length) leaves <<= 1;
    this.tree.fill(0, 0, 2 * leaves);
    let count = 0;
    for (const u of upper) {
      const list = this.g.net.out[u]!;
      const places =
        list.length > 1
          ? list
              .map((v) => [this.ports(u, v)[0], this.position[v]!] as const)
              .sort((a, b) => a[0] - b[0] || a[1] - b[1])
              .map((edge) => edge[1])
          : list.map((v) => this.position[v]!);
      for (const p of places) {
        let i = p + leaves - 1;
        this.tree[i]!++;
        while (i > 0) {
          if (i & 1) count += this.tree[i + 1]!;
          i = (i - 1) >> 1;
          this.tree[i]!++;
        }
      }
    }
    return count;
  }
}

function median(places: number[]): number {
  places.sort((a, b) => a - b);
  const half = places.length >> 1;
  return places.length & 1 ? places[half]! : (places[half - 1]! + places[half]!) / 2;
}
