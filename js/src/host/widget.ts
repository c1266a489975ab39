// The picture in a notebook. Events come in numbered batches while a cell runs; a gap is asked for again; a snapshot
// stands in the notebook for the time when there is no kernel.

import type { AnyModel } from "@anywidget/types";
import { asBytes, type Bytes } from "../model/bytes.ts";
import { parseTrace } from "../model/trace.ts";
import type { App, Connection, Options } from "../view/app.ts";
import type { Answer, WhyView } from "../view/why.ts";
import { Stage } from "./stage.ts";

interface Traits {
  snapshot: DataView;
  options: Options;
  svg: string;
}

type Message =
  | { readonly type: "batch"; readonly first: number; readonly count: number }
  | { readonly type: "cell"; readonly label: string }
  | { readonly type: "stopped"; readonly reason: string }
  | { readonly type: "answers"; readonly number: number; readonly answers: readonly Answer[] }
  | { readonly type: "cleared" };

const SVG_MS = 1500; // after the last drawing, until the notebook gets it
const MOST_SVG = 400_000; // characters; more would only swell the notebook

interface RenderContext {
  readonly model: AnyModel<Traits>;
  readonly el: HTMLElement;
  readonly signal?: AbortSignal;
}

export function render({ model, el, signal }: RenderContext): () => void {
  const language = document.documentElement.lang;
  let saving: ReturnType<typeof setTimeout> | null = null;
  const keep = (svg: () => string) => {
    if (saving !== null) clearTimeout(saving);
    saving = setTimeout(() => {
      saving = null;
      try {
        const text = svg();
        if (text.length > MOST_SVG || text === model.get("svg")) return;
        model.set("svg", text);
        model.save_changes();
      } catch {
        // without a kernel nothing can be kept, and nothing is lost
      }
    }, SVG_MS);
  };
  let app: App;
  let connection: readonly [Connection, string?] = ["live"];
  const connect = (...state: readonly [Connection, string?]): void => {
    connection = state;
    app.setConnection(...state);
  };
  const begin = (made: App): void => {
    app = made;
    app.setConnection(...connection);
    app.why.ask = ask;
  };
  let asking = 0;
  const awaited = new Map<number, (answers: readonly Answer[]) => void>();
  const ask: WhyView["ask"] = (about, question, step) =>
    new Promise((answer) => {
      awaited.set(++asking, answer);
      send({ type: "why", number: asking, about, question, step, language: app.language });
    });
  try {
    new Stage(el, { ...(language ? { language } : {}), ...model.get("options") }, begin, keep);
  } catch (error) {
    el.textContent = `gradwidget: ${error instanceof Error ? error.message : String(error)}`;
    return () => {};
  }

  /** Tell the kernel something, if there is one. */
  const send = (message: object): void => {
    try {
      model.send(message);
    } catch {
      connect("disconnected");
    }
  };

  let asked = -1;
  const take = (first: number, data: Bytes): void => {
    const taken = app.trace.addBatch(first, data);
    if (taken.ok) {
      asked = -1;
      if (taken.added > 0) app.grew();
    } else if (asked !== taken.missingFrom) {
      asked = taken.missingFrom;
      send({ type: "want", from: taken.missingFrom });
    }
  };

  const hear = (message: Message, buffers: readonly DataView[] = []): void => {
    try {
      if (message.type === "batch" && buffers[0]) {
        connect("live");
        take(message.first, asBytes(buffers[0]));
      } else if (message.type === "answers") {
        awaited.get(message.number)?.(message.answers);
        awaited.delete(message.number);
      } else if (message.type === "cleared") app.clear();
      else if (message.type === "stopped") connect("stopped", message.reason);
    } catch (error) {
      app.fail(error);
    }
  };

  const readSnapshot = async (): Promise<void> => {
    const bytes = model.get("snapshot");
    if (!bytes || bytes.byteLength === 0) return;
    try {
      const trace = await parseTrace(bytes);
      if (trace.length > app.trace.length) app.load(trace);
    } catch (error) {
      if (app.trace.length === 0) app.fail(error);
    }
  };

  /** A word of the manager that the line to the kernel changed; whether there is one, only a message finds out. */
  // told when the line to the kernel opens or closes; it is open when the picture is made, and what comes later reopens it
  const alive = (): void => connect("disconnected");
  const changed = (): void => void readSnapshot();
  const question = (): void => {
    const { predict, in_step } = model.get("options") ?? {};
    app.ask(predict);
    app.inStep(in_step);
  };
  model.on("msg:custom", hear);
  model.on("change:snapshot", changed);
  model.on("change:options", question);
  model.on("comm_live_update" as never, alive as never);
  connect("live");
  void readSnapshot().then(() => send({ type: "want", from: app.trace.length }));

  const stop = (): void => {
    if (saving !== null) clearTimeout(saving);
    model.off("msg:custom", hear);
    model.off("change:snapshot", changed);
    model.off("change:options", question);
    model.off("comm_live_update" as never, alive as never);
    app.destroy();
  };
  signal?.addEventListener("abort", stop, { once: true });
  return signal ? () => {} : stop;
}
