// The layout engine as one function that needs nothing around it: the page calls it, and a worker is made of its text. The
// build puts the engine's whole code into its body, so both work where a page may load no code by address.

import { layout } from "../model/layout/index.ts";

export type Layout = typeof layout;

export const engine = (): Layout => layout;
