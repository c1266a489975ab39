// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { Camera, type View } from "../src/view/camera.ts";

function mount() {
  const place = document.createElement("div");
  Object.defineProperty(place, "clientWidth", { value: 400 });
  Object.defineProperty(place, "clientHeight", { value: 300 });
  place.setPointerCapture = () => {};
  document.body.append(place);
  const seen: View[] = [];
  const clicks: Event[] = [];
  const camera = new Camera(place, (view) => seen.push(view));
  place.addEventListener("click", (event) => clicks.push(event));
  const point = (type: string, x: number, y: number, id = 1, buttons = 1) =>
    place.dispatchEvent(new PointerEvent(type, { clientX: x, clientY: y, pointerId: id, buttons, bubbles: true }));
  return { place, camera, clicks, point };
}

test("a drag moves the drawing by as much, and is no click", () => {
  const { camera, clicks, point, place } = mount();
  point("pointerdown", 10, 10);
  point("pointermove", 40, 5);
  point("pointerup", 40, 5);
  place.click();
  expect(camera.view).toEqual({ k: 1, x: 30, y: -5 });
  expect(camera.held).toBe(true);
  expect(clicks).toEqual([]);
  place.click();
  expect(clicks.length).toBe(1);
});

test("a hand that trembles clicks", () => {
  const { camera, clicks, point, place } = mount();
  point("pointerdown", 10, 10);
  point("pointermove", 11, 11);
  point("pointerup", 11, 11);
  place.click();
  expect([camera.view.x, camera.held, clicks.length]).toEqual([0, false, 1]);
});

test("the wheel zooms around the pointer, within limits", () => {
  const { camera, place } = mount();
  const at = { x: 100, y: 50 };
  const wheel = (deltaY: number) =>
    place.dispatchEvent(Object.assign(new Event("wheel"), { deltaY, deltaMode: 0, clientX: at.x, clientY: at.y }));
  const before = camera.toWorld(at);
  wheel(-200);
  expect(camera.view.k).toBeCloseTo(2 ** 0.4);
  expect(camera.toWorld(at).x).toBeCloseTo(before.x);
  expect(camera.toWorld(at).y).toBeCloseTo(before.y);
  for (let i = 0; i < 50; i++) wheel(-500);
  expect(camera.view.k).toBe(4);
});

test("two fingers zoom around their middle", () => {
  const { camera, point } = mount();
  point("pointerdown", 100, 100, 1);
  point("pointerdown", 200, 100, 2);
  const before = camera.toWorld({ x: 150, y: 100 });
  point("pointermove", 50, 100, 1);
  point("pointermove", 250, 100, 2);
  expect(camera.view.k).toBeCloseTo(2);
  expect(camera.toWorld({ x: 150, y: 100 }).x).toBeCloseTo(before.x);
});

test("what it is pinned to stays where it is seen", () => {
  const { camera } = mount();
  camera.scaleBy(2);
  const seen = camera.toWindow({ x: 10, y: 20 });
  camera.pin({ x: 10, y: 20 }, { x: 70, y: -5 });
  expect(camera.toWindow({ x: 70, y: -5 })).toEqual(seen);
});
