// The values of a tensor: a table that is a heatmap too, what they come to, and how they are distributed.

import type { Thumb } from "../model/events.ts";
import { asNumber, type Grid, short, tidy } from "../model/values.ts";
import { h, s } from "./dom.ts";

const MOST = 48; // values in a table
const BARS = 12;

export function inspected(title: string, grid: Grid, dtype: string, thumb: Thumb | null): HTMLElement {
  const numbers = grid.values.map(asNumber).filter(Number.isFinite);
  const high = Math.max(...numbers);
  const low = Math.min(...numbers);
  const range = high - low || 1;
  const shown = Math.max(1, Math.min(grid.columns, 6));
  const table = h("table");
  for (let i = 0; i < Math.min(grid.values.length, MOST); i += grid.columns) {
    const row = grid.values.slice(i, i + shown).map((v) => {
      const heat = Math.round(((asNumber(v) - low) / range) * 60);
      return h("td", { style: `--heat:${heat || 0}%` }, short(v, dtype));
    });
    table.append(h("tr", {}, ...row, shown < grid.columns && h("td", {}, "…")));
  }
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const spread = Math.sqrt(numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length);
  const said = thumb
    ? `${tidy(thumb.low)} … ${tidy(thumb.high)} · ⌀ ${tidy(thumb.mean)}`
    : `${tidy(low)} … ${tidy(high)} · ⌀ ${tidy(mean)} · σ ${tidy(spread)}`;
  const many = numbers.length > 3;
  return h(
    "div",
    {},
    h("h3", {}, title),
    table,
    many && h("p", { class: "soft" }, said),
    many && histogram(numbers, low, range),
  );
}

function histogram(numbers: readonly number[], low: number, range: number): SVGElement {
  const bars = new Array<number>(BARS).fill(0);
  for (const x of numbers) bars[Math.min(BARS - 1, Math.floor(((x - low) / range) * BARS))]!++;
  const most = Math.max(...bars);
  return s(
    "svg",
    { width: BARS * 9, height: 30, "aria-hidden": "true" },
    ...bars.map((n, i) =>
      s("rect", { x: i * 9, y: 30 - (n / most) * 28, width: 8, height: (n / most) * 28, fill: "var(--cell1)" }),
    ),
  );
}
