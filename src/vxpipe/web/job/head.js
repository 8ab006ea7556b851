/** The head of a job: what it is, where it stands, and what can be done with it. */

import { ACTIONS, stateOf } from "../jobs/told.js";
import { ago, moment, span, summary, title } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { badge, progressBar } from "../lib/parts.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";

const BUTTONS = [
  { action: "cancel", picture: "cancelled", look: "danger" },
  { action: "retry", picture: "retry", look: "primary" },
  { action: "delete", picture: "trash", look: "" },
];

/** @param {{act: (name: string) => void, busy: boolean, fault: string}} parts */
export function head(job, { act, busy, fault }) {
  const { name, word } = stateOf(job);
  return html`<header class="job-head">
    <div class="job-title"><h1 tabindex="-1">${title(job)}</h1></div>
    <div class="job-state">${badge(name, word)}${progressBar("Progress of the job", job)}<span class="quiet">${summary(job.counts)}</span></div>
    <p class="job-times quiet">${times(job)}</p>
    <div class="actions">${BUTTONS.filter(({ action }) => ACTIONS[action].may(job)).map((each) => button(each, act, busy))}${downloads(job)}</div>
    ${fault ? html`<p class="fault" role="alert">${fault}</p>` : nothing}
  </header>`;
}

function times(job) {
  const took = job.finishedAt ? `, took ${span((Date.parse(job.finishedAt) - Date.parse(job.createdAt)) / 1000)}` : "";
  const left = !isFinal(job) && job.eta ? `, about ${span(job.eta)} left` : "";
  const labels = Object.entries(job.labels ?? {}).map(([name, value]) => ` · ${name}: ${value}`);
  return html`<time datetime=${job.createdAt} title=${moment(job.createdAt)}>Sent ${ago(job.createdAt)}</time>${took}${left}
    · <span class="mono">${job.jobId}</span>${labels}`;
}

const button = ({ action, picture, look }, act, busy) =>
  html`<button class=${look} ?disabled=${busy} @click=${() => act(action)}>${icon(picture)}${ACTIONS[action].word}</button>`;

function downloads(job) {
  const path = `/jobs/${job.jobId}`;
  return html`
    ${job.counts.success ? html`<a class="button" href=${at(`${path}/archive.zip`)} download>${icon("download")}All files (ZIP)</a>` : nothing}
    <a class="button" href=${at(`/status/${job.jobId}?tail=0`)} target="_blank" rel="noopener">JSON</a>`;
}
