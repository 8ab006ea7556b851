/** The head of a job: what it is, where it stands, and what can be done with it. */

import { ago, moment, plural, span, title } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { badge, progressBar } from "../lib/parts.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";

/** @param {{act: (name: string) => void, busy: string, fault: string}} parts */
export function head(job, { act, busy, fault }) {
  return html`<header class="job-head">
    <div class="job-title"><h1 tabindex="-1">${title(job)}</h1></div>
    <div class="job-state">${state(job)}${progressBar("Progress of the job", job)}<span class="quiet">${counts(job)}</span></div>
    <p class="job-times quiet">${times(job)}</p>
    <div class="actions">${cancel(job, act, busy)}${retry(job, act, busy)}${downloads(job)}</div>
    ${fault ? html`<p class="fault" role="alert">${fault}</p>` : nothing}
  </header>`;
}

/** A job of which a part succeeded is neither a success nor a failure. */
function state({ status, counts: { success } }) {
  return status === "failed" && success ? badge("partly", "partly failed") : badge(status);
}

function counts({ counts: { total, success, failed, cancelled } }) {
  const parts = [[success, "done"], [failed, "failed"], [cancelled, "cancelled"]].filter(([count]) => count);
  return [plural(total, "video"), ...parts.map(([count, word]) => `${count} ${word}`)].join(" · ");
}

function times(job) {
  const took = job.finishedAt ? `, took ${span((Date.parse(job.finishedAt) - Date.parse(job.createdAt)) / 1000)}` : "";
  const left = !isFinal(job) && job.eta ? `, about ${span(job.eta)} left` : "";
  const labels = Object.entries(job.labels ?? {}).map(([name, value]) => ` · ${name}: ${value}`);
  return html`<time datetime=${job.createdAt} title=${moment(job.createdAt)}>Sent ${ago(job.createdAt)}</time>${took}${left}
    · <span class="mono">${job.jobId}</span>${labels}`;
}

function cancel(job, act, busy) {
  if (isFinal(job)) return nothing;
  return html`<button class="danger" ?disabled=${busy} @click=${() => act("cancel")}>${icon("cancelled")}${busy === "cancel" ? "Cancelling …" : "Cancel"}</button>`;
}

function retry(job, act, busy) {
  const again = job.counts.failed + job.counts.cancelled;
  if (!isFinal(job) || !again) return nothing;
  return html`<button class="primary" ?disabled=${busy} @click=${() => act("retry")}>${icon("retry")}Retry ${plural(again, "video")}</button>`;
}

function downloads(job) {
  const path = `/jobs/${job.jobId}`;
  return html`
    ${job.counts.success ? html`<a class="button" href=${at(`${path}/archive.zip`)} download>${icon("download")}All files (ZIP)</a>` : nothing}
    <a class="button" href=${at(`/status/${job.jobId}?tail=0`)} target="_blank" rel="noopener">JSON</a>`;
}
