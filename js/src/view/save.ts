// What is seen, as a file: a drawing, an image, a film of the steps to come, or the events themselves.

import type { Trace } from "../model/trace.ts";
import { h } from "./dom.ts";

const SCALE = 2; // image pixels for one of the drawing
const FRAME_MS = 700;

export const FORMS = ["SVG", "PNG", "WebM", "JSON"] as const;
export type Form = (typeof FORMS)[number];

export interface Seen {
  readonly trace: Trace;
  svg(): string;
  /** Go on one stride; whether there was one, once it is drawn. */
  next(): Promise<boolean>;
}

/** Save it under gradwidget's name. Throws where the browser cannot make such a file. */
export async function save(form: Form, seen: Seen): Promise<void> {
  const { header, events } = seen.trace;
  const made =
    form === "SVG"
      ? drawing(seen.svg())
      : form === "JSON"
        ? new Blob([JSON.stringify({ header, events })], { type: "application/json" })
        : form === "PNG"
          ? await still(seen)
          : await film(seen);
  const link = h("a", { href: URL.createObjectURL(made), download: `gradwidget.${form.toLowerCase()}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const drawing = (svg: string) => new Blob([svg], { type: "image/svg+xml" });

async function paint(svg: string, canvas: HTMLCanvasElement, resize: boolean): Promise<void> {
  const image = new Image();
  image.src = URL.createObjectURL(drawing(svg));
  await image.decode();
  URL.revokeObjectURL(image.src);
  if (resize) [canvas.width, canvas.height] = [image.width * SCALE, image.height * SCALE];
  const context = canvas.getContext("2d")!;
  context.fillStyle = /--bg:\s*([^;}]+)/.exec(svg)?.[1] ?? "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  const scale = Math.min(canvas.width / image.width, canvas.height / image.height);
  context.drawImage(image, 0, 0, image.width * scale, image.height * scale);
}

async function still(seen: Seen): Promise<Blob> {
  const canvas = h("canvas");
  await paint(seen.svg(), canvas, true);
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("PNG")))));
}

async function film(seen: Seen): Promise<Blob> {
  const canvas = h("canvas");
  await paint(seen.svg(), canvas, true);
  const recorder = new MediaRecorder(canvas.captureStream());
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((done) => {
    recorder.onstop = done;
  });
  recorder.start();
  do {
    await paint(seen.svg(), canvas, false);
    await new Promise((done) => setTimeout(done, FRAME_MS));
  } while (await seen.next());
  recorder.stop();
  await stopped;
  return new Blob(parts, { type: "video/webm" });
}
