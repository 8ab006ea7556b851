/** What the service is at, what it did lately, and what it can do, as pieces of the screen. */

import { clock, plural, size, span } from "../lib/format.js";
import { html, nothing, svg } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { badge } from "../lib/parts.js";

const card = (title, content) => html`<section class="card" aria-label=${title}><h2>${title}</h2>${content}</section>`;

/** A table; the first cell of a row is its heading, figures stand at the right. */
function table(heads, rows) {
  const right = (cell) => (typeof cell === "number" || /^[\d.]+ (ms|s|min)/.test(cell) ? "figure" : "");
  return html`<table><thead><tr>${heads.map((head, at) => html`
      <th scope="col" class=${right(rows[0]?.[at])}>${head}</th>`)}</tr></thead>
    <tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`
      <td class=${right(cell)}>${cell}</td>`)}</tr>`)}</tbody></table>`;
}

/** The figures that say how it stands, at a glance. */
export function tiles({ activity, uptime, version }, { disk, workers }) {
  return html`<dl class="tiles">
    ${activity ? busy(activity) : tile("Workers", workers, "")}
    ${tile("Disk free", size(disk.freeBytes), `of ${size(disk.totalBytes)}`, 1 - disk.freeBytes / disk.totalBytes)}
    ${tile("Up for", span(uptime), `vxpipe ${version}`)}</dl>`;
}

function busy({ workers, queue, readers }) {
  const lines = queue.lines.map(({ class: step, lane, count }) => `${count} for ${step === "media" ? "a worker" : lane}`);
  const oldest = Math.max(0, ...queue.lines.map((line) => line.oldest));
  const room = `room for ${queue.room.toLocaleString("en")}`;
  return html`
    ${tile("Working on", `${workers.busy} of ${workers.total}`, `${plural(workers.fetching, "download")} besides`, workers.busy / workers.total)}
    ${tile("In the queue", queue.depth.toLocaleString("en"), queue.depth ? `${lines.join(", ")}; oldest ${span(oldest)}` : room)}
    ${tile("Live readers", readers.count, readers.cut ? `${readers.cut} cut: too slow` : `of ${readers.most.toLocaleString("en")} at most`)}`;
}

function tile(name, value, more, share) {
  const meter = html`<dd><progress .value=${share ?? 0} aria-label="${name}: share in use"></progress></dd>`;
  return html`<div class="card"><dt class="quiet">${name}</dt><dd class="big figure">${value}</dd><dd class="quiet">${more}</dd>
    ${share === undefined ? nothing : meter}</div>`;
}

/** Jobs minute by minute, why attempts failed, and how long the stages took; the service counts from its start. */
export function lastHour({ activity, uptime }) {
  if (!activity) return html`<p class="quiet">What all callers do together is shown to keys that see all jobs.</p>`;
  const { jobs, attempts, failures, stages } = activity.lastHour;
  const failed = failures.reduce((sum, { count }) => sum + count, 0);
  const causes = failures.map(({ code, count }) => [code.replaceAll("_", " "), count]);
  const times = stages.map(({ stage, p50, p95 }) => [stage, span(p50), span(p95)]);
  return card(uptime < 3600 ? `Since the start, ${span(uptime)} ago` : "The last hour", html`<div class="thirds">
    <div><h3>Jobs that ended: ${jobs.reduce((sum, count) => sum + count, 0)}</h3>${bars(jobs)}</div>
    <div><h3>Attempts that failed: ${failed} of ${attempts}</h3>${failed ? table(["Cause", "Attempts"], causes) : nothing}</div>
    <div><h3>How long stages take</h3>${times.length ? table(["Stage", "Half within", "19 of 20"], times) : html`<p class="quiet">Nothing ran yet.</p>`}</div></div>`);
}

function bars(jobs) {
  const most = Math.max(1, ...jobs);
  const bar = (count, at) => svg`<rect x=${at * 4} y=${39 - (38 * count) / most} width="3" height=${1 + (38 * count) / most}></rect>`;
  return html`<svg class="spark" viewBox="0 0 240 40" preserveAspectRatio="none" role="img"
      aria-label="Jobs a minute: at most ${most}, now ${jobs.at(-1)}">${jobs.map(bar)}</svg>
    <p class="quiet ends"><span>an hour ago</span><span>now</span></p>`;
}

/** What this installation can do, and the reason for each no; and with which tools: an old yt-dlp is the usual cause of failures. */
export function abilities({ encoders, decoders, gpus, accel, tools, ytdlp, sandbox }) {
  const age = [ytdlp.version, ytdlp.ageDays !== null && `${plural(ytdlp.ageDays, "day")} old`, ytdlp.source === "update" && "an update"];
  const versions = { ...tools, "yt-dlp": age.filter(Boolean).join(", "), sandbox: `${sandbox.level} (${sandbox.mode})` };
  return card("What it can do here", html`<div class="thirds">
    ${Object.entries({ Encoders: encoders, Decoders: decoders, GPUs: gpus }).map(([title, all]) => html`<div><h3>${title}</h3>${yesAndNo(all)}${all === gpus ? used(accel, gpus) : nothing}</div>`)}
    <div><h3>Tools</h3>${table(["Tool", "Version"], Object.entries(versions))}${ytdlp.warnings.map((text) => html`<p class="warned">${text}</p>`)}</div></div>`);
}

function yesAndNo(all) {
  const missing = Map.groupBy(all.filter((each) => !each.available), (each) => each.reason);
  return html`<ul class="abilities">
    ${all.filter((each) => each.available).map(({ name }) => html`<li>${icon("completed", 14)} ${name}<span class="unseen">: yes</span></li>`)}
    ${[...missing].map(([reason, same]) => html`<li class="no">${icon("cancelled", 14)}
      <b>${same.map((each) => each.name).join(", ")}</b><span class="unseen">: no</span> — ${reason}</li>`)}</ul>`;
}

/** What jobs do with the GPUs that they may use. */
function used(accel, gpus) {
  const atWork = gpus.filter(({ work }) => work);
  if (!atWork.length) return html`<p class="quiet">Jobs run on the CPU (VXPIPE_ACCEL=${accel}).</p>`;
  return atWork.map(({ name, work: { decoding, decodeSlots, done, breaker, restsSeconds } }) => {
    const rungs = Object.entries(done).map(([rung, count]) => `${count} on ${rung}`).join(", ") || "none";
    const rest = { closed: "", open: `; it failed and rests for ${Math.ceil(restsSeconds)} s`, trial: "; it failed, rested and is on trial" };
    return html`<p class="quiet">${name}: ${decoding} of ${plural(decodeSlots, "decode")} now, ${rungs} since the start${rest[breaker]}.</p>`;
  });
}

const BREAKER = { open: ["failed", "left alone"], half_open: ["partly", "on trial"], closed: ["completed", "open"] };
const LEFT_ALONE_FIRST = Object.keys(BREAKER);

/** The platforms, and which of them are left alone for a while. */
export function platforms(all) {
  const rank = ({ breaker }) => LEFT_ALONE_FIRST.indexOf(breaker.state);
  const shown = all.filter((each) => each.enabled).sort((a, b) => rank(a) - rank(b));
  return card("Platforms", html`<ul class="thirds">${shown.map(platform)}</ul>`);
}

function platform({ label, breaker, concurrency, interval, credentials: { cookies, expired, keys } }) {
  const why = [breaker.until && `until ${clock(breaker.until).slice(0, 5)}`, breaker.reason?.replaceAll("_", " ")];
  const pace = [`${concurrency} at once`, interval && `one in ${span(interval)}`, cookies && "with cookies", keys && "with a key"];
  return html`<li>${badge(...BREAKER[breaker.state])} <b>${label}</b>
    <span class="quiet">${[...why, ...pace].filter(Boolean).join(", ")}</span>${expired ? html` <b class="bad">cookies expired</b>` : nothing}</li>`;
}
