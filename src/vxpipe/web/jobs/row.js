/** A row of the list: where a job stands, in place. */

import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { ago, label, moment, title } from "../lib/format.js";
import { badge, progressBar } from "../lib/parts.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";
import { ACTIONS, lineOf, stateOf } from "./told.js";

/**
 * @param {object} job
 * @param {{ahead: number, isChosen: boolean, isBusy: boolean, thumbs: import("./thumbs.js").Thumbs,
 *   choose: (id: string, isChosen: boolean) => void, act: (name: string, ids: string[]) => void}} around
 */
export function row(job, { ahead, isChosen, isBusy, thumbs, choose, act }) {
  const name = title(job);
  const [state, line] = [stateOf(job), lineOf(job, ahead)];
  return html`<li class="job ${isBusy ? "busy" : ""}" data-job=${job.jobId}>
    <label class="choose"><input type="checkbox" .checked=${isChosen} @change=${(event) => choose(job.jobId, event.target.checked)}>
      <span class="unseen">Select ${name}</span></label>
    ${badge(state)}
    <div class="what"><p class="cut"><a class="name" href=${at(`jobs/${job.jobId}`)}>${name}</a>
        ${job.items[0]?.title ? html`<span class="quiet">${label(job.items[0])}</span>` : nothing}</p>
      <p class="told cut quiet ${state}-text" title=${line}>${line}</p></div>
    <div class="brings">${job.status === "running" ? progressBar(`Progress of ${name}`, job) : isFinal(job) ? thumbs.strip(job) : nothing}</div>
    <time class="quiet" datetime=${job.createdAt} title=${moment(job.createdAt)}>${ago(job.createdAt)}</time>
    <div class="acts">${job.counts.success && isFinal(job) ? html`<a class="button quiet-button" href=${at(`jobs/${job.jobId}/archive.zip`)}
        download title="Download all files (ZIP)">${icon("download")}<span class="unseen">Download all files of ${name}</span></a>` : nothing}
      ${Object.entries(ACTIONS).filter(([, { may }]) => may(job)).map(([action, { word, icon: picture }]) => html`
        <button class="quiet-button" ?disabled=${isBusy} title=${word} @click=${() => act(action, [job.jobId])}>
          ${icon(picture)}<span class="unseen">${word} ${name}</span></button>`)}</div></li>`;
}
