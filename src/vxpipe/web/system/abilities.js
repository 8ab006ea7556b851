/** What this installation can do, and the reason for each no. */

import { plural } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";

const KINDS = [["encoders", "Encoders"], ["decoders", "Decoders"], ["gpus", "GPUs"]];

export function abilities(can) {
  return html`<section class="card" aria-labelledby="can-title"><h2 id="can-title">What it can do here</h2>
    <div class="kinds">${KINDS.map(([kind, title]) => html`<div><h3>${title}</h3>${list(can[kind])}${kind === "gpus" ? used(can) : nothing}</div>`)}</div></section>`;
}

/** What jobs do with the GPUs that they may use. */
function used({ accel, gpus }) {
  const atWork = gpus.filter(({ work }) => work);
  return atWork.length === 0
    ? html`<p class="quiet">Jobs run on the CPU (VXPIPE_ACCEL=${accel}).</p>`
    : atWork.map(({ name, work }) => html`<p class="quiet">${name}: ${work.decoding} of ${plural(work.decodeSlots, "decode")} now,
        ${done(work.done)} since the start${RESTS[work.breaker](work)}.</p>`);
}

const RESTS = {
  closed: () => "",
  open: ({ restsSeconds }) => `; it failed and rests for ${Math.ceil(restsSeconds)} s`,
  trial: () => "; it failed, rested and is on trial",
};

function done(rungs) {
  return Object.entries(rungs).map(([rung, count]) => `${count} on ${rung}`).join(", ") || "none";
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
