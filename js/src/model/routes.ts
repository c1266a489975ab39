// The lines of a drawing: from where to where each link goes while its marks move, and the frames around regions.

import { curve, type Placed, type Point } from "./motion.ts";
import type { Hull, Link } from "./scene/types.ts";

/** Width and height of a mark. */
export interface Extent {
  readonly width: number;
  readonly height: number;
}

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const BACK_OFFSET = 9; // px between a data arrow and the gradient's
const HULL_PAD = 12;
const HULL_TITLE = 10;

/** The points of a link, with its marks at `nodes`; `placed` is where they will come to rest. */
export function routeOf(
  link: Link,
  from: Extent,
  to: Extent,
  nodes: ReadonlyMap<string, Point>,
  placed: Placed,
): readonly Point[] | null {
  const a = nodes.get(link.source);
  const b = nodes.get(link.target);
  if (!a || !b) return null;
  if (link.kind === "detach" && !placed.edges.has(link.id)) {
    const way = a.y < b.y ? 1 : -1;
    return [
      { x: a.x, y: a.y + (from.height / 2) * way },
      { x: b.x, y: b.y - (to.height / 2) * way },
    ];
  }
  const route = placed.edges.get(link.id);
  const atRest = isAt(a, placed.nodes.get(link.source)) && isAt(b, placed.nodes.get(link.target));
  if (route && route.length > 1 && atRest) return route;
  return [
    { x: a.x + from.width / 2, y: a.y },
    ...(route && route.length > 2 ? route.slice(1, -1) : []),
    { x: b.x - to.width / 2, y: b.y },
  ];
}

const isAt = (a: Point, b: Point | undefined): boolean => !!b && Math.abs(a.x - b.x) + Math.abs(a.y - b.y) < 1;

/** The line of a link as an SVG path, in the direction in which the data goes. */
export function lineOf(link: Link, points: readonly Point[]): string {
  if (link.kind === "detach" && points[0]!.x === points[1]!.x)
    return `M${points[0]!.x} ${points[0]!.y}L${points[1]!.x} ${points[1]!.y}`;
  return curve(link.reversed ? [...points].reverse() : points);
}

/**
 * The way of the gradient: below the data's, in the other direction. An in-place op stands behind its tensor, so there
 * the gradient comes out of the tensor and goes in again.
 */
export function backOf(points: readonly Point[]): Point[] {
  return points.map((p) => ({ x: p.x, y: p.y + BACK_OFFSET })).reverse();
}

/** The point at a share `t` (0 to 1) of a line that `curve` draws. */
export function along(points: readonly Point[], t: number): Point {
  const length = (i: number): number => Math.hypot(points[i + 1]!.x - points[i]!.x, points[i + 1]!.y - points[i]!.y);
  let total = 0;
  for (let i = 0; i + 1 < points.length; i++) total += length(i);
  let left = t * total;
  for (let i = 0; i + 1 < points.length; i++) {
    const own = length(i);
    if (left > own && i + 2 < points.length) {
      left -= own;
      continue;
    }
    const [a, b] = [points[i]!, points[i + 1]!];
    const u = own > 0 ? Math.min(left / own, 1) : 1;
    const v = 1 - u;
    // the cubic of `curve`: both handles in the middle, at the height of their ends
    const middle = (a.x + b.x) / 2;
    return {
      x: v ** 3 * a.x + 3 * v * u * middle + u ** 3 * b.x,
      y: (v ** 3 + 3 * v * v * u) * a.y + (u ** 3 + 3 * v * u * u) * b.y,
    };
  }
  return points[0]!;
}

/** The frame of a region, or null where it would stand around marks that do not belong to it. */
export function frameOf(
  hull: Hull,
  sizes: ReadonlyMap<string, Extent>,
  nodes: ReadonlyMap<string, Point>,
  placed: Placed,
): Box | null {
  const size = hull.folds ? placed.frames.get(hull.id) : undefined;
  const centre = nodes.get(hull.id);
  if (hull.folds) return size && centre ? around(centre, size) : null;
  const own = new Set(hull.marks);
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const id of own) {
    const [at, extent] = [nodes.get(id), sizes.get(id)];
    if (!at || !extent) continue;
    const box = around(at, extent);
    [left, right] = [Math.min(left, box.left), Math.max(right, box.right)];
    [top, bottom] = [Math.min(top, box.top), Math.max(bottom, box.bottom)];
  }
  if (left > right) return null;
  for (const id of sizes.keys()) {
    const at = nodes.get(id);
    if (at && at.x > left && at.x < right && at.y > top && at.y < bottom && !own.has(id)) return null;
  }
  return {
    left: left - HULL_PAD,
    right: right + HULL_PAD,
    top: top - HULL_PAD - HULL_TITLE,
    bottom: bottom + HULL_PAD,
  };
}

export const around = (at: Point, { width, height }: Extent): Box => ({
  left: at.x - width / 2,
  right: at.x + width / 2,
  top: at.y - height / 2,
  bottom: at.y + height / 2,
});
