// What the layout has to know of a scene.

import type { LayoutInput } from "../layout/index.ts";
import type { Scene } from "./types.ts";

const CLEAR_ABOVE = 84; // px that a chip over a pill needs
const CLEAR_BELOW = 40;

/** What decides the layout, as a text: which marks, how big, and how they are linked. */
export function layoutKey(scene: Scene): string {
  const marks = [...scene.cards, ...scene.pills].map((m) => `${m.id}:${Math.round(m.width)}x${Math.round(m.height)}`);
  return `${marks.join()}|${scene.links.map((l) => l.id).join()}`;
}

export function layoutInput(scene: Scene): LayoutInput {
  const nodes = [
    ...scene.cards.map((c) => ({
      id: c.id,
      width: c.width,
      height: c.height,
      ...(c.below === null ? {} : { below: c.below }),
    })),
    ...scene.pills.map((p) => ({
      id: p.id,
      width: p.width,
      height: p.height + (p.stale.length ? CLEAR_ABOVE : p.stopped ? CLEAR_BELOW : 0),
    })),
  ];
  const edges = scene.links
    .filter((l) => l.kind !== "detach")
    .map((l) => ({ id: l.id, source: l.source, target: l.target }));
  return { nodes, edges, direction: "right" };
}
