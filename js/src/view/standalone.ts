// A drawing as a file of its own: with the rules of the style sheet that it needs, and nothing of the page around it.

import { s } from "./dom.ts";

export function standalone(
  svg: SVGSVGElement,
  drawing: { readonly width: number; readonly height: number },
  css: string,
  theme: string,
): string {
  const width = Math.ceil(drawing.width + 32);
  const height = Math.ceil(drawing.height + 48);
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.querySelector("g")!.removeAttribute("transform");
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `-16 -24 ${width} ${height}`,
    width: String(width),
    height: String(height),
    class: "gradwidget",
    "data-theme": theme,
    role: "img",
  };
  for (const [name, value] of Object.entries(attributes)) copy.setAttribute(name, value);
  copy.removeAttribute("aria-hidden");
  copy.removeAttribute("data-far");
  for (const e of copy.querySelectorAll("[tabindex]")) e.removeAttribute("tabindex");
  const rules = css
    .split("}")
    .filter(
      (rule) =>
        /\.gradwidget(\[data-theme="dark"\])?\s*\{|svg|\.(card|pill|fold|chip|link|hull|value|bar-s|gradchip|stale|stopped)\b/.test(
          rule,
        ) && !rule.includes("@"),
    )
    .map(
      (rule) =>
        `${rule.replace(/(display|grid-template|height|min-width|container-type|position|border|overflow)\s*:[^;}]*;?/g, (m) => (/\.gradwidget(\[|\s*\{)/.test(rule) ? "" : m))}}`,
    )
    .join("")
    .replaceAll(".gradwidget svg", ".gradwidget");
  copy.prepend(s("style", {}, rules));
  return new XMLSerializer().serializeToString(copy);
}
