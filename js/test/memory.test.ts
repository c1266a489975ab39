import { expect, test } from "vitest";
import { sizeOf, spansOf } from "../src/model/memory.ts";
import { bytesText, places, shapeText, short } from "../src/model/values.ts";

const window = (shape: number[], stride: number[], offset = 0) => ({ shape, stride, offset });

test("a contiguous window is one run", () => {
  expect(spansOf(window([2, 3], [3, 1]))).toEqual([{ from: 0, to: 6 }]);
  expect(spansOf(window([3], [1], 3))).toEqual([{ from: 3, to: 6 }]);
});

test("a stepped window leaves gaps", () => {
  expect(spansOf(window([3], [2]))).toEqual([
    { from: 0, to: 1 },
    { from: 2, to: 3 },
    { from: 4, to: 5 },
  ]);
  expect(spansOf(window([2, 2], [3, 2]))).toEqual([
    { from: 0, to: 1 },
    { from: 2, to: 4 },
    { from: 5, to: 6 },
  ]);
});

test("a transposed window covers the same cells in another order", () => {
  expect(spansOf(window([3, 2], [1, 3]))).toEqual([{ from: 0, to: 6 }]);
  expect([...places(window([3, 2], [1, 3]))]).toEqual([0, 3, 1, 4, 2, 5]);
});

test("an expanded window shows a cell many times and covers it once", () => {
  expect(spansOf(window([4, 3], [0, 1]))).toEqual([{ from: 0, to: 3 }]);
  expect([...places(window([2, 2], [0, 1], 5))]).toEqual([5, 6, 5, 6]);
});

test("a 0-dim window is one cell, an empty one none", () => {
  expect(spansOf(window([], [], 2))).toEqual([{ from: 2, to: 3 }]);
  expect(spansOf(window([0, 3], [3, 1]))).toEqual([]);
});

test("sizes and texts", () => {
  expect([sizeOf("float32"), sizeOf("int64"), sizeOf("bool"), sizeOf("uint8")]).toEqual([4, 8, 1, 1]);
  expect([shapeText([]), shapeText([3]), shapeText([2, 3])]).toEqual(["()", "(3,)", "(2, 3)"]);
  expect([short(0), short(-1.23456), short("nan"), short("-inf"), short(1, "bool"), short(123456789)]).toEqual([
    "0",
    "−1.23",
    "nan",
    "−∞",
    "T",
    "1e8",
  ]);
  expect([bytesText(12), bytesText(34100)]).toEqual(["12 B", "34.1 kB"]);
});
