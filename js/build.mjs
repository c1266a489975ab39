// Bundle the picture into one ES module: the layout engine goes in as a function, the style sheet as text, so that it works
// from a notebook, a file:// page and a saved notebook alike. `--watch` builds on every change.

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
        format: "iife",
        globalName: "made",
        mangleProps: /^[a-z]\w+$/,
        reserveProps: new RegExp(`^(${[...spoken].filter((name) => /^\w+$/.test(name)).join("|")})$`),
        metafile: true,
        write: false,
      });
      const contents = `export const engine = () => { ${outputFiles[0].text}; return made.layout; }`;
      return { contents, watchFiles: Object.keys(metafile.inputs) };
    }),
};

/** Fields that only their own class speaks of: `this.name`, and nothing else of that name anywhere. They get short names. */
async function ownFields() {
  const files = (await readdir("src", { recursive: true })).filter((f) => f.endsWith(".ts"));
  const texts = await Promise.all(files.map((f) => readFile(`src/${f}`, "utf8")));
  const code = texts.join("\n").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  const count = (pattern) => code.match(new RegExp(pattern, "g"))?.length ?? 0;
  const names = new Set(Array.from(code.matchAll(/\bprivate (?:readonly |async )?(\w+)/g), (found) => found[1]));
  const only = [...names].filter(
    (name) => count(`\\b${name}\\b`) === count(`(\\bthis\\.|\\bprivate (readonly |async )?)${name}\\b`),
  );
  return new RegExp(`^(${only.join("|")})$`);
}

async function defines() {
  const css = await readFile(new URL("src/view/theme.css", import.meta.url), "utf8");
  return { __CSS__: JSON.stringify(squeeze(css).replaceAll(".gradwidget", "§")) };
}

async function options() {
  return {
    ...COMMON,
    entryPoints: ["src/host/index.ts"],
    format: "esm",
    outfile: OUT,
    define: await defines(),
    mangleProps: await ownFields(),
    plugins: [engine],
    metafile: true,
  };
}

if (process.argv.includes("--watch")) {
  const bundle = await options();
  await (await context(bundle)).watch();
  const page = {
    ...bundle,
    entryPoints: ["src/host/gallery.ts"],
    outfile: "gallery/out/gallery.js",
    loader: { ".jsonl": "text" },
    minify: false,
  };
  const gallery = await context(page);
  await gallery.watch();
  const { port } = await gallery.serve({ servedir: "gallery", host: "127.0.0.1" });
  console.log(`gallery: port ${port} of this machine; every change is built`);
} else {
  const result = await build({ ...(await options()), write: false });
  const [made] = result.outputFiles;
  // every widget in a saved notebook carries this text: a second look takes another 1.5 % off it
  const { code } = await minify(made.text, {
    module: true,
    ecma: 2022,
    compress: { passes: 3, unsafe: true, unsafe_arrows: true },
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
