// What the layout has to know of a scene.

import type { LayoutInput } from "../layout/index.ts";
import type { Mark, Scene } from "./types.ts";

const CLEAR_ABOVE = 84; // px that a chip over a pill needs
const CLEAR_BELOW = 40;
const REGION_TITLE = 18;
const TITLE_SIGN = 6.6; // px of a character of a title, near enough

/** What decides the layout, as a text: which marks, how big, in what, and how they are linked. */
export function layoutKey(scene: Scene): string {
  const marks = marksOf(scene).map((m) => `${m.id}:${Math.round(m.width)}x${Math.round(m.height)}:${m.within ?? ""}`);
  return `${marks.join()}|${scene.links.map((l) => l.id).join()}`;
}

export function layoutInput(scene: Scene): LayoutInput {
  const nodes = marksOf(scene).map((m) => ({
    id: m.id,
    width: m.width,
    height:
      m.height +
      (m.kind === "tensor" ? 0 : m.kind === "op" && m.stale.length ? CLEAR_ABOVE : m.stopped ? CLEAR_BELOW : 0),
    ...(m.kind !== "tensor" || m.below === null ? {} : { below: m.below }),
    ...(m.within === null ? {} : { within: m.within }),
  }));
  const regions = new Set(scene.hulls.filter((h) => !h.folds).flatMap((h) => h.marks));
  const titled = new Set(marksOf(scene).map((m) => (regions.has(m.id) ? m.within : null))); // with titles of regions in them
  const groups = scene.hulls
    .filter((h) => h.folds)
    .map((h) => ({
      id: h.id,
      width: 60 + TITLE_SIGN * h.title.length,
      top: titled.has(h.id) ? REGION_TITLE : 0,
      ...(h.within === null ? {} : { within: h.within }),
    }));
  const below = new Set(scene.cards.filter((c) => c.below !== null).map((c) => c.id));
  const edges = scene.links
    .filter((l) => l.kind !== "detach" || !below.has(l.target))
    .map((l) => ({ id: l.id, source: l.source, target: l.target }));
  return { nodes, edges, groups, direction: "right" };
}

export const marksOf = (scene: Scene): Mark[] => [...scene.cards, ...scene.pills, ...scene.folds];
