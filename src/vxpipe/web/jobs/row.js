/** A row of the list: where a job stands, in place. */

import { ago, label, moment, title } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { badge, iconButton, progressBar } from "../lib/parts.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";
import { ACTIONS, lineOf, stateOf } from "./told.js";

const PICTURES = 4;

export function row(job, { ahead, isChosen, choose, act }) {
  const { jobId: id, status, createdAt, counts, items: [first] } = job;
  const [name, state, line] = [title(job), stateOf(job), lineOf(job, ahead)];
  const button = ([action, { word, icon: picture, may }]) => may(job)
    ? iconButton(picture, `${word} ${name}`, () => act(action, [id])) : nothing;
  const brought = isFinal(job) && counts.success > 0;
  return html`<li class="job" data-job=${id}>
    <label class="choose"><input type="checkbox" aria-label="Select ${name}" .checked=${isChosen}
      @change=${({ target }) => choose([id], target.checked)}></label>
    ${badge(state)}
    <div class="what"><p class="cut"><a class="name" href=${at(`jobs/${id}`)}>${name}</a>
        <span class="quiet">${first?.title ? label(first) : nothing}</span></p>
      <p class="told cut quiet ${state}-text" title=${line}>${line}</p></div>
    ${status === "running" ? progressBar(`Progress of ${name}`, job) : html`<div class="strip">${brought ? strip(job) : nothing}</div>`}
    <time class="quiet" datetime=${createdAt} title=${moment(createdAt)}>${ago(createdAt)}</time>
    <div class="acts">${brought ? html`<a class="button quiet-button" href=${at(`jobs/${id}/archive.zip`)} download
      title="Download all files of ${name} (ZIP)">${icon("download")}</a>` : nothing}${Object.entries(ACTIONS).map(button)}</div></li>`;
}

function strip({ jobId, items }) {
  const index = items.findIndex(({ frames }) => frames);
  const picture = (_, place) => html`<img src=${at(`jobs/${jobId}/items/${index}/pictures/${place}`)} alt="" loading="lazy">`;
  return Array.from({ length: Math.min(PICTURES, items[index]?.frames ?? 0) }, picture);
}
