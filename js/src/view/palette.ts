// The style sheet's colours, for what is drawn on a canvas. To ask for one makes the browser style the page at once, so each
// is asked for once in a theme.

const known = new Map<string, string>();
const context = typeof document === "undefined" ? null : document.createElement("canvas").getContext?.("2d");

/** The colour `--name` of the picture that an element is in, as #rrggbb. */
export function colourOf(place: Element, name: string): string {
  const theme = themeOf(place);
  const key = theme + name;
  const found = known.get(key);
  if (found) return found;
  let colour = getComputedStyle(place).getPropertyValue(`--${name}`).trim();
  if (context) {
    context.fillStyle = colour;
    colour = String(context.fillStyle);
  }
  if (theme) known.set(key, colour);
  return colour;
}

/** "" outside of a picture. */
export function themeOf(place: Element): string {
  return place.closest<HTMLElement>("[data-theme]")?.dataset.theme ?? "";
}
