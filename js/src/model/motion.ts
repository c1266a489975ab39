// How one laid-out scene becomes the next: for every mark where it comes from and where it goes.

import { marksOf } from "./scene/arrange.ts";
import type { Scene } from "./scene/index.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the marks of a scene stand: centres, and the lines of its links. */
export interface Placed {
  readonly nodes: ReadonlyMap<string, Point>;
  readonly edges: ReadonlyMap<string, readonly Point[]>;
  /** How big the open groups are; their centres are among the nodes. */
  readonly frames: ReadonlyMap<string, { readonly width: number; readonly height: number }>;
  readonly width: number;
  readonly height: number;
}

export interface Tween {
  readonly id: string;
  readonly from: Point;
  readonly to: Point;
  /** Opacity and size at both ends: what is new grows, what is gone shrinks. */
  readonly appears: boolean;
}

export interface Motion {
  readonly tweens: readonly Tween[];
  readonly leaving: readonly string[];
  /** How far the marks that stay have to go, at most. */
  readonly distance: number;
}

/** From `before` to `after`: a new mark grows out of what made it, the rest moves from where it was. */
export function motionOf(before: Placed | null, after: Placed, scene: Scene): Motion {
  const parents = new Map<string, string>();
  for (const link of scene.links) {
    const [source, target] = link.reversed ? [link.target, link.source] : [link.source, link.target];
    if (!parents.has(target)) parents.set(target, source);
    if (link.reversed && !parents.has(link.target)) parents.set(link.target, link.source);
  }
  const opened = new Set([...after.frames.keys()].filter((id) => before && !before.frames.has(id)));
  const within = new Map([...marksOf(scene), ...scene.hulls].map((m) => [m.id, m.within]));
  const tweens: Tween[] = [];
  let distance = 0;
  for (const [id, to] of after.nodes) {
    const was = before?.nodes.get(id);
    if (was) {
      tweens.push({ id, from: was, to, appears: false });
      distance = Math.max(distance, Math.hypot(was.x - to.x, was.y - to.y));
      continue;
    }
    let from: Point = to;
    let group = within.get(id) ?? null; // what was folded comes out of the group
    while (group !== null && !before?.nodes.has(group)) group = within.get(group) ?? null;
    if (group !== null && opened.has(group)) {
      tweens.push({ id, from: before!.nodes.get(group)!, to, appears: true });
      continue;
    }
    const seen = new Set<string>([id]);
    for (let p = parents.get(id); p !== undefined && !seen.has(p); p = parents.get(p)) {
      seen.add(p);
      const at = before?.nodes.get(p);
      if (at) {
        from = at;
        break;
      }
    }
    tweens.push({ id, from, to, appears: true });
  }
  const leaving = before ? [...before.nodes.keys()].filter((id) => !after.nodes.has(id)) : [];
  return { tweens, leaving, distance };
}

/** A placement on the way between two, `t` from 0 to 1; lines are bent along with the marks at their ends. */
export function between(from: ReadonlyMap<string, Point>, after: Placed, t: number): Map<string, Point> {
  const out = new Map<string, Point>();
  for (const [id, to] of after.nodes) {
    const a = from.get(id) ?? to;
    out.set(id, { x: a.x + (to.x - a.x) * t, y: a.y + (to.y - a.y) * t });
  }
  return out;
}

/** What draws a line: a canvas, or the text of an SVG path. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number): void;
}

/** A smooth line through points that go from left to right. */
export function trace(points: readonly Point[], pen: Pen): void {
  let at: Point | null = null;
  for (const p of points) {
    if (at === null) pen.moveTo(p.x, p.y);
    else if (Math.abs(p.y - at.y) < 0.5) pen.lineTo(p.x, p.y);
    else {
      const middle = (at.x + p.x) / 2;
      pen.bezierCurveTo(middle, at.y, middle, p.y, p.x, p.y);
    }
    at = p;
  }
}

export function curve(points: readonly Point[]): string {
  let d = "";
  const say = (sign: string, ...numbers: number[]): void => {
    d += sign + numbers.map((x) => Math.round(x * 10) / 10).join(" ");
  };
  trace(points, {
    moveTo: (x, y) => say("M", x, y),
    lineTo: (x, y) => say("L", x, y),
    bezierCurveTo: (...numbers) => say("C", ...numbers),
  });
  return d;
}
