import type { LayoutEdge, LayoutNode } from "../../src/model/layout/index.ts";

export function graph(name: string): { nodes: LayoutNode[]; edges: LayoutEdge[]; order: string[] };
export function crossings(lines: readonly (readonly { readonly x: number; readonly y: number }[])[]): number;
