/** What a draft asks for, line by line: links, `platform:code`, CSV, JSON. Whether it can be taken the service says. Pure. */

const LINK = /https?:\/\/[^\s"'<>|]+/gi;
const BARE = /^[\w-]+(\.[\w-]+)+\/\S*$/;
const CODE = /^([^\s:,;]+)\s*:\s*(\S.*)$/;
const HEADER = /^["']?(platform|url|link|code)["']?\s*[,;\t]/i;

/**
 * One video of the draft: what to send for it, or why it cannot be sent.
 * @typedef {{number: number, text: string, item?: object, fault?: string}} Line
 */

/** @returns {Line[]} */
export function parseLines(draft) {
  return /^\s*[[{]/.test(draft) ? ofJson(draft) : ofText(draft);
}

function ofText(draft) {
  return draft.split("\n").flatMap((raw, at) => {
    const text = raw.trim();
    if (!text || text.startsWith("#") || (HEADER.test(text) && !LINK_IN(text))) return [];
    return itemsOf(text).map((found) => ({ number: at + 1, text, ...found }));
  });
}

const LINK_IN = (text) => text.search(LINK) >= 0;

function itemsOf(text) {
  const links = text.match(LINK);
  if (links) return links.map((link) => ({ item: { url: link.replace(/[),.;\]]+$/, "") } }));
  if (BARE.test(text)) return [{ item: { url: `https://${text}` } }];
  const [, platform, code] = CODE.exec(text) ?? [];
  if (platform) return [{ item: { platform, code } }];
  const cells = text.split(/[,;\t]/).map((cell) => cell.trim().replace(/^(["'])(.*)\1$/, "$2")).filter(Boolean);
  if (cells.length === 2) return [{ item: { platform: cells[0], code: cells[1] } }];
  return [{ fault: "no link, and no platform:code" }];
}

/** A list of items or links, an object with `items`, or an object a line. */
function ofJson(draft) {
  try {
    const value = JSON.parse(draft);
    const list = Array.isArray(value) ? value : (value.items ?? [value]);
    return list.map((each, at) => ({ number: lineOf(draft, each, at), text: JSON.stringify(each), ...ofValue(each) }));
  } catch (problem) {
    const lines = draft.split("\n").map((text, at) => ({ number: at + 1, text: text.trim() })).filter(({ text }) => text);
    if (lines.length > 1 && lines.every(({ text }) => isJson(text))) return lines.map((line) => ({ ...line, ...ofValue(JSON.parse(line.text)) }));
    return [{ number: brokenLine(draft, problem), text: draft.slice(0, 40), fault: `this begins like JSON and is none: ${problem.message}` }];
  }
}

function ofValue(value) {
  if (typeof value === "string") return itemsOf(value)[0];
  return value && typeof value === "object" ? { item: value } : { fault: "neither a link nor an object" };
}

/** The line on which an entry stands: where its code or link is found for the first time. */
function lineOf(draft, value, at) {
  const told = typeof value === "string" ? value : (value?.url ?? value?.code);
  const found = told ? draft.indexOf(JSON.stringify(told)) : -1;
  return found < 0 ? at + 1 : draft.slice(0, found).split("\n").length;
}

function brokenLine(draft, { message }) {
  const [, place] = /position (\d+)/.exec(message) ?? [];
  return place ? draft.slice(0, Number(place)).split("\n").length : 1;
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
