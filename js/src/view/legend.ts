// What the marks mean.

import { type Flows, LOUD, QUIET } from "../model/flow.ts";
import { asNumber, tidy } from "../model/values.ts";
import { h, s } from "./dom.ts";
import type { Words } from "./words.ts";

const LINE = "M2 9H34";

export class LegendView {
  readonly element: HTMLElement;
  private readonly scale = h("dd");

  constructor(w: Words) {
    const box = (className: string, rx: number) =>
      s("g", { class: className }, s("rect", { class: "box", x: 2, y: 3, width: 32, height: 12, rx }));
    const line = (kind: string) =>
      s("g", { class: `link ${kind}`, style: "--s:var(--s0)" }, s("path", { class: "line", d: LINE }));
    const flow = (tone: string, width: number) =>
      s("g", { class: "link" }, s("path", { class: `back ${tone}`, d: LINE, "stroke-width": width }));
    const rows: [SVGElement, string | HTMLElement][] = [
      [box("card leaf", 4), w.leafGrad],
      [box("card none", 4), w.none],
      [box("pill", 6), w.op],
      [box("card gone", 4), w.gone],
      [s("g", { class: "hull" }, s("rect", { x: 2, y: 2, width: 32, height: 14, rx: 3 })), w.region],
      [box("fold", 4), w.folded],
      [line("view"), w.sameFlows],
      [line("detach"), `✂ ${w.same}`],
      [line("write"), w.writes],
      [flow("", 3), this.scale],
      [flow("quiet", 1.5), `${w.vanishing} < ${QUIET}`],
      [flow("loud", 5), `${w.exploding} > ${LOUD}`],
      [box("gradchip", 6), `⚓ ${w.hooked}`],
      [box("pill hazard", 6), w.trouble],
    ];
    this.element = h(
      "dl",
      { class: "legend", hidden: true, "aria-label": w.legend },
      ...rows.flatMap(([mark, text]) => [
        h("dt", {}, s("svg", { width: 36, height: 18, "aria-hidden": "true" }, mark)),
        typeof text === "string" ? h("dd", {}, text) : text,
      ]),
    );
    this.base = `${w.gradient}: ${w.byNorm}`;
  }

  private readonly base: string;

  toggle(): void {
    this.element.hidden = !this.element.hidden;
  }

  /** Of the last backward pass: between which bounds its gradients are. */
  show(flows: Flows | null): void {
    const norms = [...(flows?.edges.values() ?? [])].map((e) => asNumber(e.norm)).filter(Number.isFinite);
    const range = norms.length ? ` ${tidy(Math.min(...norms))} … ${tidy(Math.max(...norms))}` : "";
    this.scale.textContent = this.base + range;
  }
}
