/** A row of the list: where a job stands, in place. */

import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { ago, label, moment, title } from "../lib/format.js";
import { badge, iconButton, progressBar } from "../lib/parts.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";
import { ACTIONS, lineOf, stateOf } from "./told.js";

/**
 * @param {object} job
 * @param {{ahead: number, isChosen: boolean, isBusy: boolean, thumbs: import("./thumbs.js").Thumbs,
 *   choose: (id: string, isChosen: boolean) => void, act: (name: string, ids: string[]) => void}} around
 */
export function row(job, around) {
  const name = title(job);
  const [state, line] = [stateOf(job), lineOf(job, around.ahead)];
  return html`<li class="job ${around.isBusy ? "busy" : ""}" data-job=${job.jobId}>
    <label class="choose"><input type="checkbox" .checked=${around.isChosen}
      @change=${({ target }) => around.choose(job.jobId, target.checked)}><span class="unseen">Select ${name}</span></label>
    ${badge(state)}
    <div class="what">
      <p class="cut"><a class="name" href=${at(`jobs/${job.jobId}`)}>${name}</a>
        <span class="quiet">${job.items[0]?.title ? label(job.items[0]) : nothing}</span></p>
      <p class="told cut quiet ${state}-text" title=${line}>${line}</p></div>
    <div class="brings">${brings(job, around.thumbs, name)}</div>
    <time class="quiet" datetime=${job.createdAt} title=${moment(job.createdAt)}>${ago(job.createdAt)}</time>
    <div class="acts">${acts(job, around, name)}</div></li>`;
}

function brings(job, thumbs, name) {
  if (job.status === "running") return progressBar(`Progress of ${name}`, job);
  return isFinal(job) ? thumbs.strip(job) : nothing;
}

function acts(job, { isBusy, act }, name) {
  const archive = html`<a class="button quiet-button" href=${at(`jobs/${job.jobId}/archive.zip`)} download
    title="Download all files (ZIP)">${icon("download")}<span class="unseen">Download all files of ${name}</span></a>`;
  const button = ([action, { word, icon: picture }]) =>
    iconButton(picture, `${word} ${name}`, () => act(action, [job.jobId]), isBusy);
  const able = Object.entries(ACTIONS).filter(([, { may }]) => may(job));
  return html`${job.counts.success && isFinal(job) ? archive : nothing}${able.map(button)}`;
}
