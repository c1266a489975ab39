// How wide a text will be, measured once per text and font.

import type { Measure } from "../model/scene/index.ts";

export const SANS = 'ui-sans-serif, system-ui, "Segoe UI", sans-serif';
export const MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace";
const FONTS = { name: `600 13px ${SANS}`, small: `11px ${SANS}`, mono: `11px ${MONO}` } as const;
const GUESS = { name: 7.4, small: 6.1, mono: 6.7 } as const;

/** A measure by the page's own canvas; where there is none (tests), a guess by the number of characters. */
export function measurer(): Measure {
  const context = typeof document === "undefined" ? null : document.createElement("canvas").getContext?.("2d");
  const known = new Map<string, number>();
  return (text, font) => {
    const key = font + text;
    let width = known.get(key);
    if (width === undefined) {
      if (context?.measureText) {
        context.font = FONTS[font];
        width = context.measureText(text).width;
      }
      if (!width) width = text.length * GUESS[font];
      known.set(key, width);
    }
    return width;
  };
}
