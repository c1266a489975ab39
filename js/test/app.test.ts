// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { render } from "../src/host/widget.ts";
import { layout } from "../src/model/layout/index.ts";
import { Trace } from "../src/model/trace.ts";
import { App } from "../src/view/app.ts";
import { recorded } from "./recorded.ts";

const engine = { layout, destroy() {} };
const names = (place: Element) =>
  [...place.querySelectorAll('[data-kind="tensor"] .name')].map((e) => e.textContent).filter(Boolean);
const drawn = () => new Promise((done) => setTimeout(done, 80));
const mount = () => {
  const place = document.createElement("div");
  document.body.append(place);
  return { place, app: new App(place, { language: "en" }, engine, "") };
};

afterEach(() => document.body.replaceChildren());

test("an empty picture says what to do", () => {
  const { place } = mount();
  expect(place.textContent).toContain("Nothing recorded yet");
});

test("a trace is shown from its end, and steps go back and forth", async () => {
  const { place, app } = mount();
  app.load(recorded("detach"));
  await drawn();
  expect(names(place)).toEqual(["x", "y", "z"]);
  const slider = place.querySelector('[role="slider"]')!;
  expect(slider.getAttribute("aria-valuenow")).toBe(slider.getAttribute("aria-valuemax"));
  slider.dispatchEvent(new KeyboardEvent("keydown", { key: "Home", bubbles: true }));
  await drawn();
  expect(names(place)).toEqual([]);
  for (let i = 0; i < 2; i++) slider.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  await drawn();
  expect(names(place)).toEqual(["x", "y"]);
});

test("selecting a tensor shows its facts everywhere", async () => {
  const { place, app } = mount();
  app.load(recorded("detach"));
  await drawn();
  place.querySelector('[data-mark="t2"]')!.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await drawn();
  expect(place.querySelector('[data-role="panel"]')!.textContent).toContain("Selected: y");
  expect(place.querySelector('[data-role="panel"]')!.textContent).toContain("shared with z");
  expect(place.querySelector('[data-mark="t2"]')!.classList.contains("selected")).toBe(true);
  expect(place.querySelector(".strip.selected")).not.toBeNull();
});

test("a failed backward is explained by what, where and who", async () => {
  const { place, app } = mount();
  app.load(recorded("stale"));
  await drawn();
  const panel = place.querySelector('[data-role="panel"]')!.textContent!;
  for (const part of ["ExpBackward0", "version 1", "y.add_(1)", "modified by an inplace operation"])
    expect(panel).toContain(part);
});

test("the outline names every mark for those who do not see it", async () => {
  const { place, app } = mount();
  app.load(recorded("detach"));
  await drawn();
  const labels = [...place.querySelectorAll('[role="treeitem"]')].map((e) => e.getAttribute("aria-label"));
  expect(labels.some((l) => l!.startsWith("z, float32 (3,), leaf · no grad"))).toBe(true);
  expect(labels.some((l) => l!.startsWith("mul, MulBackward0"))).toBe(true);
});

test("names are text, whatever they look like", async () => {
  const trace = recorded("detach");
  trace.addLines(['["name","<img src=x onerror=alert(1)>",1]'], 1);
  const { place, app } = mount();
  app.load(trace);
  await drawn();
  expect(place.querySelector("img")).toBeNull();
});

test("a layout that fails leaves a message, not a blank", async () => {
  const place = document.createElement("div");
  const broken = {
    layout: () => {
      throw new Error("no room");
    },
    destroy() {},
  };
  const app = new App(place, { language: "en" }, broken, "");
  app.load(recorded("detach"));
  await drawn();
  expect(place.querySelector(".note.error")!.textContent).toContain("no room");
});

test("the picture speaks Chinese where the page does", () => {
  const place = document.createElement("div");
  new App(place, { language: "zh-CN" }, engine, "");
  expect(place.textContent).toContain("还没有记录");
});

// ---- in a notebook

function model(traits: Record<string, unknown> = {}) {
  const heard = new Map<string, ((...a: unknown[]) => void)[]>();
  const sent: unknown[] = [];
  return {
    sent,
    get: (key: string) =>
      ({ snapshot: new DataView(new ArrayBuffer(0)), options: { language: "en" }, svg: "", ...traits })[key],
    set() {},
    save_changes() {},
    send: vi.fn((message: unknown) => void sent.push(message)),
    on: (name: string, f: (...a: unknown[]) => void) => heard.set(name, [...(heard.get(name) ?? []), f]),
    off: () => {},
    emit: (name: string, ...a: unknown[]) => heard.get(name)?.forEach((f) => void f(...a)),
  };
}

