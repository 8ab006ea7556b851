/** Small pieces that several parts of the screen show. */

import { announce } from "../lib/announce.js";
import { copy } from "../lib/clipboard.js";
import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";

const SAID_MS = 2000;

export const card = (heading, content, look = "") => html`<section class="card ${look}"><h2>${heading}</h2>${content}</section>`;

/** Rows without a value are left out. */
export function facts(rows) {
  const row = ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`;
  return html`<table class="facts">${rows.filter(([, value]) => value).map(row)}</table>`;
}

/** A choice among values, each with its word; `choose` hears the value as a text. */
export function select(word, chosen, options, choose) {
  const option = ([value, text = value]) => html`<option value=${value} ?selected=${String(value) === String(chosen)}>${text}</option>`;
  return html`<label class="check">${word} <select @change=${({ target }) => choose(target.value)}>${options.map(option)}</select></label>`;
}

export function copyButton(text, word) {
  const copied = async ({ currentTarget: button }) => {
    const isCopied = await copy(text);
    announce(isCopied ? "Copied" : "The browser did not let it be copied");
    button.classList.toggle("said", isCopied);
    setTimeout(() => button.classList.remove("said"), SAID_MS);
  };
  return html`<button @click=${copied}>${icon("copy")}${word}</button>`;
}

export const more = (left, show) => (left > 0 ? html`<button @click=${show}>Show more (${left} left)</button>` : nothing);
