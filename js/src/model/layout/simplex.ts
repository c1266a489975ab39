// Network simplex: integers for nodes that keep every edge at least so long and the weighted sum of lengths as small as
// can be. E. R. Gansner, E. Koutsofios, S. C. North, K.-P. Vo, "A technique for drawing directed graphs", IEEE Trans.
// Software Eng. 19 (1993). Without recursion, on typed arrays.

/** Edges as parallel lists: `head` must lie at least `length` after `tail`; `weight` is the price of each unit more. */
export interface Constraints {
  readonly tail: number[];
  readonly head: number[];
  readonly length: number[];
  readonly weight: number[];
}

export function constraints(): Constraints {
  return { tail: [], head: [], length: [], weight: [] };
}

export function require(c: Constraints, tail: number, head: number, length: number, weight: number): void {
  c.tail.push(tail);
  c.head.push(head);
  c.length.push(length);
  c.weight.push(weight);
}

const CANDIDATES = 30; // of leaving edges looked at, before the worst of them is taken

/** Values for `n` nodes. Throws an Error where the constraints are circular; stops early after `most` exchanges. */
export function simplex(n: number, c: Constraints, most = Number.POSITIVE_INFINITY): Float64Array {
  return new Simplex(n, c).solve(most);
}

class Simplex {
  private readonly m: number;
  private readonly value: Float64Array;
  /** The edges at each node: `at[from[v] .. from[v + 1])`. */
  private readonly from: Int32Array;
  private readonly at: Int32Array;
  private readonly inTree: Uint8Array;
  /** Tree edges at each node. */
  private readonly tree: number[][];
  /** The tree edge to the parent, and the interval of postorder numbers below a node. */
  private readonly parent: Int32Array;
  private readonly low: Int32Array;
  private readonly limit: Int32Array;
  private readonly next: Int32Array;
  private readonly cut: Float64Array;

  constructor(
    private readonly n: number,
    private readonly c: Constraints,
  ) {
    const m = c.tail.length;
    this.m = m;
    this.value = new Float64Array(n);
    this.from = new Int32Array(n + 1);
    for (let e = 0; e < m; e++) {
      this.from[c.tail[e]! + 1]!++;
      this.from[c.head[e]! + 1]!++;
    }
    for (let v = 0; v < n; v++) this.from[v + 1]! += this.from[v]!;
    this.at = new Int32Array(2 * m);
    const fill = this.from.slice(0, n);
    for (let e = 0; e < m; e++) {
      this.at[fill[c.tail[e]!]!++] = e;
      this.at[fill[c.head[e]!]!++] = e;
    }
    this.inTree = new Uint8Array(m);
    this.tree = Array.from({ length: n }, () => []);
    this.parent = new Int32Array(n).fill(-1);
    this.low = new Int32Array(n);
    this.limit = new Int32Array(n);
    this.next = new Int32Array(n);
    this.cut = new Float64Array(m);
  }

  solve(most: number): Float64Array {
    this.longestPaths();
    this.tightTree();
    this.number();
    this.cutValues();
    const edges: number[] = [];
    for (let e = 0; e < this.m; e++) if (this.inTree[e]) edges.push(e);
    let place = 0;
    for (let i = 0; i < most; i++) {
      const found = this.leaving(edges, place);
      if (found < 0) break;
      place = (found + 1) % edges.length;
      const out = edges[found]!;
      const into = this.entering(out);
      if (into < 0) this.cut[out] = 0;
      else {
        this.exchange(out, into);
        edges[found] = into;
      }
    }
    return this.value;
  }

  private other(e: number, v: number): number {
    return this.c.tail[e] === v ? this.c.head[e]! : this.c.tail[e]!;
  }

  private slack(e: number): number {
    return this.value[this.c.head[e]!]! - this.value[this.c.tail[e]!]! - this.c.length[e]!;
  }

