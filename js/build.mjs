// Bundle the picture into one ES module: the layout engine goes in as a function, the style sheet as text, so that it works
// from a notebook, a file:// page and a saved notebook alike. `--watch` builds on every change; `--gallery` builds the gallery alone.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { build, context } from "esbuild";
import { minify } from "terser";

const OUT = new URL("../gradwidget/static/widget.js", import.meta.url).pathname;
const COMMON = {
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
  logLevel: "warning",
};

/** Text without what only people need. */
const squeeze = (css) =>
  css
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};:,>]) ?/g, "$1")
    .replaceAll(";}", "}")
    .replace(/="(\w+)"]/g, "=$1]")
    .trim();

/** Every name that the language itself gives a property. */
function builtIn() {
  const found = new Set(["next", "done", "value", "return"]);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const value = name.endsWith("Storage") ? null : globalThis[name]; // those two warn when they are looked at
    for (const o of [value, value?.prototype])
      if (o) for (const property of Object.getOwnPropertyNames(o)) found.add(property);
  }
  return found;
}

/** Puts the layout engine, bundled, into the body of the function that src/host/engine.ts stands for. */
const engine = {
  name: "engine",
  setup: (builder) =>
    builder.onLoad({ filter: /\/host\/engine\.ts$/ }, async () => {
      const source = "src/model/layout/index.ts";
      // its own fields get short names: all but those that it is given, answers with, or has from the language
      const spoken = new Set([...builtIn(), ...(await readFile(source, "utf8")).match(/\w+/g)]);
      const { outputFiles, metafile } = await build({
        ...COMMON,
        entryPoints: [source],
        format: "esm",
        mangleProps: /^[a-z]\w+$/,
        reserveProps: new RegExp(`^(${[...spoken].filter((name) => /^\w+$/.test(name)).join("|")})$`),
        metafile: true,
        write: false,
      });
      const body = outputFiles[0].text.replace(/export\s*\{\s*(\w+) as layout\s*\};?\s*$/, "return $1;");
      const contents = `export const engine = () => { ${body} }`;
      return { contents, watchFiles: Object.keys(metafile.inputs) };
    }),
};

/** Files whose fields Python or a file says too. */
const SPOKEN = ["model/events", "model/blocks", "model/columns", "model/predict", "view/options"];
/** ... what is said to the kernel and heard from it, and what a page calls. */
const HEARD =
  "snapshot options svg type first count label reason number answers about question step language key title text advice fix ids source line model el signal render mountReplay";

/**
 * The properties that nobody but the bundle speaks of, which get short names: every name in src but those that the language,
 * the browser, Python or an element has, and those that stand in a text, by which a property may be looked up.
 */
async function ownNames() {
  const read = async (folder, which) => {
    const files = (await readdir(folder, { recursive: true })).filter((f) => which.test(f) && f.endsWith(".ts"));
    const texts = await Promise.all(files.map((f) => readFile(`${folder}/${f}`, "utf8")));
    return texts.join("\n").replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/ .*/g, "");
  };
  const code = await read("src", /\.ts$/);
  const all = (text, pattern) =>
    Array.from(text.matchAll(pattern), (found) => found.slice(1).find(Boolean) ?? found[0]);
  const taken = [
    ...all(
      await read("node_modules/@typescript", /\blib\.(dom|es)[^/]*\.d\.ts$/),
      /^\s+(?:readonly |[gs]et )?(\w+)\??[:(<]/gm,
    ),
    await read("src", new RegExp(`^(${SPOKEN.join("|")})`)),
    ...all(code, /\b[hs]\(\s*"[^(){}]*?,\s*(\{[^}]*\})/g),
    ...all(code, /"[^"\n]*"|`[^`\n]*`/g),
    ...all(code, /dataset\.(\w+)/g),
    HEARD,
  ];
  const known = new Set(taken.join(" ").match(/\w+/g));
  const parts = all(code, /(\w+)\$\{/g); // of `by_${unit}`
  const free = (name) => !known.has(name) && !parts.some((part) => name.startsWith(part));
  // and fields of which only their own class speaks: `this.name`, and nothing else of that name
  const count = (pattern) => all(code, new RegExp(pattern, "g")).length;
  const inner = (name) => count(`\\b${name}\\b`) === count(`(\\bthis\\.|\\bprivate (readonly |async )?)${name}\\b`);
  const names = [
    ...all(code, /\b[a-z]\w+/g).filter(free),
    ...all(code, /\bprivate (?:readonly |async )?(\w+)/g).filter(inner),
  ];
  return new RegExp(`^(${[...new Set(names)].join("|")})$`);
}

/** Text with signs for what is repeated in it, the most costly first, and what each stands for. */
function packed(text) {
  const signs = [];
  for (const sign of "ABCDEFGHIJKLMNOPQRSTUVWXYZ~^?$!&|<+")
    if (!text.includes(sign)) {
      const counts = new Map();
      for (const length of [4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 24])
        for (let at = 0; at + length <= text.length; at++) {
          const part = text.slice(at, at + length);
          counts.set(part, (counts.get(part) ?? 0) + 1);
        }
      const gain = ([part, count]) => (count - 1) * (part.length - 1);
      const [long] = [...counts].reduce((best, each) => (gain(each) > gain(best) ? each : best));
      signs.push([sign, long]);
      text = text.replaceAll(long, sign);
    }
  return [text, signs];
}

async function defines() {
  const css = await readFile(new URL("src/view/theme.css", import.meta.url), "utf8");
  return { __CSS__: JSON.stringify(packed(squeeze(css))) };
}

async function options() {
  return {
    ...COMMON,
    entryPoints: ["src/host/index.ts"],
    format: "esm",
    outfile: OUT,
    define: await defines(),
    mangleProps: await ownNames(),
    plugins: [engine],
    metafile: true,
  };
}

const bundle = await options();
const page = {
  ...bundle,
  entryPoints: ["src/host/gallery.ts"],
  outfile: "gallery/out/gallery.js",
  loader: { ".jsonl": "text" },
  minify: false,
};

if (process.argv.includes("--gallery")) await build(page);
else if (process.argv.includes("--watch")) {
  await (await context(bundle)).watch();
  const gallery = await context(page);
  await gallery.watch();
  const { port } = await gallery.serve({ servedir: "gallery", host: "127.0.0.1" });
  console.log(`gallery: port ${port} of this machine; every change is built`);
} else {
  const result = await build({ ...bundle, write: false });
  const [made] = result.outputFiles;
  // every widget in a saved notebook carries this text: a second look takes another 1.5 % off it
  const { code } = await minify(made.text, {
    module: true,
    ecma: 2022,
    compress: { passes: 3, hoist_funs: true, pure_getters: true, unsafe: true, unsafe_arrows: true },
  });
  await mkdir(new URL(".", `file://${OUT}`), { recursive: true });
  await writeFile(OUT, code);
  if (process.argv.includes("--sizes"))
    for (const [f, i] of Object.entries(Object.values(result.metafile.outputs)[0].inputs).sort(
      (a, b) => b[1].bytesInOutput - a[1].bytesInOutput,
    ))
      console.log(i.bytesInOutput, f);
  console.log(`widget.js: ${Buffer.byteLength(code)} bytes`);
}
