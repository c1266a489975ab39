// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { layout } from "../src/model/layout/index.ts";
import { App, type Options } from "../src/view/app.ts";
import type { Answer } from "../src/view/why.ts";
import { recorded } from "./recorded.ts";

const engine = { layout, destroy() {} };
const drawn = () => new Promise((done) => setTimeout(done, 80));
const ANSWER: Answer = {
  key: "stale-saved",
  title: "y was overwritten",
  text: "<img src=x onerror=alert(1)>",
  advice: "write to a copy",
  fix: "y = y.clone()",
  ids: ["t2", "o4", "n2", "s2"],
  source: { line: 4, text: "y.add_(1)" },
};

async function mount(options: Options = {}, trace = "stale") {
  const place = document.createElement("div");
  document.body.append(place);
  const app = new App(place, { language: "en", ...options }, engine, "");
  app.load(recorded(trace));
  await drawn();
  return { place, app, why: () => place.querySelector('[data-role="why"]')! };
}

const press = async (element: Element) => {
  element.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await drawn();
};

afterEach(() => document.body.replaceChildren());

test("a saved page answers about what is selected, without a kernel", async () => {
  const { place, why } = await mount({ answers: { en: { t2: [ANSWER] }, zh: {} } });
  await press(place.querySelector('[data-mark="t2"]')!);
  for (const part of ["y was overwritten", "4: y.add_(1)", "Fix: write to a copy", "y = y.clone()"])
    expect(why().textContent).toContain(part);
  await press(place.querySelector('[data-mark="t1"]')!);
  expect(why().textContent).not.toContain("y = y.clone()");
});

test("what comes from a program is text, never HTML", async () => {
  const { place, why } = await mount({ answers: { en: { t2: [ANSWER] } } });
  await press(place.querySelector('[data-mark="t2"]')!);
  expect(why().querySelector("img")).toBeNull();
  expect(why().textContent).toContain("<img src=x");
});

test("problems are listed in red words, and select what they hurt", async () => {
  const { place, why } = await mount();
  const [hazard, failed] = why().querySelectorAll(".problem");
  expect(hazard!.textContent).toBe("y was overwritten, and ExpBackward0 still needs it · 4");
  expect(failed!.textContent!.length).toBeLessThan(110);
  expect(place.querySelector('[data-mark="t2"]')!.classList.contains("trouble")).toBe(true);
  await press(hazard!);
  expect(place.querySelector('[data-mark="t2"]')!.classList.contains("selected")).toBe(true);
});

test("before it arose there is no problem", async () => {
  const { place, app, why } = await mount();
  app.seek(1);
  await vi.waitFor(() => expect(why().querySelector(".problem")).toBeNull());
  expect(place.querySelector(".trouble[data-mark]")).toBeNull();
});

test("a kernel is asked, as things stand at the step, and its answer leads on", async () => {
  const { place, app, why } = await mount();
  const ask = vi.fn(() => Promise.resolve([ANSWER]));
  app.why.ask = ask;
  await press(place.querySelector('[data-mark="t1"]')!);
  expect(ask).not.toHaveBeenCalled();
  const asks = [...why().querySelectorAll(".ask")];
  expect(asks.map((b) => b.textContent)).toContain("who shares it");
  await press(asks[1]!);
  expect(ask).toHaveBeenCalledWith("t1", "grad", app.trace.length);
  const mark = [...why().querySelectorAll(".marks button")].find((b) => b.textContent === "y")!;
  await press(mark);
  expect(place.querySelector('[data-mark="t2"]')!.classList.contains("selected")).toBe(true);
});

test("a kernel that fails leaves the picture as it is", async () => {
  const { place, app, why } = await mount();
  app.why.ask = () => Promise.reject(new Error("no"));
  await press(place.querySelector('[data-mark="t1"]')!);
  await press(why().querySelector(".ask")!);
  expect(why().querySelector(".soft, .why")).toBeNull();
});
