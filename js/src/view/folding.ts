// What a person opened, folded or looked for, and the scene that it is about.

import { type Choices, choose, pathTo, type Scene, search } from "../model/scene/index.ts";
import { State } from "../model/state.ts";
import { foldTitle } from "./fold-card.ts";
import { SearchView } from "./search.ts";
import type { Words } from "./words.ts";

export interface FoldingHooks {
  draw(): void;
  /** Select a mark, and bring it to the middle of the window. */
  show(id: string): void;
  /** The search is over. */
  closed(): void;
}

export class Folding {
  readonly search: SearchView;
  private readonly chosen = new Map<string, boolean>();
  private scene: Scene | null = null;
  private state = new State();
  private revealed: string | null = null; // that is being shown

  constructor(
    words: Words,
    private readonly hooks: FoldingHooks,
  ) {
    this.search = new SearchView(words, {
      find: (query) => (this.scene ? search(this.state, this.scene, query, (g) => foldTitle(g, words)) : []),
      go: (id) => this.reveal(id),
      closed: () => hooks.closed(),
    });
  }

  get choices(): Choices {
    return this.chosen;
  }

  /** This is seen now. */
  seen(state: State, scene: Scene): void {
    this.state = state;
    this.scene = scene;
  }

  fold(ids: readonly string[], open: boolean): void {
    for (const id of ids) choose(this.chosen, id, open);
    this.hooks.draw();
  }

  /** Whether a mark is folded into something. Then that is opened, and the mark shown. */
  reveals(id: string): boolean {
    const folded = new Set(this.scene?.folds.map((f) => f.id));
    if (id === this.revealed || !this.scene || !pathTo(this.state, this.scene, id).some((g) => folded.has(g)))
      return false;
    this.reveal(id);
    return true;
  }

  /** Open whatever a mark is folded into. */
  private reveal(id: string): void {
    if (this.scene) for (const group of pathTo(this.state, this.scene, id)) choose(this.chosen, group, true);
    this.revealed = id;
    this.hooks.show(id);
    this.revealed = null;
  }

  clear(): void {
    this.chosen.clear();
  }
}
