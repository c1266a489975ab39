// Stands in for d3-transition and d3-interpolate. d3-zoom needs them only for transitions; there are none here, and
// together they weigh 26 kB.

import { selection } from "d3-selection";

(selection.prototype as unknown as { interrupt(): unknown }).interrupt = function (this: unknown) {
  return this;
};

export function interrupt(): void {}

export const interpolateZoom = (_from: unknown, to: unknown) => () => to;
