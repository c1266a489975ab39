// One picture: it owns the step, what is selected and the clock, and hands each view what it needs.

import { differences, type Facts, factsOf } from "../model/compare.ts";
import { type Measure, type Scene, sceneOf } from "../model/scene/index.ts";
import type { State } from "../model/state.ts";
import { Timeline } from "../model/timeline.ts";
import { Trace } from "../model/trace.ts";
import { button, chooser, h, SIGNS } from "./dom.ts";
import { Folding } from "./folding.ts";
import { GraphView } from "./graph.ts";
import { HostTheme } from "./host-theme.ts";
import { join } from "./in-step.ts";
import { press } from "./keys.ts";
import { LegendView } from "./legend.ts";
import { MemoryView } from "./memory.ts";
import type { Connection, Layouter, Options } from "./options.ts";
import { OutlineView } from "./outline.ts";
import { PanelView } from "./panel.ts";
import { Placer } from "./placer.ts";
import { Playhead } from "./playhead.ts";
import { PredictView } from "./predict.ts";
import { forgetRooms } from "./room.ts";
import { FORMS, type Form, save } from "./save.ts";
import { measurer } from "./text.ts";
import { TimelineView } from "./timeline.ts";
import { WhyView } from "./why.ts";
import { wordsFor } from "./words.ts";

export type { Connection, Layouter, Options } from "./options.ts";

const SETTLE_MS = 400; // after the last event, until the layout is made afresh

let pictures = 0;

export class App {
  readonly root: HTMLElement;
  trace: Trace;
  private timeline: Timeline;
  private readonly head: Playhead;
  private selected: string | null = null;
  private readonly placer: Placer;
  private drawing = false;
  private again = false;
  private settle: ReturnType<typeof setTimeout> | null = null;
  private readonly measure: Measure = measurer();
  private readonly graph: GraphView;
  private readonly folding: Folding;
  private readonly memory: MemoryView;
  private readonly times: TimelineView;
  private readonly panel: PanelView;
  readonly why: WhyView;
  private readonly outline: OutlineView;
  private readonly legend: LegendView;
  private readonly predict: PredictView;
  private readonly note = h("div", { class: "note" });
  private readonly status = h("span", { class: "status", "data-role": "status" });
  private readonly words;
  readonly language: string;
  private readonly prefix = `gw${++pictures}`;
  private readonly watchers: (() => void)[] = [];
  private readonly theme: HostTheme;
  private connection: Connection = "replay";
  private reason = "";
  private broken = false;
  private pending = false;
  private company = join("", this);
  private rivals = this.company;
  facts: Facts = new Map();
  private said = ""; // of the facts

  constructor(
    place: HTMLElement,
    private readonly options: Options,
    layouter: Layouter,
    private readonly css: string,
    private readonly drawn: (svg: () => string) => void = () => {},
    stage?: { speak(language: string): void; beside(): void },
  ) {
    this.placer = new Placer(layouter);
    this.head = new Playhead(
      () => this.moved(),
      (on) => this.times.playing(on),
    );
    this.inStep(options.in_step);
    this.watchers.push(() => this.inStep(false));
    this.watchers.push(() => this.compareWith());
    this.trace = new Trace();
    this.timeline = new Timeline(this.trace);
    const language = options.language ?? (document.documentElement.lang || navigator.language);
    this.language = language.toLowerCase().startsWith("zh") ? "zh" : "en";
    this.words = wordsFor(language);
    const w = this.words;
    const select = (id: string | null) => this.select(id);
    const graphPlace = h("div", { class: "graph", "data-role": "graph" }, this.note);
    this.graph = new GraphView(graphPlace, w, {
      select,
      fold: (ids, open) => this.folding.fold(ids, open),
    });
    this.folding = new Folding(w, {
      draw: () => this.draw(),
      show: (id) => {
        this.graph.lookAt(id);
        this.selected = null; // a group that is found again is not opened by that
        this.select(id);
      },
      closed: () => this.times.track.focus(),
    });
    this.legend = new LegendView(w);
    graphPlace.append(this.folding.search.element, this.legend.element);
    this.memory = new MemoryView(w, select);
    this.panel = new PanelView(w, select);
    this.why = new WhyView(w, select);
    this.why.known = options.answers?.[this.language] ?? {};
    this.outline = new OutlineView(w, select);
    this.predict = new PredictView(
      w,
      (step) => this.timeline.at(step),
      () => this.root,
      () => this.draw(),
    );
    this.predict.ask(options.predict);
    this.times = new TimelineView(w, this.head);
    const facts = button("M2 2h12v12H2zM9.2 3.4v9.2h3.4V3.4z", w.selected, () => {
      this.root.dataset.panel = this.root.dataset.panel === "open" ? "" : "open";
      this.root.dataset.facts =
        this.root.dataset.facts === undefined || this.root.dataset.panel === "open" ? "" : "none";
    });
    const saving = chooser(
      w.download,
      ["⤓", ...FORMS].map((form) => [form, form]),
      "⤓",
      (form) => {
        saving.selectedIndex = 0;
        this.save(form as Form);
      },
    );
    const tongue = h("button", { type: "button", class: "word", hidden: !stage }, w.tongue);
    tongue.addEventListener("click", () => stage?.speak(this.language === "zh" ? "en" : "zh"));
    const beside = button(SIGNS.beside, w.compare, () => stage?.beside());
    beside.hidden = !stage || !!options.compare;
    const bar = h(
      "div",
      { class: "bar" },
      h("b", {}, options.title || w.title),
      this.status,
      h("span", { class: "space" }),
      button(SIGNS.find, w.search, () => this.folding.search.open()),
      button(SIGNS.fit, w.fit, () => this.graph.fit(true)),
      button(SIGNS.legend, w.legend, () => this.legend.toggle()),
      saving,
      button(SIGNS.moon, w.theme, () => this.theme.toggle()),
      beside,
      tongue,
      facts,
      this.predict.element,
    );
    this.root = h(
      "section",
      { class: "gradwidget", role: "group", "aria-label": options.title || w.title },
      h("style", {}, css),
      bar,
      graphPlace,
      this.memory.element,
      this.panel.element,
      this.times.element,
      this.outline.element,
    );
    this.root.dataset.facts = "none";
    if (options.height) this.root.style.height = `${options.height}px`;
    this.root.addEventListener("keydown", (event) => this.key(event));
    place.append(this.root);
    this.theme = new HostTheme(options.theme, (theme) => {
      this.root.dataset.theme = theme;
    });
    this.watchers.push(() => this.theme.destroy());
    if (typeof ResizeObserver !== "undefined") {
      const observer = new ResizeObserver(() => {
        forgetRooms();
        this.times.draw();
        this.graph.resized();
      });
      observer.observe(graphPlace);
      this.watchers.push(() => observer.disconnect());
    }
    this.setConnection("replay");
    this.say(w.empty);
    this.compareWith(options.compare);
  }

