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

  /** Open whatever a mark is folded into. */
  private reveal(id: string): void {
    if (this.scene) for (const group of pathTo(this.state, this.scene, id)) choose(this.chosen, group, true);
    this.hooks.show(id);
  }

  clear(): void {
    this.chosen.clear();
  }
}
