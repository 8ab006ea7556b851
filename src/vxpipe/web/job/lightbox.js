/** One frame, large: arrows go on, D downloads, C copies the link, Esc closes. */

import { announce } from "../lib/announce.js";
import { copy } from "../lib/clipboard.js";
import { timestamp } from "../lib/format.js";
import { html, nothing, ref } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { at } from "../lib/urls.js";
import { nameOf } from "./results.js";

export class Lightbox {
  #dialog = null;
  #frames = [];
  #all = [];
  #place = 0;
  #wanted = null;
  #redraw;
  #tell;

  /** @param {(t: number | null) => void} tell hears which time is shown, null: none */
  constructor(redraw, tell) {
    this.#redraw = redraw;
    this.#tell = tell;
  }

  /** Open at the frame nearest to a time as soon as there are frames. */
  openLater(t) {
    this.#wanted = Number.isFinite(t) ? t : null;
  }

  /** @param {any[]} frames those to step through */
  open(frames, place) {
    [this.#frames, this.#place] = [frames, place];
    this.#moved();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  close() {
    this.#dialog?.close();
  }

  /** Close without a word: the address is another screen's by now. */
  leave() {
    this.#tell = () => {};
    this.close();
  }

  template({ frames }) {
    this.#all = frames;
    if (this.#wanted !== null && frames.length && this.#dialog) queueMicrotask(() => this.#openWanted());
    const frame = this.#frames[this.#place];
    return html`<dialog class="lightbox" aria-label="Frame" ${ref((element) => (this.#dialog = element))} @keydown=${(event) => this.#pressed(event)}
      @close=${() => this.#tell(null)} @click=${(event) => event.target === this.#dialog && this.#dialog.close()}>
      ${frame ? this.#content(frame) : nothing}</dialog>`;
  }

  #openWanted() {
    if (this.#wanted === null) return;
    const t = this.#wanted;
    this.#wanted = null;
    const near = this.#all.reduce((best, each, place) => (Math.abs(each.t - t) < Math.abs(this.#all[best].t - t) ? place : best), 0);
    this.open(this.#all, near);
  }

  #content(frame) {
    return html`<figure>
      <img src=${at(frame.url)} width=${frame.width} height=${frame.height} alt="Frame ${called(frame)}">
      <figcaption>
        <span><strong class="figure">${called(frame)}</strong> <span class="quiet">${this.#place + 1} of ${this.#frames.length} · ${told(frame)}</span></span>
        <span class="actions">
          <button @click=${() => this.#step(-1)} aria-keyshortcuts="ArrowLeft">← Previous</button>
          <button autofocus @click=${() => this.#step(1)} aria-keyshortcuts="ArrowRight">Next →</button>
          <a class="button download" href=${at(frame.url)} download=${nameOf(frame.name)} aria-keyshortcuts="D">${icon("download")}Download</a>
          <button @click=${() => this.#copy()} aria-keyshortcuts="C">${icon("copy")}Copy link</button>
          <button @click=${() => this.close()} aria-keyshortcuts="Escape">${icon("close")}Close</button>
        </span></figcaption></figure>`;
  }

  #pressed(event) {
    const keys = { ArrowRight: () => this.#step(1), ArrowLeft: () => this.#step(-1), Home: () => this.#step(-this.#place), End: () => this.#step(-this.#place - 1),
      d: () => this.#dialog.querySelector(".download").click(), c: () => this.#copy() };
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  #step(by) {
    this.#place = (this.#place + by + this.#frames.length) % this.#frames.length;
    this.#moved();
    const frame = this.#frames[this.#place];
    announce(`Frame ${this.#place + 1} of ${this.#frames.length}, ${called(frame)}`);
  }

  #moved() {
    this.#tell(this.#frames[this.#place].t);
    this.#redraw();
  }

  async #copy() {
    await copy(location.href);
    announce("Link copied");
  }
}

/** What a frame is called: its time, or its file where a program of the operator's told none. */
export const called = ({ t, name }) => (t === null ? name : timestamp(t));

/** What the manifest tells of a frame. */
export function told({ row, width, height }) {
  return [row && `shot ${row.scene + 1}`, row && `sharpness ${row.sharpness}`, `${width} × ${height}`].filter(Boolean).join(" · ");
}
