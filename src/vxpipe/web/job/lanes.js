/** The videos of a job as lanes: the stages each has passed, and what it does now. Told by status events alone. */

import { label, plural, size, span, warning } from "../lib/format.js";
import { html, nothing, repeat } from "../lib/html.js";
import { badge } from "../lib/parts.js";

/** The stages in order, with their words. */
export const STAGES = [["fetch", "Fetch"], ["probe", "Probe"], ["analyse", "Look"], ["render", "Frames"], ["publish", "Publish"]];
const PLACE = { fetch: 0, downloaded: 1, probe: 1, analyse: 2, render: 3, publish: 4 };

export function lanes(job, chosen, choose) {
  return html`<section class="card lanes" aria-labelledby="lanes-title">
    <h2 id="lanes-title">${plural(job.items.length, "video")}</h2>
    <ol>${repeat(job.items, (item) => item.index, (item) => lane(item, item.index === chosen && job.items.length > 1, choose))}</ol>
  </section>`;
}

function lane(item, isChosen, choose) {
  return html`<li class="lane ${isChosen ? "picked" : ""}" data-status=${item.status}>
    <span class="lane-number quiet">${item.index + 1}</span>
    <button class="lane-name" aria-pressed=${isChosen} @click=${() => choose(item.index)}>
      <span class="lane-title">${item.title ?? label(item)}</span>${item.title ? html`<span class="quiet">${label(item)}</span>` : nothing}</button>
    ${track(item)}
    <span class="lane-now">${badge(item.status)}<span class="figures quiet">${figures(item)}</span></span>
    ${notes(item)}
  </li>`;
}

/** What is done, what is under way and what is to come, as one row of boxes. */
function track(item) {
  if (item.stage === "program") return html`<span class="track" role="img" aria-label="A program of the operator's"><span class="step now">Program</span></span>`;
  const now = item.status === "success" ? STAGES.length : (PLACE[item.stage] ?? (item.status === "waiting" ? -1 : 0));
  const states = STAGES.map((_, place) => (place < now ? "done" : place > now ? "" : item.status === "processing" ? "now" : item.status === "failed" ? "bad" : ""));
  const told = STAGES.map(([, word], place) => `${word} ${{ done: "done", now: "under way", bad: "failed", "": "to come" }[states[place]]}`);
  return html`<span class="track" role="img" aria-label=${told.join(", ")}>${STAGES.map(([, word], place) => html`<span class="step ${states[place]}">${word}</span>`)}</span>`;
}

function figures(item) {
  if (item.status === "success") return `${plural(item.frames ?? 0, "frame")}`;
  if (item.status !== "processing") return "";
  const wait = item.stage === "downloaded" ? "waits for a worker" : null;
  const told = [`${item.progress} %`, wait, item.speed && `${size(item.speed)}/s`, item.eta && `${span(item.eta)} left`, item.attempt > 1 && `attempt ${item.attempt}`];
  return told.filter(Boolean).join(" · ");
}

function notes({ status, error, warnings, retryAt, lastFailure, tries }) {
  const found = [];
  if (error) found.push(html`<p class="remark bad"><strong>${error.message}</strong> ${error.hint}</p>`);
  if (retryAt && status === "waiting") found.push(html`<p class="remark warn"><strong>Tried again ${until(retryAt)}</strong> (attempt ${(tries ?? 0) + 1}): ${lastFailure?.message}</p>`);
  for (const each of warnings ?? []) found.push(html`<p class="remark warn"><strong>Warning:</strong> ${warning(each)}</p>`);
  return found.length ? html`<div class="lane-notes">${found}</div>` : nothing;
}

function until(iso) {
  const seconds = Math.ceil((Date.parse(iso) - Date.now()) / 1000);
  if (seconds <= 0) return "now";
  return `in ${seconds < 60 ? `${seconds} s` : span(seconds)}`;
}
