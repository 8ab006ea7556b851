/** What the service is at, what it did lately, and what it can do, as pieces of the screen. */

import { clock, plural, size, span } from "../lib/format.js";
import { html, nothing, svg } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { badge, card } from "../lib/parts.js";

const part = (title, ...content) => html`<div><h3>${title}</h3>${content}</div>`;
const listed = (words) => words.filter(Boolean).join(", ");

/** A table; the first cell of a row is its heading, figures stand at the right. */
function table(heads, rows) {
  const look = (cell) => (/^\d+(\.\d)?( (s|min|h)\b.*)?$/.test(cell) ? "figure" : "");
  const head = (word, at) => html`<th scope="col" class=${look(rows[0]?.[at])}>${word}</th>`;
  const figure = (cell) => html`<td class=${look(cell)}>${cell}</td>`;
  const row = ([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map(figure)}</tr>`;
  return html`<table><thead><tr>${heads.map(head)}</tr></thead><tbody>${rows.map(row)}</tbody></table>`;
}

/** The figures that say how it stands, at a glance. */
export function tiles({ activity, uptime, version }, { disk, workers }) {
  return html`<dl class="tiles fit">
    ${activity ? busy(activity) : tile("Workers", workers, "")}
    ${tile("Disk free", size(disk.freeBytes), `of ${size(disk.totalBytes)}`, 1 - disk.freeBytes / disk.totalBytes)}
    ${tile("Up for", span(uptime), `vxpipe ${version}`)}</dl>`;
}

function busy({ workers, queue, readers }) {
  const lines = queue.lines.map(({ class: step, lane, count }) => `${count} for ${step === "media" ? "a worker" : lane}`);
  const oldest = `oldest ${span(Math.max(0, ...queue.lines.map((line) => line.oldest)))}`;
  const wait = queue.depth ? listed([...lines, oldest]) : `room for ${queue.room.toLocaleString("en")}`;
  const cut = readers.cut ? `${readers.cut} cut: too slow` : `of ${readers.most.toLocaleString("en")} at most`;
  const besides = `${plural(workers.fetching, "download")} besides`;
  return [
    tile("Working on", `${workers.busy} of ${workers.total}`, besides, workers.busy / workers.total),
    tile("In the queue", queue.depth.toLocaleString("en"), wait),
    tile("Live readers", readers.count, cut),
  ];
}

function tile(name, value, more, share) {
  const meter = html`<dd><progress .value=${share} aria-label="${name}: share in use"></progress></dd>`;
  return html`<div class="card"><dt class="quiet">${name}</dt><dd class="big figure">${value}</dd><dd class="quiet">${more}</dd>
    ${share === undefined ? nothing : meter}</div>`;
}

/** Jobs minute by minute, why attempts failed, and how long the stages took; the service counts from its start. */
export function lastHour({ activity, uptime }) {
  if (!activity) return html`<p class="quiet">What all callers do together is shown to keys that see all jobs.</p>`;
  const { jobs, attempts, failures, stages } = activity.lastHour;
  const [ended, failed] = [jobs, failures.map(({ count }) => count)].map((counts) => counts.reduce((sum, count) => sum + count, 0));
  const causes = failures.map(({ code, count }) => [code.replaceAll("_", " "), count]);
  const times = stages.map(({ stage, p50, p95 }) => [stage, span(p50), span(p95)]);
  return card(uptime < 3600 ? `Since the start, ${span(uptime)} ago` : "The last hour", html`<div class="fit">
    ${part(`Jobs that ended: ${ended}`, bars(jobs))}
    ${part(`Attempts that failed: ${failed} of ${attempts}`, failed ? table(["Cause", "Attempts"], causes) : nothing)}
    ${part("How long stages take", times.length ? table(["Stage", "Half within", "19 of 20"], times) : "Nothing ran yet.")}</div>`);
}

function bars(jobs) {
  const most = Math.max(1, ...jobs);
  const height = (count) => 1 + (38 * count) / most;
  const bar = (count, at) => svg`<rect x=${at * 4} y=${40 - height(count)} width="3" height=${height(count)}></rect>`;
  return html`<svg class="spark" viewBox="0 0 240 40" preserveAspectRatio="none" role="img"
      aria-label="Jobs a minute: at most ${most}, now ${jobs.at(-1)}">${jobs.map(bar)}</svg>
    <p class="quiet ends"><span>an hour ago</span><span>now</span></p>`;
}

/** What this installation can do, the reason for each no, and its tools: an old yt-dlp is the usual cause of failures. */
export function abilities({ encoders, decoders, gpus, accel, tools, ytdlp, sandbox }) {
  const age = ytdlp.ageDays !== null && `${plural(ytdlp.ageDays, "day")} old`;
  const downloader = listed([ytdlp.version, age, ytdlp.source === "update" && "an update"]);
  const versions = Object.entries({ ...tools, "yt-dlp": downloader, sandbox: `${sandbox.level} (${sandbox.mode})` });
  return card("What it can do here", html`<div class="fit">
    ${part("Encoders", yesAndNo(encoders))}${part("Decoders", yesAndNo(decoders))}${part("GPUs", yesAndNo(gpus), used(accel, gpus))}
    ${part("Tools", table(["Tool", "Version"], versions), ytdlp.warnings.map((text) => html`<p class="warned">${text}</p>`))}</div>`);
}

function yesAndNo(all) {
  const yes = ({ name }) => html`<li>${icon("completed", 14)} ${name}<span class="unseen">: yes</span></li>`;
  const no = ([reason, same]) => html`<li class="no">${icon("cancelled", 14)}
    <b>${listed(same.map(({ name }) => name))}</b><span class="unseen">: no</span> — ${reason}</li>`;
  const missing = Map.groupBy(all.filter((each) => !each.available), (each) => each.reason);
  return html`<ul class="abilities actions">${all.filter((each) => each.available).map(yes)}${[...missing].map(no)}</ul>`;
}

/** What jobs do with the GPUs that they may use. */
function used(accel, gpus) {
  const atWork = gpus.filter(({ work }) => work);
  if (!atWork.length) return html`<p class="quiet">Jobs run on the CPU (VXPIPE_ACCEL=${accel}).</p>`;
  return atWork.map(({ name, work: { decoding, decodeSlots, done, breaker, restsSeconds } }) => {
    const rungs = listed(Object.entries(done).map(([rung, count]) => `${count} on ${rung}`)) || "none";
    const rest = `rests for ${Math.ceil(restsSeconds)} s`;
    const state = { closed: "", open: `; it failed and ${rest}`, trial: "; it failed, rested and is on trial" }[breaker];
    return html`<p class="quiet">${name}: ${decoding} of ${plural(decodeSlots, "decode")} now, ${rungs} since the start${state}.</p>`;
  });
}

const BREAKER = { open: ["failed", "left alone"], half_open: ["partly", "on trial"], closed: ["completed", "open"] };
const LEFT_ALONE_FIRST = Object.keys(BREAKER);

/** The platforms, and which of them are left alone for a while. */
export function platforms(all) {
  const rank = ({ breaker }) => LEFT_ALONE_FIRST.indexOf(breaker.state);
  const shown = all.filter((each) => each.enabled).sort((a, b) => rank(a) - rank(b));
  return card("Platforms", html`<ul class="fit">${shown.map(platform)}</ul>`);
}

function platform({ label, breaker, concurrency, interval, credentials: { cookies, expired, keys } }) {
  const why = [breaker.until && `until ${clock(breaker.until).slice(0, 5)}`, breaker.reason?.replaceAll("_", " ")];
  const pace = [`${concurrency} at once`, interval && `one in ${span(interval)}`, cookies && "with cookies", keys && "with a key"];
  return html`<li>${badge(...BREAKER[breaker.state])} <b>${label}</b> <span class="quiet">${listed([...why, ...pace])}</span>
    ${expired ? html`<b class="bad">cookies expired</b>` : nothing}</li>`;
}
