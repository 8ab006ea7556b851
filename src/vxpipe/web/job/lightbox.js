/** One frame, large: arrows go on, D downloads, C copies the link, Esc closes. */

import { announce } from "../lib/announce.js";
import { timestamp } from "../lib/format.js";
import { html, nothing, ref } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { at } from "../lib/urls.js";
import { copyButton } from "./parts.js";
import { nameOf, nearestOf } from "./results.js";

export class Lightbox {
  #dialog = null;
  #frames = [];
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

  /** Close without a word: the address is another screen's by now. */
  close() {
    this.#tell = () => {};
    this.#dialog?.close();
  }

  template(all) {
    if (this.#wanted !== null && all.length && this.#dialog) queueMicrotask(() => this.#openWanted(all));
    const frame = this.#frames[this.#place];
    return html`<dialog class="lightbox" aria-label="Frame" ${ref((element) => (this.#dialog = element))}
      @keydown=${(event) => this.#pressed(event)} @close=${() => this.#tell(null)}
      @click=${({ target }) => target === this.#dialog && this.#dialog.close()}>${frame ? this.#content(frame) : nothing}</dialog>`;
  }

  #openWanted(all) {
    if (this.#wanted !== null) this.open(all, nearestOf(all, this.#wanted).index);
    this.#wanted = null;
  }

  #content(frame) {
    const name = called(frame);
    return html`<figure>
      <img src=${at(frame.url)} width=${frame.width} height=${frame.height} alt="Frame ${name}">
      <figcaption>
        <span><strong class="figure">${name}</strong>
          <span class="quiet">${this.#place + 1} of ${this.#frames.length} · ${told(frame)}</span></span>
        <span class="actions">
          <button @click=${() => this.#step(-1)} aria-keyshortcuts="ArrowLeft">← Previous</button>
          <button autofocus @click=${() => this.#step(1)} aria-keyshortcuts="ArrowRight">Next →</button>
          <a class="button" href=${at(frame.url)} download=${nameOf(frame.name)} aria-keyshortcuts="D">${icon("download")}Download</a>
          <span class="copier">${copyButton(location.href, "Copy link")}</span>
          <button @click=${() => this.#dialog.close()} aria-keyshortcuts="Escape">${icon("close")}Close</button>
        </span></figcaption></figure>`;
  }

  #pressed(event) {
    const press = (selector) => () => this.#dialog.querySelector(selector).click();
    const keys = {
      ArrowRight: () => this.#step(1),
      ArrowLeft: () => this.#step(-1),
      d: press("a[download]"),
      c: press(".copier button"),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  #step(by) {
    this.#place = (this.#place + by + this.#frames.length) % this.#frames.length;
    this.#moved();
    announce(`Frame ${this.#place + 1} of ${this.#frames.length}, ${called(this.#frames[this.#place])}`);
  }

  #moved() {
    this.#tell(this.#frames[this.#place].t);
    this.#redraw();
  }
}

/** What a frame is called: its time, or its file where a program of the operator's told none. */
export const called = ({ t, name }) => (t === null ? name : timestamp(t));

/** What the manifest tells of a frame. */
export function told({ row, width, height }) {
  return [row && `shot ${row.scene + 1}`, row && `sharpness ${row.sharpness}`, `${width} × ${height}`].filter(Boolean).join(" · ");
}
