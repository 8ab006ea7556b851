/** What this installation can do, and the reason for each no. */

import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { icon } from "../lib/icons.js";

const KINDS = [["encoders", "Encoders"], ["decoders", "Decoders"], ["gpus", "GPUs"]];

export function abilities(can) {
  return html`<section class="card" aria-labelledby="can-title"><h2 id="can-title">What it can do here</h2>
    <div class="kinds">${KINDS.map(([kind, title]) => html`<div><h3>${title}</h3>${list(can[kind])}</div>`)}</div></section>`;
}

function list(all) {
  const missing = Map.groupBy(all.filter((each) => !each.available), (each) => each.reason);
  return html`<ul class="abilities">
    ${all.filter((each) => each.available).map(({ name }) => html`<li class="yes">${icon("completed", 14)}<span>${name}<span class="unseen">: yes</span></span></li>`)}
    ${[...missing].map(([reason, same]) => html`<li class="no">${icon("close", 14)}
      <span><b>${same.map((each) => each.name).join(", ")}</b><span class="unseen">: no</span> — ${reason}</span></li>`)}</ul>`;
}

/** Which tools in which version; an old yt-dlp is the usual cause of failures. */
export function tools({ tools: versions, ytdlp, sandbox }) {
  const { "yt-dlp": _, ...others } = versions;
  const age = ytdlp.ageDays === null ? "" : `, ${plural(ytdlp.ageDays, "day")} old`;
  return html`<section class="card" aria-labelledby="tools-title"><h2 id="tools-title">Tools</h2>
    <dl class="pairs">
      ${Object.entries(others).map(([name, version]) => html`<div><dt>${name}</dt><dd>${version}</dd></div>`)}
      <div><dt>yt-dlp</dt><dd>${ytdlp.version}${age}${ytdlp.source === "update" ? ", an update" : ""}</dd></div>
      <div><dt>sandbox</dt><dd>${sandbox.level} <span class="quiet">(${sandbox.mode})</span></dd></div>
    </dl>
    ${ytdlp.warnings.map((text) => html`<p class="warned">${text}</p>`)}</section>`;
}
