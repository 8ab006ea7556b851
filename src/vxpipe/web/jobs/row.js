/** A row of the list: where a job stands, in place. */

import { html, nothing, ref } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { ago, label, moment, title } from "../lib/format.js";
import { badge, progressBar } from "../lib/parts.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";
import { pictured } from "./thumbs.js";
import { ACTIONS, lineOf, stateOf } from "./told.js";

/**
 * @param {object} job
 * @param {{ahead: number, isChosen: boolean, isBusy: boolean, thumbs: import("./thumbs.js").Thumbs,
 *   choose: (id: string, isChosen: boolean) => void, act: (name: string, ids: string[]) => void}} around
 */
export function row(job, around) {
  const name = title(job);
  const { name: state, word } = stateOf(job);
  const told = lineOf(job, around.ahead).filter(Boolean);
  return html`<li class="job ${around.isBusy ? "busy" : ""}" data-job=${job.jobId}>
    <label class="choose"><input type="checkbox" .checked=${around.isChosen}
      @change=${(event) => around.choose(job.jobId, event.target.checked)}><span class="unseen">Select ${name}</span></label>
    <span class="state">${badge(state, word)}</span>
    <div class="what">
      <p class="names"><a class="name" href=${at(`jobs/${job.jobId}`)}>${name}</a>${job.items[0]?.title ? html`<span class="code quiet">${label(job.items[0])}</span>` : nothing}</p>
      <p class="told ${state}-text" title=${told.join(" · ")}>${told.join(" · ")}</p>
    </div>
    ${outcome(job, around.thumbs, name)}
    <time datetime=${job.createdAt} title=${moment(job.createdAt)}>${ago(job.createdAt)}</time>
    <div class="acts">${acts(job, around, name)}</div></li>`;
}

function outcome(job, thumbs, name) {
  if (job.status === "running") return html`<div class="brings">${progressBar(`Progress of ${name}`, job)}</div>`;
  const picture = isFinal(job) && pictured(job);
  if (!picture) return html`<div class="brings"></div>`;
  return html`<div class="brings strip" data-thumbs=${picture} ${ref(thumbs.watch)}>${thumbs.strip(job)}</div>`;
}

function acts(job, { act, isBusy }, name) {
  const buttons = [["cancel", "close"], ["retry", "retry"], ["delete", "trash"]].filter(([action]) => ACTIONS[action].may(job));
  return html`${job.counts.success && isFinal(job) ? html`<a class="button quiet-button" href=${at(`jobs/${job.jobId}/archive.zip`)}
      download title="Download all files (ZIP)">${icon("download")}<span class="unseen">Download all files of ${name}</span></a>` : nothing}
    ${buttons.map(([action, picture]) => html`<button class="quiet-button" ?disabled=${isBusy} title=${ACTIONS[action].word}
      @click=${() => act(action, [job.jobId])}>${icon(picture)}<span class="unseen">${ACTIONS[action].word} ${name}</span></button>`)}`;
}
