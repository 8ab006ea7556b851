/** Server-sent events out of the body of an answer: fetch tells why a stream is refused, which EventSource does not. */

/** The events as they come; a comment, which says that the service is still there, is one without data. */
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const frames = (rest + value).split("\n\n");
    rest = frames.pop();
    yield* frames.map(eventOf);
  }
}

function eventOf(frame) {
  const fields = Object.fromEntries(frame.split("\n").map((line) => /^(\w*): ?(.*)$/.exec(line)?.slice(1) ?? []));
  return { kind: fields.event ?? "", data: fields.data ? JSON.parse(fields.data) : null };
}
