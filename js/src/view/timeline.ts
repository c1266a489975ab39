// The timeline: one tick for every step, bands for backward passes, and a handle to drag.

import type { Step } from "../model/steps.ts";
import { UNITS, type Unit } from "../model/units.ts";
import { button, chooser, h, SIGNS, s } from "./dom.ts";
import type { Playhead } from "./playhead.ts";
import { roomOf } from "./room.ts";
import type { Words } from "./words.ts";

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const MOST_TICKS = 160; // beyond these a tick is only drawn where it says something
const CLOSE = 1.5; // px
const LABEL_ROOM = 58;

export class TimelineView {
  readonly element: HTMLElement;
  readonly track: HTMLElement;
  private readonly svg = s("svg", { "aria-hidden": "true" });
  private readonly count = h("span", { class: "count" });
  private readonly done = s("line", { class: "done", x1: 0, y1: 20, y2: 20 });
  private readonly thumb = s("circle", { class: "thumb", cy: 20, r: 7 });
  private drawn: readonly unknown[] = []; // for which steps, and how wide
  private readonly playButton: HTMLButtonElement;
  private readonly along: HTMLButtonElement;

  constructor(
    private readonly words: Words,
    private readonly head: Playhead,
  ) {
    this.playButton = button(SIGNS.play, words.play, () => head.toggle());
    this.playButton.dataset.role = "play";
    const speed = chooser(
      words.speed,
      SPEEDS.map((v) => [String(v), `${v}×`]),
      "1",
      (v) => {
        head.speed = Number(v);
      },
    );
    const unit = chooser(
      words.unit,
      UNITS.map((u) => [u, words[`by_${u}`]]),
      head.unit,
      (u) => {
        head.unit = u as Unit;
        this.show();
      },
    );
    this.along = h("button", { type: "button", class: "along" }, words.along);
    this.along.addEventListener("click", () => head.along(!head.follow));
    this.track = h(
      "div",
      { class: "track", role: "slider", tabindex: 0, "aria-label": words.step, "aria-valuemin": 0 },
      this.svg,
    );
    this.element = h(
      "div",
      { class: "time" },
      button(SIGNS.first, words.first, () => head.toStep(0)),
      button(SIGNS.back, words.back, () => head.move(-1)),
      this.playButton,
      button(SIGNS.forward, words.forward, () => head.move(1)),
      button(SIGNS.last, words.last, () => head.along(true)),
      this.track,
      this.count,
      unit,
      speed,
      this.along,
    );
    const seekTo = (event: PointerEvent) => {
      const box = this.track.getBoundingClientRect();
      head.toStep(Math.round(((event.clientX - box.left) / Math.max(box.width, 1)) * head.list.length));
    };
    this.track.addEventListener("pointerdown", (event) => {
      this.track.setPointerCapture(event.pointerId);
      seekTo(event);
    });
    this.track.addEventListener("pointermove", (event) => {
      if (this.track.hasPointerCapture(event.pointerId)) seekTo(event);
    });
  }

  playing(on: boolean): void {
    this.playButton.querySelector("path")!.setAttribute("d", on ? SIGNS.pause : SIGNS.play);
    this.playButton.setAttribute("aria-label", on ? this.words.pause : this.words.play);
  }

  /** Whether more may come: then one can follow it, or stay. */
  live(on: boolean): void {
    this.along.hidden = !on;
  }

  private get step(): number {
    return this.head.step;
  }

  private get steps(): readonly Step[] {
    return this.head.list;
  }

  show(): void {
    const { step, steps, head } = this;
    const label = step > 0 ? steps[step - 1]!.label : "";
    this.track.setAttribute("aria-valuemax", String(steps.length));
    this.track.setAttribute("aria-valuenow", String(step));
    const text = head.unit === "event" ? `${head.at} / ${head.length}` : `${step} / ${steps.length}`;
    this.track.setAttribute("aria-valuetext", `${text} ${label}`);
    this.count.textContent = text;
    this.along.setAttribute("aria-pressed", String(head.follow));
    this.draw();
  }

