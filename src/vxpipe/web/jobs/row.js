/** A row of the list: where a job stands, in place. */

import { get } from "../lib/api.js";
import { ago, label, moment, timestamp, title } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { badge, iconButton, progressBar } from "../lib/parts.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";
import { ACTIONS, lineOf, stateOf } from "./told.js";

const PICTURES = 4;

export function row(job, { ahead, pictures, isChosen, choose, act }) {
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
    ${status === "running" ? progressBar(`Progress of ${name}`, job) : html`<div class="strip">${brought ? pictures?.map(picture) : nothing}</div>`}
    <time class="quiet" datetime=${createdAt} title=${moment(createdAt)}>${ago(createdAt)}</time>
    <div class="acts">${brought ? html`<a class="button quiet-button" href=${at(`jobs/${id}/archive.zip`)} download
      title="Download all files of ${name} (ZIP)">${icon("download")}</a>` : nothing}${Object.entries(ACTIONS).map(button)}</div></li>`;
}

const picture = ({ url, t }) => html`<img src=${at(url)} alt="" title=${timestamp(t)} decoding="async">`;

/** A few pictures of the first video that has some. The answer holds all its frames. */
export async function picturesOf({ jobId, items }) {
  const index = items.findIndex(({ status, frames }) => status === "success" && frames);
  const { artifacts } = await get(`/jobs/${jobId}/items/${index}`).catch(() => ({ artifacts: [] }));
  const frames = artifacts.filter(({ kind }) => kind === "frame");
  const step = Math.max(1, Math.floor(frames.length / PICTURES));
  return frames.filter((_, place) => place % step === 0).slice(0, PICTURES);
}
