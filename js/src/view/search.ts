// A field to find a mark by its name: / opens it, Enter goes to the next one, Shift+Enter back, Escape closes it.

import { button, h, SIGNS } from "./dom.ts";
import type { Words } from "./words.ts";

export interface SearchHooks {
  find(query: string): readonly string[];
  /** Show a mark, whatever hides it. */
  go(id: string): void;
  closed(): void;
}

export class SearchView {
  readonly element: HTMLElement;
  private readonly field: HTMLInputElement;
  private readonly count = h("span", { class: "count", role: "status" });
  private found: readonly string[] = [];
  private at = -1;

  constructor(
    words: Words,
    private readonly hooks: SearchHooks,
  ) {
    this.field = h("input", {
      type: "text",
      "aria-label": words.search,
      placeholder: words.search,
      spellcheck: "false",
    });
    this.element = h(
      "div",
      { class: "search", role: "search", hidden: true, "data-own-drag": "" },
      this.field,
      this.count,
      button(SIGNS.back, words.previous, () => this.step(-1)),
      button(SIGNS.forward, words.next_match, () => this.step(1)),
      button(SIGNS.close, words.close, () => this.close()),
    );
    this.field.addEventListener("input", () => this.look());
    this.element.addEventListener("click", (event) => event.stopPropagation());
    this.element.addEventListener("dblclick", (event) => event.stopPropagation());
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      else if (event.key === "Enter" && event.target === this.field) this.step(event.shiftKey ? -1 : 1);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  open(): void {
    this.element.hidden = false;
    this.field.focus();
    this.field.select();
  }

  private close(): void {
    this.element.hidden = true;
    this.hooks.closed();
  }

  /** What is typed may be found elsewhere now. */
  private look(): void {
    this.found = this.hooks.find(this.field.value);
    this.at = -1;
    this.show();
  }

  private step(by: number): void {
    this.found = this.hooks.find(this.field.value); // the picture may have moved on
    const n = this.found.length;
    this.at = n ? (Math.max(this.at, by < 0 ? 0 : -1) + by + n) % n : -1;
    this.show();
    const id = this.found[this.at];
    if (id !== undefined) this.hooks.go(id);
  }

  private show(): void {
    const n = this.found.length;
    this.count.textContent = this.field.value.trim() ? `${this.at < 0 ? "" : `${this.at + 1} / `}${n}` : "";
    this.field.classList.toggle("none", n === 0 && this.field.value.trim() !== "");
  }
}
