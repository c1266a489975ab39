/** view/theme.css, put in by build.mjs, with signs for what stands in many rules; and what they stand for. */
declare const __CSS__: readonly [string, readonly (readonly [string, string])[]];

export const CSS: string =
  typeof __CSS__ === "undefined"
    ? ""
    : __CSS__[1].reduceRight((css, [sign, long]) => css.replaceAll(sign, long), __CSS__[0]);
