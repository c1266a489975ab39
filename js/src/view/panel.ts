// The facts of what is selected, and, where something went wrong, what and by whom.

import type { Differences, Says } from "../model/compare.ts";
import { staleOf } from "../model/scene/index.ts";
import type { OpState, State, TensorState } from "../model/state.ts";
import { bytesText, gridOf, shapeText } from "../model/values.ts";
import { h } from "./dom.ts";
import { inspected } from "./inspect.ts";
import type { Words } from "./words.ts";

type Row = [string, Node | string | null | undefined];

export class PanelView {
  readonly element = h("aside", { class: "panel", "data-role": "panel" });

  constructor(
    private readonly words: Words,
    private readonly select: (id: string) => void,
  ) {}

  /** Whether there is anything to show. */
  show(state: State, selected: string | null, differs?: Differences): boolean {
    const parts = [
      ...this.trouble(state),
      ...this.facts(state, selected),
      ...this.beside(differs?.get(selected ?? "")),
    ];
    this.element.replaceChildren(...(parts.length ? parts : [h("p", { class: "soft" }, this.words.nothing)]));
    return parts.length > 0;
  }

  /** What the picture beside this one says instead. */
  private beside(says: Says | undefined): Node[] {
    if (!says) return [];
    const rows = Object.entries(says).map(([what, text]): Row => [this.words[what as keyof Words], text || "–"]);
    return [h("h3", { class: "differs" }, `≠ ${rows.length ? this.words.differs : this.words.only}`), this.list(rows)];
  }

  // ---- what went wrong

  private trouble(state: State): Node[] {
    const w = this.words;
    const backward = [...state.backwards.values()].at(-1);
    const failed = backward?.error ? backward : null;
    const hurt = failed?.failed != null ? state.nodes.get(failed.failed)?.op : null;
    const op =
      hurt != null ? state.ops.get(hurt) : [...state.ops.values()].reverse().find((o) => staleOf(state, o).length > 0);
    if (!failed && !op) return this.errors(state);
    const out: Node[] = [h("h3", {}, failed ? w.failed : w.overwritten)];
    const stale = op ? this.staleAt(state, op) : null;
    if (op && stale) {
      const writer = lastWriter(state, stale.counter, stale.version);
      out.push(
        this.list([
          [w.at, nodeName(state, op) || op.name],
          [w.needs, `${stale.name} ${w.asItWas} ${stale.version}`],
          [w.found, h("span", { class: "bad" }, `${w.version} ${stale.now}`)],
          [w.writtenBy, writer ? this.lineOf(state, writer.source) : null],
        ]),
        h(
          "div",
          { class: "why" },
          h("b", {}, w.why),
          h("p", {}, `${nodeName(state, op) || op.name} ${w.whyStale}`),
          h("p", {}, h("b", {}, `${w.fix} `), w.fixStale),
        ),
      );
    }
    if (failed) out.push(h("p", { class: "bad said" }, failed.error!));
    return out;
  }

  private staleAt(state: State, op: OpState): { name: string; version: number; now: number; counter: number } | null {
    for (const id of op.nodes) {
      for (const [field, tensor, storage, counter, version] of state.nodes.get(id)?.saved ?? []) {
        const now = state.counters.get(counter) ?? 0;
        if (now <= version) continue;
        const own = tensor ?? op.outputs.find((t) => state.tensors.get(t)?.storage === storage) ?? null;
        return { name: (own === null ? "" : state.tensors.get(own)?.names[0]) || field, version, now, counter };
      }
    }
    return null;
  }

  private errors(state: State): Node[] {
    const last = state.problems.at(-1);
    return last && last.index >= state.step - 3
      ? [h("h3", {}, this.words.error), h("p", { class: "bad" }, last.text)]
      : [];
  }

  // ---- facts

  private facts(state: State, selected: string | null): Node[] {
    if (!selected) return [];
    const id = Number(selected.slice(1));
    if (selected.startsWith("t")) {
      const t = state.tensors.get(id);
      return t ? this.tensor(state, t) : [];
    }
    if (selected.startsWith("o")) {
      const op = state.ops.get(id);
      return op ? this.op(state, op) : [];
    }
    const storage = state.storages.get(id);
    if (!storage) return [];
    return [
      h("h3", {}, `${this.words.storage} #${id}`),
      this.list([
        [this.words.bytes, bytesText(storage.bytes)],
        [this.words.device, storage.device + (storage.simulated ? ` (${this.words.simulated})` : "")],
        [
          this.words.kept,
          [...state.nodes.values()]
            .filter((n) => n.alive && !n.released && n.saved.some((saved) => saved[2] === id))
            .map((n) => n.name)
            .join(", "),
        ],
      ]),
    ];
  }

