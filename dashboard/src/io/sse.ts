// Server-sent events out of a response that is read as it comes (EventSource cannot send a session).

export interface Message {
  event: string;
  data: string;
  id: string | null;
}

/** Every message of a stream; `heard` is told of anything that comes, comments included. */
export async function* messages(body: ReadableStream<Uint8Array>, heard: () => void): AsyncGenerator<Message> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      buffer += value;
      const parts = buffer.split(/\r?\n\r?\n/);
      buffer = parts.pop() ?? "";
      for (const part of parts) {
        const message = parse(part);
        if (message.data) yield message;
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function parse(block: string): Message {
  const message: Message = { event: "message", data: "", id: null };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    else if (name === "event") message.event = value;
    else if (name === "id") message.id = value;
  }
  message.data = data.join("\n");
  return message;
}