  // ---- what comes in

  /** Show another trace, from its end (or as the options say). */
  load(trace: Trace): void {
    const before = this.trace;
    this.trace = trace;
    for (const other of this.rivals.others()) if (other.trace === before) other.load(trace);
    this.timeline = new Timeline(trace);
    this.placer.clear();
    this.folding.clear();
    this.head.begin(trace, this.options.start === "first");
    this.root.dataset.events = String(trace.length);
    this.draw();
  }

  /** Events were added to the trace. */
  grew(): void {
    this.grown();
    for (const other of this.rivals.others()) if (other.trace === this.trace) other.grown();
  }

  grown(): void {
    this.root.dataset.events = String(this.trace.length);
    this.settleSoon();
    if (this.pending) return;
    this.pending = true; // however many batches come, at most one drawing a frame
    const draw = (): void => {
      this.pending = false;
      this.head.grew(this.trace);
      this.draw();
    };
    if (document.visibilityState === "hidden") setTimeout(draw, 50);
    else requestAnimationFrame(draw);
  }

  clear(): void {
    this.load(new Trace());
  }

  /** Ask these before showing what they are about. */
  ask(questions: unknown): void {
    this.predict.ask(questions);
    this.draw();
  }

  setConnection(state: Connection, reason = ""): void {
    this.connection = state;
    this.reason = reason;
    this.showStatus();
  }

  /** Something failed that the person should know of; the picture stays. */
  fail(error: unknown): void {
    this.broken = true;
    this.say(`${this.words.broken}\n${error instanceof Error ? error.message : String(error)}`, true);
  }

  say(text: string | null, isError = false): void {
    this.note.hidden = text === null;
    this.note.textContent = text ?? "";
    this.note.classList.toggle("error", isError);
  }

  destroy(): void {
    this.head.pause();
    if (this.settle !== null) clearTimeout(this.settle);
    for (const stop of this.watchers) stop();
    this.graph.destroy();
    this.placer.destroy();
    this.root.remove();
  }

  // ---- time

  get at(): number {
    return this.head.at;
  }

  /** Another picture, which this one is in step with, has moved. */
  goTo(at: number): void {
    this.head.seek(at);
  }

  /** Go through time with the pictures that were asked for by this name (`true` is one too), or alone. */
  inStep(name: boolean | string | undefined): void {
    this.company.leave();
    this.company = join(name ? String(name) : "", this);
  }

  /** Mark what differs from the picture that was asked for by this name; no more, without one. */
  compareWith(name = ""): void {
    this.rivals.leave();
    for (const other of this.rivals.others()) other.draw();
    this.rivals = join(name && `≠${name}`, this);
    this.said = "";
    if (name) this.draw();
  }

  /** Show the state after so many steps. */
  seek(step: number): void {
    this.head.toStep(step);
  }