  private longestPaths(): void {
    const { tail, head, length } = this.c;
    const waiting = new Int32Array(this.n);
    for (let e = 0; e < this.m; e++) waiting[head[e]!]!++;
    const queue: number[] = [];
    for (let v = 0; v < this.n; v++) if (!waiting[v]) queue.push(v);
    for (let i = 0; i < queue.length; i++) {
      const u = queue[i]!;
      for (let k = this.from[u]!; k < this.from[u + 1]!; k++) {
        const e = this.at[k]!;
        if (tail[e] !== u) continue;
        const v = head[e]!;
        this.value[v] = Math.max(this.value[v]!, this.value[u]! + length[e]!);
        if (--waiting[v]! === 0) queue.push(v);
      }
    }
    if (queue.length < this.n) throw new Error("the constraints are circular");
  }

  /** Grow a tree of edges without slack, shifting it towards the nearest node that it does not reach yet. */
  private tightTree(): void {
    const { tail, head } = this.c;
    const inside = new Uint8Array(this.n);
    const order: number[] = [];
    const rim = new Set<number>();
    let grown = 0;
    const add = (v: number): void => {
      inside[v] = 1;
      order.push(v);
    };
    const grow = (): void => {
      for (; grown < order.length; grown++) {
        const u = order[grown]!;
        for (let k = this.from[u]!; k < this.from[u + 1]!; k++) {
          const e = this.at[k]!;
          const v = this.other(e, u);
          if (inside[v]) rim.delete(e);
          else if (this.slack(e) === 0) {
            this.inTree[e] = 1;
            rim.delete(e);
            add(v);
          } else rim.add(e);
        }
      }
    };
    let unreached = 0;
    while (order.length < this.n) {
      grow();
      if (order.length >= this.n) break;
      let best = -1;
      let least = Number.POSITIVE_INFINITY;
      for (const e of rim) {
        if (inside[tail[e]!] && inside[head[e]!]) rim.delete(e);
        else if (this.slack(e) < least) {
          least = this.slack(e);
          best = e;
        }
      }
      if (best < 0) {
        while (inside[unreached]) unreached++; // another component: it keeps its values
        add(unreached);
        continue;
      }
      const shift = inside[head[best]!] ? -least : least;
      for (const v of order) this.value[v]! += shift;
      for (const e of [...rim]) {
        if (inside[tail[e]!] && inside[head[e]!]) rim.delete(e);
        else if (this.slack(e) === 0) {
          this.inTree[e] = 1;
          rim.delete(e);
          add(inside[tail[e]!] ? head[e]! : tail[e]!);
        }
      }
    }
    for (let e = 0; e < this.m; e++) {
      if (!this.inTree[e]) continue;
      this.tree[tail[e]!]!.push(e);
      this.tree[head[e]!]!.push(e);
    }
  }

  private number(): void {
    const seen = new Uint8Array(this.n);
    let count = 0;
    for (let root = 0; root < this.n; root++) {
      if (seen[root]) continue;
      count = this.walk(root, -1, count);
      const below = [root];
      seen[root] = 1;
      while (below.length) {
        const u = below.pop()!;
        for (const e of this.tree[u]!) {
          const v = this.other(e, u);
          if (!seen[v]) {
            seen[v] = 1;
            below.push(v);
          }
        }
      }
    }
  }

  /** Number the tree below `root` in postorder from `count` on. */
  private walk(root: number, up: number, count: number): number {
    const path = [root];
    this.parent[root] = up;
    this.low[root] = count;
    this.next[root] = 0;
    while (path.length) {
      const u = path.at(-1)!;
      const e = this.tree[u]![this.next[u]!++];
      if (e === undefined) {
        this.limit[u] = count++;
        path.pop();
      } else if (e !== this.parent[u]) {
        const v = this.other(e, u);
        this.parent[v] = e;
        this.low[v] = count;
        this.next[v] = 0;
        path.push(v);
      }
    }
    return count;
  }

