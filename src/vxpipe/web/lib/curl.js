/** A `POST /process` as a command for a terminal. Without a key in `$API_KEY` curl leaves its header out. */

import { at } from "./urls.js";

export function curl(body) {
  const quoted = JSON.stringify(body, null, 1).replaceAll("'", `'\\''`);
  const given = ['-H "X-API-Key: $API_KEY"', "-H 'Content-Type: application/json'", `-d '${quoted}'`];
  return [`curl -s ${location.origin}${at("process")}`, ...given].join(" \\\n  ");
}
