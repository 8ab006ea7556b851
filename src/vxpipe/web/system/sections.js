/** What the service is at, what it did lately, and what it can do, as pieces of the screen. */

import { clock, plural, size, span } from "../lib/format.js";
import { html, nothing, svg } from "../lib/html.js";
import { badge, card, facts } from "../lib/parts.js";

const parted = (title, look, parts) => card(title, html`<div class="fit ${look}">${parts.map(([name, ...content]) => html`
  <div><h3>${name}</h3>${content}</div>`)}</div>`);
const listed = (words) => words.filter(Boolean).join(", ");
const sum = (numbers) => numbers.reduce((all, each) => all + each, 0);
const cause = (code) => code?.replaceAll("_", " ");

export function tiles({ activity, uptime }, { disk: { freeBytes, totalBytes }, workers }) {
  return html`<dl class="tiles fit">
    ${activity ? busy(activity) : tile("Workers", workers)}
    ${tile("Disk", `${size(freeBytes)} free`, `of ${size(totalBytes)}`, 1 - freeBytes / totalBytes)}
    ${tile("Up for", span(uptime))}</dl>`;
}

function busy({ workers: { busy, total, fetching }, queue: { lines, depth, room }, readers: { count, most, cut } }) {
  const waiting = lines.map((line) => `${line.count} for ${line.class === "media" ? "a worker" : line.lane}`);
  const oldest = `oldest ${span(Math.max(...lines.map((line) => line.oldest)))}`;
  return [
    tile("Workers busy", `${busy} of ${total}`, `and ${plural(fetching, "download")}`, busy / total),
    tile("In the queue", depth, lines.length ? listed([...waiting, oldest]) : `room for ${room}`),
    tile("Live readers", count, cut ? `${cut} cut: too slow` : `of ${most} at most`),
  ];
}

const tile = (name, value, more, share) => html`<div class="card">
  <dt class="quiet">${name}</dt><dd class="big figure">${value}</dd><dd class="quiet">${more}</dd>
  ${share >= 0 ? html`<dd><progress .value=${share} aria-label="${name}: share in use"></progress></dd>` : nothing}</div>`;

/** Jobs minute by minute, why attempts failed, and how long the stages took; the service counts from its start. */
export function lastHour({ activity, uptime }) {
  if (!activity) return html`<p class="quiet">What all callers do together is shown to keys that see all jobs.</p>`;
  const { jobs, attempts, failures, stages } = activity.lastHour;
  const times = stages.map(({ stage, p50, p95 }) => [stage, `median ${span(p50)}, 95 % within ${span(p95)}`]);
  const causes = failures.map(({ code, count }) => [cause(code), count]);
  return parted(uptime < 3600 ? `Since the start, ${span(uptime)} ago` : "The last hour", "", [
    [`Jobs that ended, by the minute: ${sum(jobs)}`, bars(jobs)],
    [`Attempts that failed: ${sum(failures.map(({ count }) => count))} of ${attempts}`, facts(causes)],
    ["How long stages take", facts(times)],
  ]);
}

function bars(jobs) {
  const most = Math.max(1, ...jobs);
  const bar = (count, minute) => svg`<path d="M${minute * 4} 40v-${1 + (38 * count) / most}h3V40"></path>`;
  return html`<svg class="spark" viewBox="0 0 240 40" preserveAspectRatio="none" role="img"
    aria-label="Jobs a minute: at most ${most}, now ${jobs.at(-1)}">${jobs.map(bar)}</svg>`;
}

/** What this installation can do, the reason for each no, and its tools. */
export function abilities({ encoders, decoders, gpus, accel, tools, ytdlp, sandbox }) {
  const downloader = listed([ytdlp.version, ytdlp.ageDays !== null && `${plural(ytdlp.ageDays, "day")} old`]);
  return parted("What it can do here", "wide", [
    ["Encoders", yesAndNo(encoders)],
    ["Decoders", yesAndNo(decoders)],
    ["GPUs", facts(gpus.map(({ name, reason, work }) => [name, reason ?? work?.told ?? "works"])),
      gpus.some(({ work }) => work) ? nothing : html`<p class="quiet">Jobs run on the CPU (VXPIPE_ACCEL=${accel}).</p>`],
    ["Tools", facts(Object.entries({ ...tools, "yt-dlp": downloader, sandbox: `${sandbox.level} (${sandbox.mode})` })),
      ytdlp.warnings.map((text) => html`<p class="partly-text">${text}</p>`)],
  ]);
}

function yesAndNo(all) {
  const alike = Map.groupBy(all, ({ available, reason }) => (available ? "" : reason));
  return facts([...alike].map(([reason, same]) => [listed(same.map(({ name }) => name)), reason || badge("completed", "works")]));
}

const BREAKERS = { open: ["failed", "paused"], half_open: ["partly", "on trial"], closed: ["partly", "ready"] };

/** First those that are left alone for a while, or whose cookies are no good. */
export function platforms(all) {
  const { well = [], ill = [] } = Object.groupBy(all.filter(({ enabled }) => enabled), ({ breaker, credentials }) =>
    (breaker.state === "closed" && !credentials.expired ? "well" : "ill"));
  return card("Platforms", html`<ul>${ill.map(ailing)}
    <li>${badge("completed", "ready")} ${listed(well.map(({ label }) => label))}</li></ul>`);
}

function ailing({ label, breaker: { state, until, reason }, credentials }) {
  const why = [until && `until ${clock(until).slice(0, 5)}`, cause(reason), credentials.expired && "cookies expired"];
  return html`<li>${badge(...BREAKERS[state])} <b>${label}</b> ${listed(why)}</li>`;
}
