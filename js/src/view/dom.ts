// Making elements. Text goes in as text, never as HTML: names and values come from programs that we do not know.

const SVG = "http://www.w3.org/2000/svg";

type Attributes = Record<string, string | number | boolean | null | undefined>;
type Child = Node | string | null | undefined | false;

function fill(element: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  fill(element, attributes, children);
  return element;
}

/** A small button with a drawn sign and a spoken name. */
export function button(sign: string, name: string, press: () => void): HTMLButtonElement {
  const icon = s(
    "svg",
    { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" },
    s("path", { d: sign, fill: "currentColor" }),
  );
  const element = h("button", { type: "button", "aria-label": name, title: name }, icon);
  element.addEventListener("click", press);
  return element;
}

/** A list to choose one of: value and what is seen of it. */
export function chooser(
  name: string,
  choices: readonly (readonly [string, string])[],
  chosen: string,
  choose: (value: string) => void,
): HTMLSelectElement {
  const element = h(
    "select",
    { "aria-label": name, title: name },
    ...choices.map(([value, text]) => h("option", { value, selected: value === chosen }, text)),
  );
  element.addEventListener("change", () => choose(element.value));
  return element;
}

export const SIGNS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M12 3v10L4 8z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  forward: "M4 3v10l8-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  fit: "M2 2h4v1.6H3.6V6H2zM10 2h4v4h-1.6V3.6H10zM2 10h1.6v2.4H6V14H2zM12.4 10H14v4h-4v-1.6h2.4z",
  moon: "M8 1.5A6.5 6.5 0 1 0 14.5 8 5 5 0 0 1 8 1.5z",
  find: "M7 1.8a5 5 0 0 1 4 8.1l3.2 3.2-1.1 1.1L9.9 11A5 5 0 1 1 7 1.8zm0 1.6a3.4 3.4 0 1 0 0 6.8 3.4 3.4 0 0 0 0-6.8z",
  close: "M3.6 2.5 8 6.9l4.4-4.4 1.1 1.1L9.1 8l4.4 4.4-1.1 1.1L8 9.1l-4.4 4.4-1.1-1.1L6.9 8 2.5 3.6z",
  beside: "M1.5 3H7v10H1.5zM3 4.5v7h2.5v-7zM9 3h5.5v10H9z",
  legend: "M2 3h3v3H2zM7 4h7v1.4H7zM2 10h3v3H2zM7 11h7v1.4H7z",
} as const;
