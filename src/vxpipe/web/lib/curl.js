/** A `POST /process` as a command for a terminal. Without a key in `$API_KEY` curl leaves its header out. */

import { at } from "./urls.js";

export function curl(body) {
  const given = [`curl -s ${location.origin}${at("process")}`, '-H "X-API-Key: $API_KEY"', "-H 'Content-Type: application/json'"];
  return [...given, `-d ${quoted(JSON.stringify(body, null, 1))}`].join(" \\\n  ");
}

const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