const lines = (trace: Trace, from: number, to: number) =>
  new DataView(
    new TextEncoder().encode(
      golden(trace)
        .slice(from, to)
        .map((l) => `${l}\n`)
        .join(""),
    ).buffer,
  );
const golden = (trace: Trace) => trace.events.map((e) => JSON.stringify([e.kind, ...Object.values(e).slice(1)]));

test("batches grow the picture; a gap is asked for; what comes twice is passed over", async () => {
  const m = model();
  const el = document.createElement("div");
  render({ model: m as never, el });
  await drawn();
  expect(m.sent).toContainEqual({ type: "want", from: 0 });
  const trace = recorded("detach");
  m.emit("msg:custom", { type: "batch", first: 10, count: 5 }, [lines(trace, 10, 15)]);
  expect(m.sent.filter((s) => (s as { from: number }).from === 0).length).toBe(2);
  m.emit("msg:custom", { type: "batch", first: 0, count: 10 }, [lines(trace, 0, 10)]);
  m.emit("msg:custom", { type: "batch", first: 5, count: trace.length - 5 }, [lines(trace, 5, trace.length)]);
  await drawn();
  expect(names(el)).toEqual(["x", "y", "z"]);
  expect(el.querySelector('[data-role="status"]')!.textContent).toContain("live");
});

test("without a kernel the picture stays and says so", async () => {
  const m = model();
  m.send.mockImplementation(() => {
    throw new Error("Cannot send");
  });
  const el = document.createElement("div");
  render({ model: m as never, el });
  await drawn();
  expect(el.querySelector('[data-role="status"]')!.textContent).toContain("disconnected");
});

test("a damaged snapshot is refused with the reason", async () => {
  const bytes = new TextEncoder().encode("nonsense\n");
  const el = document.createElement("div");
  render({ model: model({ snapshot: new DataView(bytes.buffer) }) as never, el });
  await drawn();
  expect(el.querySelector(".note.error")!.textContent).toContain("not a gradwidget trace");
});

test("a recorder that stopped is named with its reason", async () => {
  const m = model();
  const el = document.createElement("div");
  render({ model: m as never, el });
  await drawn();
  m.emit("msg:custom", { type: "stopped", reason: "disk full" });
  expect(el.querySelector('[data-role="status"]')!.textContent).toContain("disk full");
});

// ---- folding and finding

test("a click on a folded group opens it, on its title folds it again; the keys do the same", async () => {
  const { place, app } = mount();
  app.load(looped());
  await drawn();
  const mark = (id: string) => place.querySelector(`[data-mark="${id}"]`);
  expect([mark("gk1")!.textContent, mark("gk3")!.textContent]).toEqual([
    expect.stringContaining("training step 1"),
    "⊟ training step 3",
  ]);
  mark("gk1")!.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await drawn();
  expect(mark("gk1")!.textContent).toBe("⊟ training step 1");
  expect(mark("gk3")!.textContent).toContain("1 op · 1 parameter");
  mark("gk1")!.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await drawn();
  expect(mark("gk1")!.textContent).toContain("⊞ training step 1");
  const tree = place.querySelector('[role="tree"]')!;
  const press = (key: string) => tree.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const item = () => place.querySelector('[role="treeitem"][data-mark="gk1"]')!;
  expect(item().getAttribute("aria-expanded")).toBe("false");
  press("Home");
  press("Enter");
  await drawn();
  expect(item().getAttribute("aria-expanded")).toBe("true");
});

test("what is looked for is found in what is folded, opened and selected", async () => {
  const { place, app } = mount();
  app.load(looped());
  await drawn();
  const field = place.querySelector<HTMLInputElement>(".search input")!;
  app.root.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true }));
  expect(place.querySelector<HTMLElement>(".search")!.hidden).toBe(false);
  field.value = "MulBack";
  field.dispatchEvent(new Event("input"));
  const press = (key: string, shiftKey = false) =>
    field.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true }));
  expect(place.querySelector(".search .count")!.textContent).toBe("3");
  press("Enter");
  await drawn();
  expect(place.querySelector(".pill.selected")!.getAttribute("data-mark")).toBe("o101");
  press("Enter", true);
  await drawn();
  expect(place.querySelector(".pill.selected")!.getAttribute("data-mark")).toBe("o103");
  expect(place.querySelector(".search .count")!.textContent).toBe("3 / 3");
  press("Escape");
  expect(place.querySelector<HTMLElement>(".search")!.hidden).toBe(true);
});