  draw(): void {
    const width = roomOf(this.track).width || 400;
    const now = (this.step / Math.max(this.steps.length, 1)) * width;
    this.done.setAttribute("x2", String(now));
    this.thumb.setAttribute("cx", String(now));
    const drawn = [this.steps, this.steps.length, this.steps.at(-1), width];
    if (drawn.every((fact, i) => fact === this.drawn[i])) return;
    this.drawn = drawn;
    this.svg.replaceChildren(...this.marks(width), this.thumb);
  }

  /** All that stays as it is while one goes through time. */
  private marks(width: number): SVGElement[] {
    const n = Math.max(this.steps.length, 1);
    const x = (i: number) => (i / n) * width;
    const parts: SVGElement[] = [s("line", { class: "rail", x1: 0, x2: width, y1: 20, y2: 20 }), this.done];
    const kept = keptLine(this.steps, width);
    if (kept) parts.unshift(s("path", { class: "kept", d: kept }, s("title", {}, this.words.kept)));
    const bands = new Map<number, { from: number; to: number; failed: boolean }>();
    let cell: string | null = null;
    for (const [i, step] of this.steps.entries()) {
      if (step.cell !== cell) {
        cell = step.cell;
        if (cell !== null)
          parts.push(s("line", { class: "cellmark", x1: x(i), x2: x(i), y1: 8, y2: 32 }, s("title", {}, cell)));
      }
      if (step.backward === null) continue;
      const band = bands.get(step.backward);
      if (band) Object.assign(band, { to: i + 1, failed: band.failed || step.kind === "error" });
      else bands.set(step.backward, { from: i, to: i + 1, failed: step.kind === "error" });
    }
    let labelled = -LABEL_ROOM;
    const label = (at: number, text: string) => {
      if (at - labelled < LABEL_ROOM || at > width - 12) return;
      parts.push(
        s("text", { x: at, y: 41, "text-anchor": "middle" }, text.length > 11 ? `${text.slice(0, 10)}…` : text),
      );
      labelled = at;
    };
    let drawn = -1; // marks that would fall on one another are drawn once
    for (const band of bands.values()) {
      if (x(band.to) - drawn < CLOSE) continue;
      drawn = x(band.to);
      parts.push(
        s("rect", {
          class: "band",
          x: x(band.from) + 2,
          y: 14,
          width: Math.max(x(band.to) - x(band.from) - 4, 4),
          height: 12,
          rx: 6,
        }),
      );
    }
    const last = new Map<string, number>();
    for (const [i, step] of this.steps.entries()) {
      const at = x(i + 1);
      if (step.backward !== null && step.kind !== "error") {
        if (step.kind === "backward")
          label(
            x(i) + (x(bands.get(step.backward)!.to) - x(i)) / 2,
            bands.get(step.backward)!.failed ? "backward ✕" : "backward",
          );
        continue;
      }
      if (
        n > MOST_TICKS &&
        (step.kind === "op" || step.kind === "view" || step.kind === "leaf" || step.kind === "name")
      )
        continue;
      if (at - (last.get(step.kind) ?? -CLOSE) < CLOSE) continue;
      last.set(step.kind, at);
      parts.push(
        s(
          "circle",
          { class: step.kind, cx: at, cy: 20, r: step.kind === "error" ? 5.5 : 4 },
          s("title", {}, step.label),
        ),
      );
      label(at, step.label);
    }
    return parts;
  }
}

const KEPT_HIGH = 14; // px, of the curve of what autograd keeps

/** The curve of what is kept for backward, as an area above the rail; none where nothing is. */
function keptLine(steps: readonly Step[], width: number): string {
  const most = steps.reduce((high, step) => Math.max(high, step.kept), 0);
  if (most === 0) return "";
  const every = Math.ceil(steps.length / width); // one point a px
  let path = "M0 20";
  for (let i = 0; i < steps.length; i += every) {
    const high = steps.slice(i, i + every).reduce((high, step) => Math.max(high, step.kept), 0);
    const y = (20 - (high / most) * KEPT_HIGH).toFixed(1);
    path += `L${((i / steps.length) * width).toFixed(1)} ${y}H${(Math.min((i + every) / steps.length, 1) * width).toFixed(1)}`;
  }
  return `${path}V20Z`;
}
