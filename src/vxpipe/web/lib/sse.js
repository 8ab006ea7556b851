/** Server-sent events out of the body of an answer: fetch tells why a stream is refused, which EventSource does not. */

/** The events as they come; a comment is one without data. `heard`: anything came. */
export async function* events(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = []; // the pieces of a frame that has not ended: a snapshot may come in hundreds
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    const isEnd = ((held.at(-1)?.at(-1) ?? "") + value).includes("\n\n");
    held.push(value);
    if (!isEnd) continue;
    const frames = held.join("").split("\n\n");
    held = [frames.pop()];
    yield* frames.map(eventOf);
  }
}

/** The flag `s`: a title may hold U+2028, which is no end of a line here. */
function eventOf(frame) {
  const { event = "", data } = Object.fromEntries(frame.split("\n").map((line) => /^(\w*): ?(.*)$/s.exec(line)?.slice(1) ?? []));
  return { kind: event, data: data ? JSON.parse(data) : null };
}