test("what is selected elsewhere comes out of what it is folded into", async () => {
  const { place, app } = mount();
  app.load(looped());
  await drawn();
  expect(place.querySelector('[data-mark="t101"]')).toBeNull();
  const strip = [...place.querySelectorAll<HTMLElement>(".strip")].find((e) => e.dataset.id === "101")!;
  strip.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await drawn();
  expect(place.querySelector('[data-mark="t101"]')!.classList.contains("selected")).toBe(true);
  expect(place.querySelector('[data-mark="gk1"]')!.textContent).toBe("⊟ training step 1");
});

/** Three steps of training. */
function looped(): Trace {
  const lines: unknown[] = [
    ["tensor", 1, 1, 1, 0, [], [], "float32", true, true, null, null, 0, "parameter", 0],
    ["name", "w", 1],
  ];
  for (const i of [1, 2, 3]) {
    lines.push(
      ["storage", 100 + i, 4, "cpu", false],
      ["tensor", 100 + i, 100 + i, 100 + i, 0, [], [], "float32", false, true, null, i, 0, "", 0],
      ["op", 100 + i, "mul", [1], [100 + i], "2", "grad", null, 1],
      ["node", i, "MulBackward0", 100 + i, [null], [], 0, null],
      ["backward", i, [100 + i], false, false, null],
      ["backwardend", i, null, null],
      ["scope", i, "optimizer", "SGD.step", null],
      ["leave", i],
    );
  }
  const trace = new Trace();
  trace.addLines(
    lines.map((l) => JSON.stringify(l)),
    2,
  );
  return trace;
}

test("a damaged file and unknown events are said, and what can be shown is shown", async () => {
  const { place, app } = mount();
  const trace = recorded("detach");
  Object.assign(trace, { damage: "line 99: no event", unknown: 2 });
  app.load(trace);
  await drawn();
  const status = place.querySelector('[data-role="status"]')!;
  expect(status.textContent).toContain("line 99: no event");
  expect(status.textContent).toContain("2 events of a kind");
  expect(names(place)).toEqual(["x", "y", "z"]);
});

test("pictures that are asked to stay in step do, by event too", async () => {
  const places = ["a", "b"].map(() => document.body.appendChild(document.createElement("div")));
  const [one, two] = places.map((place) => new App(place, { language: "en", in_step: true }, engine, ""));
  for (const app of [one!, two!]) app.load(recorded("detach"));
  await drawn();
  const unit = places[0]!.querySelector<HTMLSelectElement>('select[aria-label="Go by"]')!;
  unit.value = "event";
  unit.dispatchEvent(new Event("change"));
  places[0]!.querySelector<HTMLButtonElement>('[aria-label="One step back"]')!.click();
  await drawn();
  expect(two!.at).toBe(one!.trace.length - 1);
  expect(places[1]!.firstElementChild!.getAttribute("data-at")).toBe(String(two!.at));
  expect(places[0]!.querySelector(".time .count")!.textContent).toBe(`${one!.at} / ${one!.trace.length}`);
  two!.destroy();
  one!.seek(1);
  expect(two!.at).not.toBe(one!.at);
  one!.destroy();
});

test("a live picture says whether it follows", async () => {
  const { place, app } = mount();
  app.load(recorded("detach"));
  await drawn();
  const along = place.querySelector<HTMLButtonElement>(".along")!;
  expect(along.hidden).toBe(true);
  app.setConnection("live");
  expect([along.hidden, along.getAttribute("aria-pressed")]).toEqual([false, "true"]);
  along.click();
  await drawn();
  expect(along.getAttribute("aria-pressed")).toBe("false");
});

test("devices have lanes of their own in memory, and hooks a sign at their tensor", async () => {
  const { place, app } = mount();
  app.load(recorded("hooks"));
  await drawn();
  expect([...place.querySelectorAll(".lane")].map((e) => e.textContent)).toEqual(["cpu", "cuda:0 (simulated)"]);
  expect(place.querySelector(".gradchip.hook")!.textContent).toContain("clip → 1.414");
  app.load(recorded("detach"));
  await drawn();
  expect(place.querySelector(".lane, .gradchip.hook")).toBeNull();
});
