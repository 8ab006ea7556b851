/** What this installation can do, and the reason for each no. */

import { plural } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";

const KINDS = [["encoders", "Encoders"], ["decoders", "Decoders"], ["gpus", "GPUs"]];

export function abilities(can) {
  return html`<section class="card" aria-labelledby="can-title"><h2 id="can-title">What it can do here</h2>
    <div class="kinds">${KINDS.map(([kind, title]) => html`<div><h3>${title}</h3>${list(can[kind])}</div>`)}</div></section>`;
}

function list(all) {
  return html`<ul class="abilities">${[...all].sort((a, b) => b.available - a.available).map(({ name, available, reason }) => html`
    <li class=${available ? "yes" : "no"}>${icon(available ? "completed" : "close", 14)}<span>${name}<span class="unseen">: ${available ? "yes" : "no"}</span></span>
      ${reason ? html`<span class="why">${reason}</span>` : nothing}</li>`)}</ul>`;
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
