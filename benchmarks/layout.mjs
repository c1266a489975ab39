// Layout of real autograd graphs, ours against dagre's, in one run: node benchmarks/layout.mjs (after `npm ci` in js/).
// dagre overflows its stack on chain5000 and gpt10000. On lstm1900 it takes a minute and 4 GB, so there it only runs if asked
// to: node --max-old-space-size=8000 benchmarks/layout.mjs --slow
// And how far what is there moves, on average, with each node that streams in (without what all move in common).

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { crossings, graph } from "../js/test/graphs/load.mjs";

const near = createRequire(new URL("../js/package.json", import.meta.url));
const dagre = near("@dagrejs/dagre");
const { build } = await import(pathToFileURL(near.resolve("esbuild")));
const entry = new URL("../js/src/model/layout/index.ts", import.meta.url).pathname;
const bundle = await (build ?? near("esbuild").build)({ entryPoints: [entry], bundle: true, format: "esm", write: false });
const { layout } = await import(`data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].text).toString("base64")}`);

function byDagre({ nodes, edges }) {
  const g = new dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ rankdir: "TB", nodesep: 24, ranksep: 44 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const n of nodes) g.setNode(n.id, { width: n.width, height: n.height });
  for (const e of edges) g.setEdge(e.source, e.target, {}, e.id);
  dagre.layout(g);
  return crossings(g.edges().map((e) => g.edge(e).points));
}

function median(run, times) {
  const took = [];
  let result;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    result = run();
    took.push(performance.now() - start);
  }
  return [took.sort((a, b) => a - b)[times >> 1], result];
}

const slow = process.argv.includes("--slow");
console.log("graph        nodes  ours ms  dagre ms  dagre/ours  crossings ours/dagre");
for (const name of ["mlp60", "gpt1", "resnet500", "gpt2000", "lstm1900", "chain5000", "gpt10000"]) {
  const g = graph(name);
  const own = () => layout({ ...g, direction: "down" });
  own();
  const [ours, result] = median(own, 5);
  const without = ["chain5000", "gpt10000", ...(slow ? [] : ["lstm1900"])];
  const peer = without.includes(name) ? null : median(() => byDagre(g), name === "lstm1900" ? 1 : 3);
  const crossed = crossings([...result.edges.values()]);
  const row = [name.padEnd(12), String(g.nodes.length).padStart(5), ours.toFixed(1).padStart(8)];
  row.push(peer ? peer[0].toFixed(0).padStart(9) : "        –", peer ? (peer[0] / ours).toFixed(1).padStart(11) : "          –", `  ${crossed}/${peer ? peer[1] : "–"}`);
  console.log(row.join(" "));
}

/** px that a node moves, on average, when another comes. */
function motion({ nodes, edges, order }) {
  const byId = new Map(nodes.map((n) => [n.id, n]));
  const shown = [];
  const there = new Set();
  let previous;
  let [moved, count] = [0, 0];
  for (const id of order) {
    shown.push(byId.get(id));
    there.add(id);
    const seen = edges.filter((e) => there.has(e.source) && there.has(e.target));
    const at = layout({ nodes: shown, edges: seen, direction: "down", ...(previous && { previous }) }).nodes;
    const shifts = [...(previous ?? [])].map(([k, p]) => at.get(k).x - p.x).sort((a, b) => a - b);
    for (const shift of shifts) moved += Math.abs(shift - shifts[shifts.length >> 1]);
    count += shifts.length;
    previous = at;
  }
  return moved / count;
}

console.log("\ngraph        px a streamed node");
for (const name of ["mlp60", "gpt1"]) console.log(name.padEnd(12), motion(graph(name)).toFixed(1).padStart(8));
