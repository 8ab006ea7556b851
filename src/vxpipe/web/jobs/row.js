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
const AT_ONCE = 2;

export function row(job, { ahead, pictures, isChosen, isBusy, choose, act }) {
  const { jobId: id, createdAt, counts } = job;
  const [name, state, line, isOver] = [title(job), stateOf(job), lineOf(job, ahead), isFinal(job)];
  const picture = ({ url, t }) => html`<img src=${at(url)} alt="" title=${timestamp(t)} decoding="async">`;
  const strip = counts.success ? html`<div class="strip">${pictures?.map(picture)}</div>` : nothing;
  const archive = html`<a class="button quiet-button" href=${at(`jobs/${id}/archive.zip`)} download
    title="Download all files of ${name} (ZIP)" aria-label="Download all files of ${name}">${icon("download")}</a>`;
  const button = ([action, { word, icon: picture, may }]) => may(job)
    ? iconButton(picture, `${word} ${name}`, () => act(action, [id]), isBusy) : nothing;
  return html`<li class="job ${isBusy ? "busy" : ""}" data-job=${id}>
    <label class="choose"><input type="checkbox" aria-label="Select ${name}" .checked=${isChosen}
      @change=${({ target }) => choose([id], target.checked)}></label>
    ${badge(state)}
    <div class="what"><p class="cut"><a class="name" href=${at(`jobs/${id}`)}>${name}</a>
        <span class="quiet">${job.items[0]?.title ? label(job.items[0]) : nothing}</span></p>
      <p class="told cut quiet ${state}-text" title=${line}>${line}</p></div>
    <div class="brings">${job.status === "running" ? progressBar(`Progress of ${name}`, job) : isOver ? strip : nothing}</div>
    <time class="quiet" datetime=${createdAt} title=${moment(createdAt)}>${ago(createdAt)}</time>
    <div class="acts">${counts.success && isOver ? archive : nothing}${Object.entries(ACTIONS).map(button)}</div></li>`;
}

/** A few pictures of a job, by its id. An answer holds all frames of a video: a few are asked for at a time. */
export class Pictures extends Map {
  #loading = 0;

  /** Whether more of them are there, or can be asked for, afterwards. */
  async load({ jobId, items }) {
    const index = items.findIndex((item) => item.status === "success" && item.frames);
    if (index < 0 || this.has(jobId) || this.#loading === AT_ONCE) return false;
    this.set(jobId, []);
    this.#loading += 1;
    const { artifacts } = await get(`/jobs/${jobId}/items/${index}`).catch(() => ({ artifacts: [] }));
    this.#loading -= 1;
    const frames = artifacts.filter((file) => file.kind === "frame");
    const step = Math.max(1, Math.floor(frames.length / PICTURES));
    this.set(jobId, frames.filter((_, place) => place % step === 0).slice(0, PICTURES));
    return true;
  }
}
