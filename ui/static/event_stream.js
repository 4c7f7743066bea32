// The server-sent events of a response's body, as [name, value].

export async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const frames = (rest + part.value).split("\n\n");
    rest = frames.pop();
    for (const frame of frames) {
      const field = (name) => frame.match(new RegExp(`^${name}: ?(.*)$`, "m"))?.[1];
      if (field("event") && field("data")) yield [field("event"), JSON.parse(field("data"))];
    }
  }
}
