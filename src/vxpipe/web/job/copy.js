/** A button that copies a text and says so. */

import { announce } from "../lib/announce.js";
import { copy } from "../lib/clipboard.js";
import { html } from "../lib/html.js";
import { icon } from "../lib/icons.js";

const SAID_MS = 2000;

export class CopyButton {
  #redraw;
  #said = "";

  constructor(redraw) {
    this.#redraw = redraw;
  }

  template(text, word) {
    return html`<button @click=${() => this.#copy(text)}>${icon(this.#said === text ? "completed" : "copy")}${this.#said === text ? "Copied" : word}</button>`;
  }

  async #copy(text) {
    await copy(text);
    announce("Copied");
    this.#said = text;
    this.#redraw();
    setTimeout(() => {
      this.#said = "";
      this.#redraw();
    }, SAID_MS);
  }
}
