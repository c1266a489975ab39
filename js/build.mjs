// Bundle the picture into one ES module: the layout worker goes in as text, the style sheet too, so that it works from a
// notebook, a file:// page and a saved notebook alike. `--watch` builds on every change.

import { readFile } from "node:fs/promises";
import { context, build } from "esbuild";

const OUT = new URL("../gradwidget/static/widget.js", import.meta.url).pathname;
const COMMON = { bundle: true, minify: true, target: "es2022", legalComments: "none", logLevel: "warning" };

/** Text without what only people need. */
const squeeze = (css) => css.replace(/\/\*[^]*?\*\//g, "").replace(/\s+/g, " ").replace(/ ?([{};:,>]) ?/g, "$1").trim();

async function defines() {
  const worker = await build({ ...COMMON, entryPoints: ["src/host/worker.ts"], format: "iife", write: false });
  const css = await readFile(new URL("src/view/theme.css", import.meta.url), "utf8");
  return { __WORKER_SOURCE__: JSON.stringify(worker.outputFiles[0].text), __CSS__: JSON.stringify(squeeze(css)) };
}

async function options() {
  return { ...COMMON, entryPoints: ["src/host/index.ts"], format: "esm", outfile: OUT, define: await defines(), metafile: true };
}

if (process.argv.includes("--watch")) {
  await (await context(await options())).watch();
  console.log("watching");
} else {
  const result = await build(await options());
  console.log(`widget.js: ${Object.values(result.metafile.outputs)[0].bytes} bytes`);
}