  private tensor(state: State, t: TensorState): Node[] {
    const w = this.words;
    const storage = state.storages.get(t.storage);
    const twins = [...state.tensors.values()].filter(
      (o) => o.storage === t.storage && o.id !== t.id && o.alive && o.role !== "grad",
    );
    const shared = twins.map((o) => o.names[0] ?? shapeText(o.shape)).slice(0, 4);
    const node = t.node === null ? null : state.nodes.get(t.node);
    const grad = t.grad === null ? null : state.tensors.get(t.grad);
    const op = t.op === null ? undefined : state.ops.get(t.op);
    const uncounted = twins.some((o) => o.counter !== t.counter);
    const gradGrid = grad ? gridOf(grad, state.storages.get(grad.storage)) : null;
    const gradText = grad ? (gradGrid ? null : shapeText(grad.shape)) : t.leaf || !t.requires_grad ? "None" : w.notLeaf;
    const rows: Row[] = [
      [
        w.storage,
        `#${t.storage} · ${bytesText(storage?.bytes ?? 0)}${shared.length ? ` · ${w.shared} ${shared.join(", ")}` : ""}`,
      ],
      [w.shape, `${shapeText(t.shape)} ${w.stride} ${shapeText(t.stride)} ${w.offset} ${t.offset}`],
      [w.dtype, t.dtype],
      storage && storage.device !== "cpu"
        ? [w.device, storage.device + (storage.simulated ? ` (${w.simulated})` : "")]
        : ["", null],
      [w.version, `${state.counters.get(t.counter) ?? 0}${uncounted ? ` · ${w.trap}` : ""}`],
      [w.isLeaf, t.leaf ? "True" : "False"],
      [w.requires, t.requires_grad ? "True" : "False"],
      [w.gradFn, node ? node.name : "None"],
      t.base === null ? ["", null] : [w.base, this.tensorLink(state, t.base)],
      [w.line, this.lineOf(state, op?.source ?? null)],
      [w.grad, gradText],
    ];
    const out: Node[] = [
      h("h3", {}, `${w.selected}: ${t.names.join(", ") || op?.name || "tensor"}${t.alive ? "" : ` (${w.gone})`}`),
      this.list(rows),
    ];
    const grid = gridOf(t, storage);
    const sides = [
      grid && inspected(w.values, grid, t.dtype, t.thumb),
      gradGrid && inspected(w.grad, gradGrid, grad!.dtype, grad!.thumb),
    ];
    return [...out, h("div", { class: "sides" }, ...sides)];
  }

  private op(state: State, op: OpState): Node[] {
    const w = this.words;
    const nodes = op.nodes.map((n) => state.nodes.get(n)!).filter((n) => n.variable === null);
    const saved = nodes.flatMap((n) =>
      n.saved.map(([field, tensor, storage, counter, version]) => {
        const now = state.counters.get(counter) ?? 0;
        const name = tensor === null ? `#${storage}` : (state.tensors.get(tensor)?.names[0] ?? `#${storage}`);
        const text = `${field} = ${name} @ v${version}${n.released ? ` (${w.freed})` : now > version ? ` ≠ v${now}` : ""}`;
        return h("div", now > version && !n.released ? { class: "bad" } : {}, text);
      }),
    );
    const order = state.backwards.size
      ? [...state.backwards.values()].at(-1)!.ran.findIndex((n) => op.nodes.includes(n))
      : -1;
    return [
      h("h3", {}, `${w.selected}: ${op.name}`),
      this.list([
        [w.args, op.args || null],
        [w.gradFn, nodes.map((n) => n.name).join(", ") || "None"],
        [w.savedTensors, saved.length ? h("div", {}, ...saved) : null],
        [w.bytes, nodes.length ? bytesText(nodes.reduce((sum, n) => sum + (n.released ? 0 : n.bytes), 0)) : null],
        [
          w.next,
          nodes.flatMap((n) => n.edges.map((e) => (e ? (state.nodes.get(e[0])?.name ?? "") : "None"))).join(", ") ||
            null,
        ],
        [w.ranAs, order >= 0 ? String(order + 1) : null],
        [w.line, this.lineOf(state, op.source)],
      ]),
    ];
  }

  private list(rows: readonly Row[]): HTMLElement {
    const list = h("dl");
    for (const [name, value] of rows)
      if (value !== null && value !== undefined && value !== "") list.append(h("dt", {}, name), h("dd", {}, value));
    return list;
  }

  private tensorLink(state: State, id: number): HTMLElement {
    const t = state.tensors.get(id);
    const element = h("button", { type: "button" }, t?.names[0] ?? `t${id}`);
    element.addEventListener("click", () => this.select(`t${id}`));
    return element;
  }

  private lineOf(state: State, source: number | null): Node | null {
    const at = source === null ? undefined : state.sources.get(source);
    if (!at) return null;
    const where = at.cell !== null ? `[${at.cell}] ${at.line}` : `${at.file ? `${at.file}:` : ""}${at.line}`;
    return h("span", {}, h("code", {}, at.text), ` · ${where}`);
  }
}

function nodeName(state: State, op: OpState): string {
  return op.nodes.map((n) => state.nodes.get(n)!).find((n) => n?.variable === null)?.name ?? "";
}

/** The op that ticked a counter past a version, first of all. */
function lastWriter(state: State, counter: number, version: number): OpState | null {
  for (const op of state.ops.values()) if (op.writes.some((w) => w[1] === counter && w[3] === version + 1)) return op;
  return null;
}
