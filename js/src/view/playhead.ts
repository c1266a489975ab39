// Where in time the picture stands, and what moves it: a hand, a clock, or the program that goes on.

import { Steps } from "../model/steps.ts";
import type { Trace } from "../model/trace.ts";
import { stride, type Unit } from "../model/units.ts";

const STRIDE_MS = 750; // of playing, at speed 1

export class Playhead {
  /** Events that have happened. */
  at = 0;
  /** Whether the picture goes along with what happens. */
  follow = true;
  unit: Unit = "step";
  speed = 1;
  private steps = new Steps();
  /** Events that there are. */
  length = 0;
  private clock: ReturnType<typeof setTimeout> | null = null;

  /** `moved`: it stands elsewhere; `played`: the clock began or ceased to go. */
  constructor(
    private readonly moved: () => void,
    private readonly played: (on: boolean) => void,
  ) {}

  get list() {
    return this.steps.list;
  }

  /** How many steps are done. */
  get step(): number {
    return this.steps.at(this.at);
  }

  get playing(): boolean {
    return this.clock !== null;
  }

  /** Another trace: begin where it ends, or after its first step. */
  begin(trace: Trace, first: boolean): void {
    this.steps = new Steps();
    this.take(trace);
    this.at = first ? (this.list[0]?.end ?? 0) : this.length;
    this.follow = this.at === this.length;
  }

  /** The trace has grown. */
  grew(trace: Trace): void {
    this.take(trace);
    if (this.follow && !this.playing) this.at = this.length;
  }

  private take(trace: Trace): void {
    this.steps.update(trace.events);
    this.length = trace.length;
  }

  seek(at: number): void {
    this.at = Math.max(0, Math.min(this.length, at));
    this.follow = this.at === this.length;
    this.moved();
  }

  toStep(step: number): void {
    this.seek(step <= 0 ? 0 : (this.list[step - 1]?.end ?? this.length));
  }

  /** So many strides on, or back. */
  move(by: number): void {
    let at = this.at;
    for (let i = 0; i < Math.abs(by); i++) at = stride(this.list, this.length, at, this.unit, by > 0);
    this.seek(at);
  }

  /** Go along with what happens, beginning now; or stay here. */
  along(on: boolean): void {
    if (on) this.seek(this.length);
    else this.follow = false;
    this.moved();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  private play(): void {
    if (this.at >= this.length) this.at = 0;
    this.played(true);
    const tick = () => {
      if (this.at >= this.length) {
        this.pause();
        return;
      }
      this.move(1);
      this.clock = setTimeout(tick, STRIDE_MS / this.speed);
    };
    this.clock = setTimeout(tick, 0);
  }

  pause(): void {
    if (this.clock !== null) clearTimeout(this.clock);
    this.clock = null;
    this.played(false);
  }
}
