/** What the service is at, and what the last hour was like. */

import { plural, size, span } from "../lib/format.js";
import { html, nothing, svg } from "../lib/html.js";

/** The figures that say how it stands, at a glance. */
export function tiles({ activity, uptime, version }, { disk, workers }) {
  const used = 1 - disk.freeBytes / disk.totalBytes;
  return html`<dl class="tiles">
    ${activity ? busy(activity) : tile("Workers", workers, "")}
    ${tile("Disk free", size(disk.freeBytes), `of ${size(disk.totalBytes)}`, { value: used, label: "Disk in use" })}
    ${activity ? tile("Live readers", activity.readers.count, activity.readers.cut ? `${activity.readers.cut} cut: too slow` : `of ${activity.readers.most.toLocaleString("en")} at most`) : nothing}
    ${tile("Up for", span(uptime), `vxpipe ${version}`)}
  </dl>`;
}

function busy({ workers, queue }) {
  const oldest = Math.max(0, ...queue.lines.map((line) => line.oldest));
  return html`
    ${tile("Working on", `${workers.busy} of ${workers.total}`, workers.fetching ? `${plural(workers.fetching, "download")} besides` : "no download besides", { value: workers.busy / workers.total, label: "Busy workers" })}
    ${tile("In the queue", queue.depth.toLocaleString("en"), queue.depth ? `${waiting(queue.lines)}; oldest ${span(oldest)}` : `room for ${queue.room.toLocaleString("en")}`)}`;
}

const waiting = (lines) => lines.map(({ class: step, lane, count }) => `${count} for ${step === "media" ? "a worker" : lane}`).join(", ");

function tile(name, value, more, meter) {
  return html`<div class="tile"><dt>${name}</dt><dd class="figure">${value}</dd><dd class="quiet">${more}</dd>
    ${meter ? html`<dd><progress max="1" .value=${meter.value} aria-label=${meter.label}></progress></dd>` : nothing}</div>`;
}

/** Jobs minute by minute, why attempts failed, and how long the stages took. */
export function lastHour({ jobs, attempts, failures, stages }) {
  const ended = jobs.reduce((sum, count) => sum + count, 0);
  const failed = failures.reduce((sum, { count }) => sum + count, 0);
  return html`<section class="card" aria-labelledby="hour-title">
    <h2 id="hour-title">The last hour</h2>
    <div class="hour">
      <div><h3>Jobs that ended <span class="figure">${ended}</span></h3>${bars(jobs)}</div>
      <div><h3>Attempts that failed <span class="figure">${failed} of ${attempts}</span></h3>${failures.length ? reasons(failures) : html`<p class="quiet">None.</p>`}</div>
      <div><h3>How long stages take</h3>${stages.length ? stageTable(stages) : html`<p class="quiet">Nothing ran yet.</p>`}</div>
    </div></section>`;
}

function bars(jobs) {
  const most = Math.max(1, ...jobs);
  const bar = (count, at) => svg`<rect x=${at * 4} y=${40 - (38 * count) / most} width="3" height=${count ? Math.max(2, (38 * count) / most) : 1}></rect>`;
  return html`<svg class="spark" viewBox="0 0 240 40" preserveAspectRatio="none" role="img" aria-label="Jobs a minute: at most ${most}, now ${jobs.at(-1)}">${jobs.map(bar)}</svg>
    <p class="quiet ends"><span>an hour ago</span><span>now</span></p>`;
}

function reasons(failures) {
  const most = Math.max(...failures.map(({ count }) => count));
  return html`<ul class="reasons">${[...failures].sort((a, b) => b.count - a.count).map(({ code, count }) => html`
    <li><span>${code.replaceAll("_", " ")}</span><progress max=${most} .value=${count} aria-label=${code}></progress><span class="figure">${count}</span></li>`)}</ul>`;
}

function stageTable(stages) {
  return html`<table class="plain"><thead><tr><th scope="col">Stage</th><th scope="col" class="number">Half within</th><th scope="col" class="number">19 of 20</th></tr></thead>
    <tbody>${stages.map(({ stage, p50, p95 }) => html`<tr><th scope="row">${stage}</th><td class="number">${span(p50)}</td><td class="number">${span(p95)}</td></tr>`)}</tbody></table>`;
}
