// From bytes to text. Two things are used that browsers, workers and Node all have, though the language itself has not.

declare const TextDecoder: new (encoding: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };
declare const DecompressionStream: new (
  format: "gzip",
) => {
  readonly writable: { getWriter(): { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> } };
  readonly readable: {
    getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> };
  };
};

/** What a message or a trait may hold where bytes are meant. */
export type Bytes = ArrayBuffer | ArrayBufferView;

export function asBytes(data: Bytes): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** Throws an Error where the bytes are no text. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("the bytes are no UTF-8 text");
  }
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** What is in a gzip file: all of it, or as much as comes before the place where it is damaged or cut off. */
export async function gunzip(bytes: Uint8Array): Promise<{ readonly bytes: Uint8Array; readonly whole: boolean }> {
  const { writable, readable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  const reader = readable.getReader();
  const parts: Uint8Array[] = [];
  const read = async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) if (part.value) parts.push(part.value);
  };
  const ended = await Promise.allSettled([written, read()]);
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return { bytes: whole, whole: ended.every((e) => e.status === "fulfilled") };
}
