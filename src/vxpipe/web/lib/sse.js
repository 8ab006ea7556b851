/** Server-sent events: fetch tells why a stream is refused, which EventSource does not. A comment is an event without data. */

export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = []; // a snapshot may come in hundreds of pieces
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const isEnd = ((held.at(-1)?.at(-1) ?? "") + value).includes("\n\n");
    held.push(value);
    if (!isEnd) continue;
    const frames = held.join("").split("\n\n");
    held = [frames.pop()];
    yield* frames.map(eventOf);
  }
}

/** The flag `s`: U+2028 in a title ends no line. */
function eventOf(frame) {
  const { event = "", data } = Object.fromEntries(frame.split("\n").map((line) => /^(\w*): ?(.*)$/s.exec(line)?.slice(1) ?? []));
  return { kind: event, data: data ? JSON.parse(data) : null };
}
