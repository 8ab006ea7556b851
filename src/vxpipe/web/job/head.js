/** The head of a job: what it is, where it stands, and what can be done with it. */

import { ACTIONS, asked, stateOf } from "../jobs/told.js";
import { ago, moment, span, summary, title } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { badge, progressBar } from "../lib/parts.js";
import { at } from "../lib/urls.js";

const LOOKS = { cancel: "danger", retry: "primary", delete: "" };

export function head(job, act, isBusy, fault) {
  const { createdAt, finishedAt, eta, jobId, counts, options, labels } = job;
  const named = Object.entries(labels).map(([name, value]) => `${name}: ${value}`);
  const ended = finishedAt ? `ended ${ago(finishedAt)}` : eta > 0 && `about ${span(eta)} left`;
  const button = (name) => html`<button class=${LOOKS[name]} ?disabled=${isBusy} @click=${() => act(name)}>
    ${icon(ACTIONS[name].icon)}${ACTIONS[name].word}</button>`;
  return html`<header class="job-head">
    <h1 tabindex="-1">${title(job)}</h1>
    <div class="job-state actions">${badge(stateOf(job))}${progressBar("Progress of the job", job)}
      <span class="quiet">${summary(counts)}</span></div>
    <p class="quiet"><time datetime=${createdAt} title=${moment(createdAt)}>Sent ${ago(createdAt)}</time>
      ${[ended, ...asked(options), ...named].map((each) => each ? ` · ${each}` : "")} · <span class="mono">${jobId}</span></p>
    <div class="job-acts actions">${Object.keys(LOOKS).filter((name) => ACTIONS[name].may(job)).map(button)}
      ${counts.success ? html`<a class="button" href=${at(`/jobs/${jobId}/archive.zip`)} download>
        ${icon("download")}All files (ZIP)</a>` : nothing}
      <a class="button" href=${at(`/status/${jobId}?tail=0`)} target="_blank" rel="noopener">JSON</a></div>
    <p class="fault" role="alert">${fault}</p>
  </header>`;
}
