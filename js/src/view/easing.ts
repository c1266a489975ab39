// How motion begins and ends, from 0 to 1.

/** Slow, fast, slow: cubic. */
export const easeInOut = (t: number): number => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);
/** Fast, slow. */
export const easeOut = (t: number): number => 1 - (1 - t) ** 3;
