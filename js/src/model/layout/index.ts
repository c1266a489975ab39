// What the layout is given, and what it answers: the names that are spoken outside of the engine stand here, and no others.

import { flat } from "./flat.ts";
import { nested } from "./nested.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface LayoutNode {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Stands directly below that one, in one stack: a detached twin. */
  readonly below?: string;
  /** The group that it stands in. */
  readonly within?: string;
}

export interface LayoutEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  /** Where it leaves and enters, in px from the centre, across the flow. */
  readonly sourceOffset?: number;
  readonly targetOffset?: number;
}

export interface LayoutGroup {
  readonly id: string;
  readonly within?: string;
  /** That its title needs, in px. */
  readonly width?: number;
  /** Room to be left under the title, in px. */
  readonly top?: number;
}

export interface LayoutInput {
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
  /** Laid out from left to right only. */
  readonly groups?: readonly LayoutGroup[];
  readonly direction?: "right" | "down";
  /** Where nodes stood before; they stay near there. */
  readonly previous?: ReadonlyMap<string, Point>;
  /** Forget where nodes stood before. */
  readonly settle?: boolean;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface LayoutResult {
  /** Centres, of nodes and of groups. */
  readonly nodes: Map<string, Point>;
  /** From border to border, by way of the ranks between. */
  readonly edges: Map<string, Point[]>;
  /** How big each group is. */
  readonly frames: Map<string, Size>;
  readonly width: number;
  readonly height: number;
  readonly crossings: number;
}

export const layout = (input: LayoutInput): LayoutResult => (input.groups?.length ? nested(input) : flat(input));
