/** A request as a command for a terminal. */

import { at } from "./urls.js";

/** A text as one word of a shell. */
const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** How a `POST /process` is sent. @param {boolean} isLocked whether the service asks for a key */
export function curl(body, isLocked) {
  const key = isLocked ? ["-H \"X-API-Key: $API_KEY\""] : [];
  const given = [`curl -s ${location.origin}${at("process")}`, ...key, "-H 'Content-Type: application/json'"];
  return [...given, `-d ${quoted(JSON.stringify(body, null, 1))}`].join(" \\\n  ");
}

/** Whether a client without our cookie is refused. */
export async function isLocked() {
  const answer = await fetch(at("platforms"), { credentials: "omit", headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.status === 401;
}
