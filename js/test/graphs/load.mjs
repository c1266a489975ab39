// Autograd graphs of real models (widths of the nodes, edges as flat pairs, the order in which they came into being), and
// how drawings of them are judged.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const HEIGHT = 26;

export function graph(name) {
  const { widths, edges, order } = JSON.parse(readFileSync(resolve(import.meta.dirname, `${name}.json`), "utf8"));
  const nodes = widths.map((width, i) => ({ id: String(i), width, height: HEIGHT }));
  const links = [];
  for (let i = 0; i < edges.length; i += 2)
    links.push({ id: `e${i / 2}`, source: String(edges[i]), target: String(edges[i + 1]) });
  return { nodes, edges: links, order: order.map(String) };
}

/** Crossings of the drawn lines, counted on the drawing itself; lines that share an end or a stretch do not cross there. */
export function crossings(lines) {
  const parts = [];
  for (const line of lines) {
    for (let i = 1; i < line.length; i++) {
      const [a, b] = line[i - 1].y <= line[i].y ? [line[i - 1], line[i]] : [line[i], line[i - 1]];
      parts.push({ a, b });
    }
  }
  const keyed = new Map(parts.map((p) => [[p.a.x, p.a.y, p.b.x, p.b.y].map(Math.round).join(), p])); // a shared stretch counts once
  const list = [...keyed.values()].sort((p, q) => p.a.y - q.a.y);
  const side = (p, q, r) => Math.sign((q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x));
  let count = 0;
  for (let i = 0; i < list.length; i++) {
    const p = list[i];
    for (let k = i + 1; k < list.length && list[k].a.y < p.b.y; k++) {
      const q = list[k];
      if (side(p.a, p.b, q.a) * side(p.a, p.b, q.b) < 0 && side(q.a, q.b, p.a) * side(q.a, q.b, p.b) < 0) count++;
    }
  }
  return count;
}
