// What dagre makes of the graphs, for comparison: `node test/graphs/dagre.mjs` writes dagre.json. The larger graphs are left
// out: it takes a minute and gigabytes for lstm1900, and overflows its stack on chain5000.

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import dagre from "@dagrejs/dagre";
import { crossings, graph } from "./load.mjs";

const out = {};
for (const name of ["mlp60", "gpt1", "resnet500", "gpt2000"]) {
  const { nodes, edges } = graph(name);
  const g = new dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ rankdir: "TB", nodesep: 24, ranksep: 44 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const n of nodes) g.setNode(n.id, { width: n.width, height: n.height });
  for (const e of edges) g.setEdge(e.source, e.target, {}, e.id);
  dagre.layout(g);
  out[name] = { crossings: crossings(g.edges().map((e) => g.edge(e).points)), width: Math.round(g.graph().width) };
  console.log(name, out[name]);
}
writeFileSync(resolve(import.meta.dirname, "dagre.json"), `${JSON.stringify(out, null, 2)}\n`);
