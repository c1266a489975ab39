declare const __CSS__: string; // view/theme.css, put in by build.mjs

export const CSS: string = typeof __CSS__ === "undefined" ? "" : __CSS__;
