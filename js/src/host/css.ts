declare const __CSS__: string; // view/theme.css, put in by build.mjs, with a sign for the class that stands in every rule

export const CSS: string = typeof __CSS__ === "undefined" ? "" : __CSS__.replaceAll("§", ".gradwidget");
