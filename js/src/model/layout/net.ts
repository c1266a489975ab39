// The graph that the stages work on: boxes by number, edges without loops and twins, cycles broken.

/** A directed acyclic graph, with the edges at each box listed. */
export class Net {
  readonly out: number[][];
  readonly into: number[][];

  constructor(
    readonly n: number,
    readonly source: readonly number[],
    readonly target: readonly number[],
  ) {
    this.out = Array.from({ length: n }, () => []);
    this.into = Array.from({ length: n }, () => []);
    for (let e = 0; e < source.length; e++) {
      this.out[source[e]!]!.push(target[e]!);
      this.into[target[e]!]!.push(source[e]!);
    }
  }

  get edges(): number {
    return this.source.length;
  }

  /** Boxes, each after all that lead to it. */
  topological(): number[] {
    const waiting = this.into.map((list) => list.length);
    const order: number[] = [];
    for (let v = 0; v < this.n; v++) if (!waiting[v]) order.push(v);
    for (let i = 0; i < order.length; i++) for (const v of this.out[order[i]!]!) if (--waiting[v]! === 0) order.push(v);
    return order;
  }
}

/** The pairs without loops and twins; those that close a cycle in a depth-first walk are turned round. */
export function acyclic(n: number, pairs: readonly (readonly [number, number])[]): Net {
  const out: number[][] = Array.from({ length: n }, () => []);
  for (const [u, v] of pairs) if (u !== v) out[u]!.push(v);
  const state = new Uint8Array(n); // 1: on the path, 2: done
  const turned = new Set<number>();
  for (let root = 0; root < n; root++) {
    if (state[root]) continue;
    const path: [number, number][] = [[root, 0]];
    state[root] = 1;
    while (path.length) {
      const top = path.at(-1)!;
      const v = out[top[0]]![top[1]++];
      if (v === undefined) {
        state[top[0]] = 2;
        path.pop();
      } else if (state[v] === 1) turned.add(top[0] * n + v);
      else if (state[v] === 0) {
        state[v] = 1;
        path.push([v, 0]);
      }
    }
  }
  const seen = new Set<number>();
  const source: number[] = [];
  const target: number[] = [];
  for (const [a, b] of pairs) {
    if (a === b) continue;
    const [u, v] = turned.has(a * n + b) ? [b, a] : [a, b];
    if (seen.has(u * n + v)) continue;
    seen.add(u * n + v);
    source.push(u);
    target.push(v);
  }
  return new Net(n, source, target);
}
