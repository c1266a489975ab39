// Why: what Python answers about the tensor that is selected, and about what went wrong. A kernel is asked while there is
// one; a saved page brings answers along, as things stood at its end.

import type { State } from "../model/state.ts";
import { h } from "./dom.ts";
import type { Words } from "./words.ts";

export interface Answer {
  readonly key: string;
  readonly title: string;
  readonly text: string;
  readonly advice: string;
  /** Code. */
  readonly fix: string;
  /** Marks, the most important first: "t3", "o4", "n5", "s6". */
  readonly ids: readonly string[];
  readonly source: { readonly line: number; readonly text: string } | null;
}

/** Ask about "t3" (a tensor) or "p7" (the problem at event 7), as things stood after so many events. */
export type Ask = (about: string, question: string, step: number) => Promise<readonly Answer[]>;

const QUESTIONS = ["grad", "requires_grad", "backward", "memory", "write", "alive", "unchanged", "rewired"] as const;
const MOST = 4; // problems listed
const LONG = 90; // characters of one

export class WhyView {
  readonly element = h("section", { class: "answers", "data-role": "why" });
  /** How a kernel is asked; null where there is none. */
  ask: Ask | null = null;
  /** What a saved page knows. */
  known: Readonly<Record<string, readonly Answer[]>> = {};
  private about = ""; // what the answers shown are about
  private selected: string | null = null;
  private shown = "";
  private state: State | null = null;
  private readonly list = h("div", { "aria-live": "polite" });

  constructor(
    private readonly words: Words,
    private readonly select: (id: string) => void,
  ) {}

  show(state: State, selected: string | null): void {
    const problems = state.problems.filter((p) => p.key !== "recorder").slice(-MOST);
    const key = `${selected}|${state.step}|${problems.length}|${this.ask === null}`;
    if (key === this.shown) return;
    this.shown = key;
    this.state = state;
    const tensor = selected?.startsWith("t") ? selected : null;
    if (selected !== this.selected) {
      this.selected = selected;
      this.about = "";
      this.list.replaceChildren();
    }
    const parts = problems.map((p) => this.problem(p, state));
    if (tensor && this.ask) parts.push(this.questions(tensor, state.step));
    this.element.replaceChildren(...parts, this.list);
    if (tensor && !this.ask && !this.about) this.answer(tensor, "", state.step);
    this.element.hidden = !problems.length && !tensor;
  }

  /** A problem, to be asked about; that selects what it hurt. */
  private problem(p: State["problems"][number], state: State): HTMLElement {
    const about = `p${p.index}`;
    const line = p.source === null ? undefined : state.sources.get(p.source)?.line;
    const said = this.known[about]?.[0]?.title ?? p.text.split("\n")[0]!;
    const text = `${said.length > LONG ? `${said.slice(0, LONG)}…` : said}${line ? ` · ${line}` : ""}`;
    return this.button(text, "problem", () => {
      const first = p.tensors.find((t) => state.tensors.has(t));
      if (first !== undefined) this.selected = `t${first}`;
      this.answer(about, "", state.step);
      if (first !== undefined) this.select(`t${first}`);
    });
  }

  private questions(tensor: string, step: number): HTMLElement {
    const w = this.words;
    return h(
      "div",
      { class: "asks", role: "group", "aria-label": w.why },
      this.button(`${w.why}?`, "ask", () => this.answer(tensor, "", step)),
      ...QUESTIONS.map((q) => this.button(w[`ask_${q}`], "ask", () => this.answer(tensor, q, step))),
    );
  }

  private answer(about: string, question: string, step: number): void {
    this.about = about;
    const given = this.known[about];
    if (!this.ask) this.fill(given ?? []);
    else {
      this.list.replaceChildren(h("p", { class: "soft" }, "…"));
      this.ask(about, question, step).then(
        (found) => this.about === about && this.fill(found),
        () => this.about === about && this.fill([]),
      );
    }
  }

  private fill(answers: readonly Answer[]): void {
    const w = this.words;
    this.list.replaceChildren(
      ...answers.map((a) =>
        h(
          "div",
          { class: "why", "data-key": a.key },
          h("b", {}, a.title),
          h("p", {}, a.text),
          a.source && h("p", {}, "→ ", h("code", {}, `${a.source.line}${a.source.text && ": "}${a.source.text}`)),
          a.advice && h("p", {}, h("b", {}, `${w.fix}: `), a.advice),
          a.fix && h("pre", {}, a.fix),
          this.marks(a),
        ),
      ),
    );
  }

  /** What an answer speaks of, to be gone to. */
  private marks(a: Answer): HTMLElement | null {
    const ids = a.ids.filter((id) => /^[to]\d+$/.test(id)).slice(0, 6);
    const buttons = ids.map((id) => this.button(this.label(id), "", () => this.select(id)));
    return ids.length ? h("p", { class: "marks" }, ...buttons) : null;
  }

  private label(id: string): string {
    const n = Number(id.slice(1));
    const name = id[0] === "t" ? this.state?.tensors.get(n)?.names[0] : this.state?.ops.get(n)?.name;
    return name || id;
  }

  private button(text: string, name: string, press: () => void): HTMLButtonElement {
    const element = h("button", { type: "button", class: name }, text);
    element.addEventListener("click", press);
    return element;
  }
}
