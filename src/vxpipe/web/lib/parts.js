/** Pieces that several screens show. */

import { announce } from "./announce.js";
import { copy } from "./clipboard.js";
import { html, nothing } from "./html.js";
import { icon } from "./icons.js";

const SAID_MS = 2000;
/** The states of a video are told in the words of the states of a job. */
const LOOK = { waiting: "pending", again: "pending", processing: "running", success: "completed" };
const WORD = { pending: "queued", waiting: "queued", again: "will retry", partly: "partly failed" };

export function badge(state, word) {
  const look = LOOK[state] ?? state;
  return html`<span class="badge ${look}">${icon(look, 14)}<span>${word ?? WORD[state] ?? look}</span></span>`;
}

/** One that is over shows the share of what succeeded. */
export function progressBar(label, { progress, status, counts }) {
  const isOver = status === "failed" || status === "cancelled";
  const value = isOver ? (100 * counts.success) / counts.total : progress;
  return html`<span class="bar ${isOver ? "stopped" : ""}">
    <progress max="100" .value=${value} aria-label=${label}></progress>
    <span class="percent">${isOver ? nothing : `${progress}%`}</span></span>`;
}

/** It comes late: a quick answer is not preceded by a flash. */
export const skeleton = (lines) => html`<div class="skeleton" role="status"><b class="unseen">Loading</b>
  ${Array(lines).fill(html`<span></span>`)}</div>`;

export const card = (heading, content, look = "") =>
  html`<section class="card ${look}" aria-label=${heading}><h2>${heading}</h2>${content}</section>`;

export const notice = (heading, text, action = nothing) => card(heading, html`<p>${text}</p>${action}`, "notice");

/** Rows without a value are left out. */
export function facts(rows) {
  const row = ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`;
  return html`<table class="facts">${rows.filter(([, value]) => value).map(row)}</table>`;
}

export function select(word, chosen, options, choose) {
  const option = ([value, text = value]) => html`<option value=${value} ?selected=${`${value}` === `${chosen}`}>${text}</option>`;
  return html`<label class="check">${word} <select @change=${({ target }) => choose(target.value)}>${options.map(option)}</select></label>`;
}

export const iconButton = (picture, words, act, isBusy = false) =>
  html`<button class="quiet-button" title=${words} aria-label=${words} ?disabled=${isBusy} @click=${act}>${icon(picture)}</button>`;

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
