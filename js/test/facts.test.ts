// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { Stage } from "../src/host/stage.ts";
import { LOUD, QUIET, toneOf } from "../src/model/flow.ts";
import { inspected } from "../src/view/inspect.ts";
import { save } from "../src/view/save.ts";
import { recorded } from "./recorded.ts";

const drawn = () => new Promise((done) => setTimeout(done, 80));
afterEach(() => document.body.replaceChildren());

const stage = (name: string) => {
  const place = document.body.appendChild(document.createElement("div"));
  const made = new Stage(place, { language: "en" });
  made.app.load(recorded(name));
  return { place, made };
};

test("values are a table, a heatmap, a summary and a histogram", () => {
  const grid = { rows: 2, columns: 3, values: [0, 1, 2, 3, "nan", 5], cut: false };
  const shown = inspected("values", grid, "float32", null);
  expect([...shown.querySelectorAll("td")].map((td) => td.textContent)).toEqual(["0", "1", "2", "3", "nan", "5"]);
  const heats = [...shown.querySelectorAll("td")].map((td) => td.style.getPropertyValue("--heat"));
  expect([heats[0], heats[4], heats[5]]).toEqual(["0%", "0%", "60%"]);
  expect(shown.textContent).toContain("0 … 5 · ⌀ 2.2 · σ 1.7");
  const bars = [...shown.querySelectorAll("rect")].map((r) => Number(r.getAttribute("height")));
  expect(bars.filter((height) => height > 0)).toHaveLength(5);
  const one = inspected("values", { rows: 1, columns: 1, values: [7], cut: false }, "int64", null);
  expect(one.querySelector("svg")).toBeNull();
});

test("a norm is quiet below one bound, loud above the other, and bad where it is no number", () => {
  expect([0, QUIET / 2, QUIET, 1, LOUD, LOUD * 2, "inf", "nan"].map((x) => toneOf(x))).toEqual([
    "quiet",
    "quiet",
    "",
    "",
    "",
    "loud",
    "bad",
    "bad",
  ]);
});

test("the legend tells between which bounds the gradients are", async () => {
  const { place } = stage("accumulate");
  await drawn();
  const legend = place.querySelector<HTMLElement>(".legend")!;
  expect(legend.hidden).toBe(true);
  place.firstElementChild!.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true }));
  expect(legend.hidden).toBe(false);
  expect(legend.textContent).toMatch(/gradient: wider with its norm [\d.]+ … [\d.]+/);
  expect(legend.querySelectorAll("dt")).toHaveLength(legend.querySelectorAll("dd").length);
});

test("the other language is a press away, and the picture stays where it was", async () => {
  const { place, made } = stage("detach");
  await drawn();
  made.app.seek(2);
  await drawn();
  const at = made.app.at;
  const press = (text: string) => [...place.querySelectorAll("button")].find((b) => b.textContent === text)!.click();
  press("中文");
  await drawn();
  expect(place.querySelectorAll(".gradwidget")).toHaveLength(1);
  expect(place.textContent).toContain("回放");
  expect(made.app.at).toBe(at);
  press("English");
  await drawn();
  expect(place.textContent).toContain("replay");
});

test("what is seen is saved as a drawing, the events as JSON", async () => {
  const blobs: Blob[] = [];
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
    blobs.push(blob as Blob);
    return "blob:made";
  });
  const names: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    names.push(this.download);
  });
  const seen = { trace: recorded("detach"), svg: () => "<svg/>", next: async () => false };
  await save("SVG", seen);
  await save("JSON", seen);
  expect(names).toEqual(["gradwidget.svg", "gradwidget.json"]);
  expect(await blobs[0]!.text()).toBe("<svg/>");
  expect(JSON.parse(await blobs[1]!.text()).events).toHaveLength(seen.trace.length);
  vi.restoreAllMocks();
});

test("an edge says the norm of its gradient, and the values where there are few", async () => {
  const { place } = stage("accumulate");
  await drawn();
  const told = [...place.querySelectorAll(".back title")].map((t) => t.textContent!);
  expect(told.length).toBeGreaterThan(0);
  for (const text of told) expect(text).toMatch(/^‖gradient‖ = [\d.]+ \(.+\)$/);
});
