/** The lines of a draft, and what each asks for. Pure. */

/**
 * A line of the draft: what to send for it, or why it cannot be sent.
 * @typedef {{number: number, text: string, item?: object, fault?: string}} Line
 */

/** The lines of a draft that say something. @returns {Line[]} */
export function parseLines(draft) {
  return draft.split("\n")
    .map((text, at) => ({ number: at + 1, text: text.trim() }))
    .filter(({ text }) => text)
    .map((line) => ({ ...line, ...parseLine(line.text) }));
}

function parseLine(text) {
  if (/^https?:\/\//i.test(text)) return { item: { url: text } };
  if (/^[\w-]+(\.[\w-]+)+\//.test(text)) return { item: { url: `https://${text}` } };
  const [, platform, code] = /^([^\s:]+)\s*:\s*(\S.*)$/.exec(text) ?? [];
  return platform ? { item: { platform, code } } : { fault: "Write platform:code, or paste the link of a video." };
}
