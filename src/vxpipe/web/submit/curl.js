/** A request as a command for a terminal. */

import { at } from "../lib/urls.js";

/** @param {boolean} isLocked whether the service asks for a key */
export function curl(body, isLocked) {
  const quoted = JSON.stringify(body, null, 1).replaceAll("'", "'\\''");
  const key = isLocked ? " \\\n  -H \"X-API-Key: $API_KEY\"" : "";
  return `curl -s ${location.origin}${at("process")}${key} \\\n  -H 'Content-Type: application/json' \\\n  -d '${quoted}'`;
}

/** Whether a client without our cookie is refused. */
export async function isLocked() {
  const answer = await fetch(at("platforms"), { credentials: "omit", headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.status === 401;
}
