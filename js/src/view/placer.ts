// Where a scene's marks stand: from the layout, or as they stood when the same marks were laid out before.

import type { Placed } from "../model/motion.ts";
import { layoutInput, layoutKey } from "../model/scene/arrange.ts";
import type { Scene } from "../model/scene/index.ts";
import type { Layouter } from "./options.ts";

const REMEMBERED = 64; // layouts

export class Placer {
  /** What is seen. */
  placed: Placed | null = null;
  private key = "";
  private readonly layouts = new Map<string, Placed>();
  private wanted = 0;

  constructor(private readonly layouter: Layouter) {}

  /** Null where another scene was asked for meanwhile. `fresh`: without regard to old places. */
  async place(scene: Scene, fresh: boolean): Promise<Placed | null> {
    const number = ++this.wanted;
    const key = layoutKey(scene);
    let placed = fresh ? null : this.placed && this.key === key ? this.placed : this.layouts.get(key);
    if (!placed) {
      const previous = this.placed && !fresh ? { previous: this.placed.nodes } : {};
      const result: Placed | Promise<Placed> = this.layouter.layout({
        ...layoutInput(scene),
        ...previous,
        settle: fresh,
      });
      placed = result instanceof Promise ? await result : result;
      if (number !== this.wanted) return null;
      this.layouts.set(key, placed);
      if (this.layouts.size > REMEMBERED) this.layouts.delete(this.layouts.keys().next().value!);
    }
    this.placed = placed;
    this.key = key;
    return placed;
  }

  clear(): void {
    this.layouts.clear();
  }

  destroy(): void {
    this.layouter.destroy();
  }
}
