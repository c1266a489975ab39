// Layout of a graph with groups in it, a box around each. What stands in a group is laid out by itself, innermost first;
// then the group is one box for what is around it. A line that passes a border has a port there, for both sides.

import { type FlatNode, flat } from "./flat.ts";
import type { LayoutGroup, LayoutInput, LayoutResult, Point, Size } from "./index.ts";

const PAD = { side: 12, top: 28, bottom: 13 };

/** A piece of an edge, in one group: from a node, a group or a port to another. */
interface Part {
  readonly from: string;
  readonly to: string;
  /** What leads to the ports at its ends, if there are any: the edge's source. */
  readonly port: string;
}

interface Inside {
  readonly group: LayoutGroup | null;
  readonly depth: number;
  readonly nodes: FlatNode[];
  readonly parts: Map<string, Part>;
  /** Of its ports, by their ids: how far below its top. */
  readonly ports: Map<string, number>;
  result: LayoutResult | null;
  size: Size;
}

const topOf = (group: LayoutGroup): number => PAD.top + (group.top ?? 0);
const entry = (source: string): string => `<${source}`;
const exit = (source: string): string => `>${source}`;

export const nested = (input: LayoutInput): LayoutResult => new Nested(input).layout();

class Nested {
  private readonly insides = new Map<string, Inside>();
  private readonly within = new Map<string, string>();
  /** The parts of each edge, each with the group that it lies in. */
  private readonly ways = new Map<string, [string, string][]>();

  constructor(private readonly input: LayoutInput) {
    const known = new Map(input.groups!.map((g) => [g.id, g]));
    const inside = (id: string): Inside => {
      let found = this.insides.get(id);
      if (found) return found;
      const group = known.get(id) ?? null;
      const above = group ? this.known(group.within, known) : null;
      const depth = above === null ? 0 : inside(above).depth + 1;
      found = {
        group,
        depth,
        nodes: [],
        parts: new Map(),
        ports: new Map(),
        result: null,
        size: { width: 0, height: 0 },
      };
      this.insides.set(id, found);
      if (above !== null) this.within.set(id, above);
      return found;
    };
    inside("");
    for (const id of known.keys()) inside(id);
    for (const n of input.nodes) {
      const group = this.known(n.within, known);
      this.within.set(n.id, group);
      inside(group).nodes.push(n);
    }
    for (const e of input.edges) this.split(e.id, e.source, e.target);
  }

  private known(id: string | undefined, groups: ReadonlyMap<string, LayoutGroup>): string {
    return id !== undefined && groups.has(id) ? id : "";
  }

  /** An edge in parts: out of the groups around its source, between two boxes, into the groups around its target. */
  private split(id: string, source: string, target: string): void {
    if (!this.within.has(source) || !this.within.has(target)) return;
    let [a, b] = [source, target];
    let [up, down] = [this.within.get(a)!, this.within.get(b)!];
    const way: [string, string][] = [];
    const back: [string, string][] = [];
    const depth = (group: string): number => this.insides.get(group)!.depth;
    const climb = (): void => {
      way.push([up, this.part(up, a, exit(source), source)]);
      [a, up] = [up, this.within.get(up)!];
    };
    const dive = (): void => {
      back.push([down, this.part(down, entry(source), b, source)]);
      [b, down] = [down, this.within.get(down)!];
    };
    while (depth(up) > depth(down)) climb();
    while (depth(down) > depth(up)) dive();
    while (up !== down) {
      climb();
      dive();
    }
    if (a !== b) way.push([up, this.part(up, a, b, source)]);
    this.ways.set(id, [...way, ...back.reverse()]);
  }

  private part(group: string, from: string, to: string, port: string): string {
    const { parts, nodes, ports } = this.insides.get(group)!;
    const id = `${from} ${to} ${port}`;
    if (!parts.has(id)) {
      parts.set(id, { from, to, port });
      for (const [end, place] of [
        [from, "first"],
        [to, "last"],
      ] as const) {
        if (end !== entry(port) && end !== exit(port)) continue;
        if (!ports.has(end)) nodes.push({ id: end, width: 0, height: 2, end: place });
        ports.set(end, 0);
      }
    }
    return id;
  }

  layout(): LayoutResult {
    const order = [...this.insides].sort((x, y) => y[1].depth - x[1].depth);
    for (const [id, inside] of order) {
      const { nodes, result } = this.laidOut(inside);
      inside.result = result;
      if (!inside.group) continue;
      const width = Math.max(result.width + 2 * PAD.side, inside.group.width ?? 0);
      const top = topOf(inside.group);
      inside.size = { width, height: result.height + top + PAD.bottom };
      for (const n of nodes) if (n.end) inside.ports.set(n.id, result.nodes.get(n.id)!.y + top);
      this.insides.get(this.within.get(id)!)!.nodes.push({ id, ...inside.size });
    }
    return this.assembled(order.reverse());
  }

  private laidOut({ nodes, parts }: Inside): { nodes: readonly FlatNode[]; result: LayoutResult } {
    const offset = (end: string, port: string): number => {
      const group = this.insides.get(end);
      return group ? group.ports.get(port)! - group.size.height / 2 : 0;
    };
    const edges = [...parts].map(([id, { from, to, port }]) => ({
      id,
      source: from,
      target: to,
      sourceOffset: offset(from, exit(port)),
      targetOffset: offset(to, entry(port)),
    }));
    const { previous, settle } = this.input;
    return { nodes, result: flat({ nodes, edges, ...(previous ? { previous } : {}), ...(settle ? { settle } : {}) }) };
  }

  /** Everything at its place in the whole drawing; `order`: groups, each after what it stands in. */
  private assembled(order: readonly [string, Inside][]): LayoutResult {
    const nodes = new Map<string, Point>();
    const frames = new Map<string, Size>();
    const origin = new Map<string, Point>([["", { x: 0, y: 0 }]]);
    let crossings = 0;
    for (const [id, { group, size, result }] of order) {
      if (group) {
        const centre = nodes.get(id)!;
        origin.set(id, { x: centre.x - size.width / 2 + PAD.side, y: centre.y - size.height / 2 + topOf(group) });
        frames.set(id, size);
      }
      const { x, y } = origin.get(id)!;
      for (const [node, at] of result!.nodes)
        if (this.within.get(node) === id) nodes.set(node, { x: at.x + x, y: at.y + y });
      crossings += result!.crossings;
    }
    const edges = new Map<string, Point[]>();
    for (const [id, way] of this.ways) {
      const line: Point[] = [];
      for (const [group, part] of way) {
        const { x, y } = origin.get(group)!;
        const points = this.insides.get(group)!.result!.edges.get(part);
        for (const p of points ?? []) {
          const last = line.at(-1);
          const at = { x: p.x + x, y: p.y + y };
          if (last && Math.abs(last.x - at.x) < 0.5 && Math.abs(last.y - at.y) < 0.5) continue;
          line.push(at);
        }
      }
      if (line.length > 1) edges.set(id, line);
    }
    const { width, height } = this.insides.get("")!.result!;
    return { nodes, edges, frames, width, height, crossings };
  }
}
