/** The kept frames in a grid: small to large, of one shot or all. */

import { plural, size } from "../lib/format.js";
import { html, nothing, repeat } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { notice } from "../lib/parts.js";
import { keep, recall } from "../lib/stored.js";
import { at } from "../lib/urls.js";
import { called, told } from "./lightbox.js";
import { nameOf } from "./results.js";

const SIZES = ["S", "M", "L"];
const STEP = 120;

export class FramesTab {
  #redraw;
  #lightbox;
  #size = SIZES.includes(recall("frames")) ? recall("frames") : "M";
  #shot = "";
  #shown = STEP;

  constructor(redraw, lightbox) {
    this.#redraw = redraw;
    this.#lightbox = lightbox;
  }

  template({ job, item, found }) {
    const shots = [...new Set(found.frames.filter(({ row }) => row).map(({ row }) => row.scene))];
    if (!shots.map(String).includes(this.#shot)) this.#shot = "";
    const frames = found.frames.filter(({ row }) => this.#shot === "" || String(row?.scene) === this.#shot);
    if (!found.frames.length) return notice("No frames", "This video gave files of another kind only; Details lists them.");
    return html`<div class="toolbar">
        ${shots.length > 1 ? this.#shots(shots) : nothing}${this.#sizes()}
        <span class="quiet" role="status">${plural(frames.length, "frame")} · ${size(frames.reduce((sum, each) => sum + each.bytes, 0))}</span>
        <a class="button apart" href=${at(`/jobs/${job.jobId}/items/${item.index}/archive.zip`)} download>${icon("download")}Download all (ZIP)</a>
      </div>
      <ul class="grid size-${this.#size}">${repeat(frames.slice(0, this.#shown), (each) => each.id, (each, place) => this.#figure(each, frames, place))}</ul>
      ${frames.length > this.#shown ? html`<button @click=${() => this.#more()}>Show more (${frames.length - this.#shown} left)</button>` : nothing}`;
  }

  #shots(shots) {
    return html`<label class="beside">Shot <select .value=${this.#shot} @change=${(event) => this.#choose(event.target.value)}>
      <option value="">all</option>${shots.map((shot) => html`<option value=${shot}>${shot + 1}</option>`)}</select></label>`;
  }

  #sizes() {
    return html`<fieldset class="choices"><legend class="unseen">Size of the pictures</legend>
      ${SIZES.map((each) => html`<label><input type="radio" name="size" value=${each} .checked=${each === this.#size} @change=${() => this.#resize(each)}><span>${each}</span></label>`)}</fieldset>`;
  }

  #figure(frame, frames, place) {
    const name = called(frame);
    return html`<li><figure>
      <button class="picture" @click=${() => this.#lightbox.open(frames, place)} aria-label="Open frame ${name}, ${told(frame)}">
        <img src=${at(frame.url)} width=${frame.width} height=${frame.height} loading="lazy" decoding="async" alt=""></button>
      <figcaption><span class="figure">${name}</span><span class="quiet" title="Sharpness">${frame.row ? Math.round(frame.row.sharpness) : ""}</span>
        <a href=${at(frame.url)} download=${nameOf(frame.name)} aria-label="Download frame ${name}" title="Download">${icon("download")}</a></figcaption></figure></li>`;
  }

  #choose(shot) {
    [this.#shot, this.#shown] = [shot, STEP];
    this.#redraw();
  }

  #resize(to) {
    this.#size = to;
    keep("frames", to);
    this.#redraw();
  }

  #more() {
    this.#shown += STEP;
    this.#redraw();
  }
}