  /** What it would cost to make each tree edge longer: negative where that pays. */
  private cutValues(): void {
    const { tail, weight } = this.c;
    const order = Array.from({ length: this.n }, (_, v) => v).sort((a, b) => this.limit[a]! - this.limit[b]!);
    for (const v of order) {
      const up = this.parent[v]!;
      if (up < 0) continue;
      const isTail = tail[up] === v;
      let sum = weight[up]!;
      for (let k = this.from[v]!; k < this.from[v + 1]!; k++) {
        const e = this.at[k]!;
        if (e === up) continue;
        const along = (tail[e] === v) === isTail;
        sum += along ? weight[e]! : -weight[e]!;
        if (this.inTree[e] && this.parent[this.other(e, v)] === e) sum += along ? -this.cut[e]! : this.cut[e]!;
      }
      this.cut[up] = sum;
    }
  }

  private leaving(edges: readonly number[], place: number): number {
    let best = -1;
    let worst = -1e-9;
    let seen = 0;
    for (let k = 0; k < edges.length; k++) {
      const i = (place + k) % edges.length;
      if (this.cut[edges[i]!]! < worst) {
        worst = this.cut[edges[i]!]!;
        best = i;
        if (++seen >= CANDIDATES) break;
      }
    }
    return best;
  }

  /** The node at the lower end of a tree edge. */
  private child(e: number): number {
    return this.parent[this.c.tail[e]!] === e ? this.c.tail[e]! : this.c.head[e]!;
  }

  private below(v: number, top: number): boolean {
    return this.low[top]! <= this.limit[v]! && this.limit[v]! <= this.limit[top]!;
  }

  /** The tightest edge that crosses between the two parts the other way. */
  private entering(out: number): number {
    const top = this.child(out);
    const tailInside = top === this.c.tail[out];
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    const stack = [top];
    while (stack.length && least > 0) {
      const u = stack.pop()!;
      for (let k = this.from[u]!; k < this.from[u + 1]!; k++) {
        const e = this.at[k]!;
        const v = this.other(e, u);
        if (this.inTree[e]) {
          if (this.parent[v] === e) stack.push(v);
        } else if (
          !this.below(v, top) &&
          (tailInside ? this.c.head[e] : this.c.tail[e]) === u &&
          this.slack(e) < least
        ) {
          least = this.slack(e);
          best = e;
          if (least === 0) break;
        }
      }
    }
    return best;
  }

  private exchange(out: number, into: number): void {
    const { tail, head } = this.c;
    const top = this.child(out);
    const gap = this.slack(into);
    if (gap > 0) {
      const shift = this.below(head[into]!, top) ? -gap : gap;
      const stack = [top];
      while (stack.length) {
        const u = stack.pop()!;
        this.value[u]! += shift;
        for (const e of this.tree[u]!) {
          const v = this.other(e, u);
          if (this.parent[v] === e) stack.push(v);
        }
      }
    }
    const cost = this.cut[out]!;
    const from = Math.min(this.limit[tail[into]!]!, this.limit[head[into]!]!);
    const to = Math.max(this.limit[tail[into]!]!, this.limit[head[into]!]!);
    const climb = (start: number, isTail: boolean): number => {
      let v = start;
      while (!(this.low[v]! <= from && to <= this.limit[v]!)) {
        const e = this.parent[v]!;
        this.cut[e]! += (v === tail[e]) === isTail ? cost : -cost;
        v = this.other(e, v);
      }
      return v;
    };
    const meet = climb(tail[into]!, true);
    climb(head[into]!, false);
    this.cut[into] = -cost;
    this.cut[out] = 0;
    this.inTree[out] = 0;
    this.inTree[into] = 1;
    for (const v of [tail[out]!, head[out]!]) {
      const list = this.tree[v]!;
      list[list.indexOf(out)] = list.at(-1)!;
      list.pop();
    }
    this.tree[tail[into]!]!.push(into);
    this.tree[head[into]!]!.push(into);
    this.walk(meet, this.parent[meet]!, this.low[meet]!);
  }
}
