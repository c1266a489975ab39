// The card of a folded group, with another under it as a sign that there is more.

import type { Fold, Hull } from "../model/scene/index.ts";
import { bytesText, thousands } from "../model/values.ts";
import { s } from "./dom.ts";
import type { Parts } from "./marks.ts";
import type { Words } from "./words.ts";

const PAD = 14;
const UNDER = 4;

/** What a group is called. */
export function foldTitle({ what, title }: Pick<Fold | Hull, "what" | "title">, w: Words): string {
  const kind = w[`group_${what}` as keyof Words];
  return kind ? `${kind} ${title}`.trim() : title;
}

/** The lines under the title: how much is in it. */
export function foldLines(f: Fold, w: Words): string[] {
  const size = [
    f.ops ? `${thousands(f.ops)} ${f.ops === 1 ? w.one_op : w.ops}` : "",
    f.parameters ? `${thousands(f.parameters)} ${f.parameters === 1 ? w.parameter : w.parameters}` : "",
    f.loss === null ? "" : `${w.loss} ${f.loss}`,
  ];
  return [
    size.filter(Boolean).join(" · "),
    f.kept ? `${bytesText(f.kept)} ${w.kept}` : "",
    f.hazard ? `⚠ ${w.overwritten}` : "",
  ].filter(Boolean);
}

export function foldParts(f: Fold, w: Words): Parts {
  const [left, top] = [-f.width / 2, -f.height / 2];
  const box = { x: left, y: top, width: f.width, height: f.height, rx: 10 };
  const className = `mark fold${f.ran ? " ran" : ""}${f.hazard || f.stopped ? " hazard" : ""}${f.dead ? " gone" : ""}`;
  const children: SVGElement[] = [
    s("rect", { ...box, class: "under", x: left + UNDER, y: top + UNDER }),
    s("rect", { ...box, class: "box" }),
    s("text", { class: "name", x: left + PAD, y: top + 19 }, s("tspan", { class: "sign" }, "⊞ "), foldTitle(f, w)),
    ...foldLines(f, w).map((line, i) => s("text", { class: "s", x: left + PAD, y: top + 36 + i * 16 }, line)),
  ];
  if (f.stopped)
    children.push(
      s("text", { class: "stopped", x: 0, y: f.height / 2 + 19, "text-anchor": "middle" }, `✕ ${w.stoppedHere}`),
    );
  return { children, className, style: "" };
}
