// The question above a picture that hides something: tensors are chosen by clicks on their cards or their names, and "check"
// compares with the trace and shows everything. Answers stay in the page: nothing is sent anywhere.

import { type Candidate, candidates, hidden, type Question, questionsOf } from "../model/predict.ts";
import type { State } from "../model/state.ts";
import { h } from "./dom.ts";
import type { Words } from "./words.ts";

interface Answer {
  readonly picked: readonly number[];
  readonly checked: boolean;
}

const NONE: Answer = { picked: [], checked: false };
const remembered = new Map<string, Answer>(); // where the browser keeps nothing for a page

function recall(id: string): Answer {
  try {
    const kept = sessionStorage.getItem(`gradwidget ${id}`);
    if (kept) return { ...NONE, ...JSON.parse(kept) };
  } catch {
    // a page without storage of its own
  }
  return remembered.get(id) ?? NONE;
}

function remember(id: string, answer: Answer): void {
  remembered.set(id, answer);
  try {
    sessionStorage.setItem(`gradwidget ${id}`, JSON.stringify(answer));
  } catch {
    // then it is forgotten when the page goes
  }
}

export class PredictView {
  readonly element = h("div", { class: "predict", "data-role": "predict", hidden: true });
  private questions: readonly Question[] = [];

  constructor(
    private readonly words: Words,
    private readonly at: (step: number) => State,
    private readonly root: () => HTMLElement,
    private readonly redraw: () => void,
  ) {}

  /** Ask these, one after the other. */
  ask(option: unknown): void {
    this.questions = questionsOf(option);
  }

  /** The question that is open, or else the last one. */
  private get question(): Question | undefined {
    return this.questions.find((q) => !recall(q.id).checked) ?? this.questions.at(-1);
  }

  /** A state as it may be shown now. */
  mask(state: State): State {
    const q = this.question;
    if (!q || recall(q.id).checked || state.step <= q.begin) return state;
    return hidden(state, this.at(q.begin), q.what);
  }

  /** A mark was clicked; whether that was an answer. */
  pick(id: string | null): boolean {
    const q = this.question;
    if (!q || !id?.startsWith("t") || recall(q.id).checked) return false;
    const tensor = Number(id.slice(1));
    if (!this.candidates(q).some((c) => c.tensor === tensor)) return false;
    this.toggle(q, tensor);
    return true;
  }

  private toggle(q: Question, tensor: number): void {
    const { picked } = recall(q.id);
    const now = picked.includes(tensor) ? picked.filter((t) => t !== tensor) : [...picked, tensor];
    remember(q.id, { picked: now, checked: false });
    this.redraw();
  }

  private candidates(q: Question): Candidate[] {
    return candidates(this.at(q.end ?? Number.MAX_SAFE_INTEGER), this.at(q.begin), q);
  }

  /** Draw the question, and mark the chosen cards. */
  show(): void {
    const q = this.question;
    const root = this.root();
    this.element.hidden = !q;
    if (!q) {
      delete root.dataset.hides;
      return;
    }
    const { picked, checked } = recall(q.id);
    if (checked) delete root.dataset.hides;
    else root.dataset.hides = q.what;
    const all = this.candidates(q);
    const kind = (c: Candidate): string => {
      const chosen = picked.includes(c.tensor);
      if (!checked) return chosen ? "picked" : "";
      return chosen ? (c.right ? "right" : "wrong") : c.right ? "missed" : "";
    };
    const focused = this.element.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset.key
      : undefined;
    const w = this.words;
    const names = all.map((c) => {
      const sign = { right: "✓ ", wrong: "✗ ", missed: "○ ", picked: "", "": "" }[kind(c)];
      const element = h(
        "button",
        {
          type: "button",
          class: kind(c),
          "aria-pressed": picked.includes(c.tensor) ? "true" : "false",
          disabled: checked,
          "data-key": c.tensor,
        },
        `${sign}${c.name}`,
      );
      element.addEventListener("click", () => this.toggle(q, c.tensor));
      return element;
    });
    const act = h("button", { type: "button", class: "act", "data-key": "act" }, checked ? w.again : w.check);
    act.addEventListener("click", () => {
      remember(q.id, checked ? NONE : { picked, checked: true });
      this.redraw();
    });
    const text = q.text || w[`predict_${q.what}`].replace("{}", q.of);
    this.element.replaceChildren(
      h("p", {}, h("b", {}, `${w.predict} `), text, h("span", { class: "soft" }, ` ${checked ? "" : w.how}`)),
      h("div", { class: "choices", role: "group", "aria-label": text }, ...names, act),
      h("p", { class: "said", role: "status" }, checked ? this.verdict(all, picked) : ""),
    );
    if (focused) this.element.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus();
    const kinds = new Map(all.map((c) => [String(c.tensor), kind(c)]));
    for (const mark of root.querySelectorAll<SVGElement>('[data-kind="tensor"]')) {
      for (const k of ["picked", "right", "wrong", "missed"])
        mark.classList.toggle(k, kinds.get(mark.dataset.id ?? "") === k);
    }
  }

  private verdict(all: readonly Candidate[], picked: readonly number[]): string {
    const w = this.words;
    const wrong = all.filter((c) => picked.includes(c.tensor) && !c.right).map((c) => c.name);
    const missed = all.filter((c) => !picked.includes(c.tensor) && c.right).map((c) => c.name);
    if (!wrong.length && !missed.length) return w.right;
    return [
      missed.length ? w.missed.replace("{}", missed.join(w.comma)) : "",
      wrong.length ? w.wrong.replace("{}", wrong.join(w.comma)) : "",
    ].join(" ");
  }
}