  private moved(): void {
    for (const other of this.company.others()) if (other.at !== this.at) other.goTo(this.at);
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    press(event, {
      ArrowRight: () => this.head.move(event.shiftKey ? 10 : 1),
      ArrowLeft: () => this.head.move(event.shiftKey ? -10 : -1),
      Home: () => this.head.toStep(0),
      End: () => this.head.along(true),
      " ": () => this.head.toggle(),
      "+": () => this.graph.scaleBy(1.25),
      "=": () => this.graph.scaleBy(1.25),
      "-": () => this.graph.scaleBy(0.8),
      "0": () => this.graph.fit(true),
      "?": () => this.legend.toggle(),
      "/": () => this.folding.search.open(),
      "]": () => this.graph.level(true),
      "[": () => this.graph.level(false),
      f: () => this.graph.foldAround(this.selected),
      Enter: () => this.graph.pick(this.selected),
      Escape: () => this.select(null),
    });
  }

  // ---- drawing

  private select(id: string | null): void {
    if (this.predict.pick(id) || (id && this.folding.reveals(id))) return;
    if (id?.startsWith("g") && id === this.selected) {
      this.graph.pick(id); // once more: open it, or fold it
      return;
    }
    this.selected = id;
    this.graph.select(id);
    if (id && !id.startsWith("g")) this.root.dataset.panel = "open";
    this.draw();
  }

  /** Draw the present step; what comes while a layout is made is drawn after it, and only the last of it. */
  draw(): void {
    if (this.drawing) {
      this.again = true;
      return;
    }
    this.drawing = true;
    void this.drawOnce()
      .then(
        () => this.drawn(() => this.graph.toSVG(this.css, this.theme.now())),
        (error) => this.fail(error),
      )
      .finally(() => {
        this.drawing = false;
        if (this.again) {
          this.again = false;
          this.draw();
        }
      });
  }

  private async drawOnce(fresh = false): Promise<void> {
    const events = this.head.at;
    const step = this.head.list[this.head.step - 1] ?? null;
    const state = this.predict.mask(this.timeline.at(events));
    const scene = this.compared(sceneOf(state, this.measure, this.folding.choices), state);
    this.times.show();
    this.showStatus();
    const before = this.placer.placed;
    const placed = await this.placer.place(scene, fresh);
    if (!placed) return;
    const animate = before !== null && document.visibilityState !== "hidden";
    this.folding.seen(state, scene);
    this.legend.show(scene.flows);
    // first what stands beside the graph, since it leaves it the room
    this.memory.show(state, this.selected, events);
    const told = this.panel.show(state, this.selected, scene.differs);
    this.why.show(state, this.selected);
    this.panel.element.append(this.why.element);
    if (told || !this.why.element.hidden) this.root.dataset.facts = ""; // once there was something, its place stays
    this.graph.show(scene, placed, animate);
    this.graph.select(this.selected);
    this.outline.show(scene, step, this.prefix);
    if (!this.broken) this.say(scene.cards.length + scene.folds.length === 0 ? this.words.empty : null);
    this.predict.show();
    this.root.dataset.step = String(this.head.step);
    this.root.dataset.at = String(events);
  }

  /** The scene with what differs from the picture beside this one, which hears when something else stands here. */
  private compared(scene: Scene, state: State): Scene {
    const [rival] = this.rivals.others();
    if (!rival) return scene;
    this.facts = factsOf(scene, state, rival.trace === this.trace);
    const said = JSON.stringify([...this.facts]);
    if (said !== this.said) setTimeout(() => rival.draw());
    this.said = said;
    return { ...scene, differs: differences(this.facts, rival.facts) };
  }

  /** When nothing has come for a while, lay out without regard to old places, once. */
  private settleSoon(): void {
    if (this.settle !== null) clearTimeout(this.settle);
    this.settle = setTimeout(() => {
      this.settle = null;
      if (this.selected !== null || this.head.playing || !this.head.follow || this.drawing) return;
      this.drawing = true;
      void this.drawOnce(true)
        .catch((error) => this.fail(error))
        .finally(() => {
          this.drawing = false;
          if (this.again) {
            this.again = false;
            this.draw();
          }
        });
    }, SETTLE_MS);
  }

  private showStatus(): void {
    const w = this.words;
    const cell = this.head.list[this.head.step - 1]?.cell;
    const text = this.connection === "stopped" && this.reason ? `${w.stopped}: ${this.reason}` : w[this.connection];
    this.status.textContent = cell && this.connection !== "disconnected" ? `${text} · ${cell}` : text;
    this.status.dataset.state = this.connection;
    const { damage, unknown } = this.trace;
    const short = [damage && `${w.damaged}: ${damage}`, unknown && `${unknown} ${w.unknown}`]
      .filter(Boolean)
      .join(" · ");
    if (short) this.status.textContent += ` · ${short}`;
    this.status.classList.toggle("short", short !== "");
    this.status.title = this.status.textContent;
    this.times.live(this.connection === "live");
  }

  private save(form: Form): void {
    const drawn = () => new Promise<void>((done) => setTimeout(() => (this.drawing ? drawn().then(done) : done()), 60));
    const next = async () => {
      const { at } = this;
      this.head.move(1);
      await drawn();
      return this.at > at;
    };
    const svg = () => this.graph.toSVG(this.css, this.theme.now());
    save(form, { trace: this.trace, svg, next }).catch((error) => this.fail(error));
  }
}
