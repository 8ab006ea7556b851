/** Small pieces that several screens show. */

import { html, nothing } from "./html.js";
import { icon } from "./icons.js";

const SAME = { waiting: "pending", processing: "running", success: "completed" };

/** Icon, word and colour of a state. */
export function badge(state, word = state) {
  const look = SAME[state] ?? state;
  return html`<span class="badge ${look}">${icon(look, 14)}<span>${word}</span></span>`;
}

/** A labelled bar with its figure; one that is over shows the share of what succeeded. */
export function progressBar(label, { progress, status, counts }) {
  const isOver = status === "failed" || status === "cancelled";
  const value = isOver && counts ? (100 * counts.success) / counts.total : progress;
  return html`<span class="bar ${isOver ? "stopped" : ""}">
    <progress max="100" .value=${value} aria-label=${label}></progress>
    <span class="percent">${isOver ? nothing : `${progress}%`}</span></span>`;
}

/** Lines that stand in for what is being loaded; they come late, so that a quick answer is not preceded by a flash. */
export function skeleton(lines) {
  return html`<div class="skeleton" role="status"><span class="unseen">Loading</span>${Array.from({ length: lines }, () => html`<span></span>`)}</div>`;
}

/** A message in place of what cannot be shown, with what the reader can do. */
export function notice(heading, text, action = nothing) {
  return html`<section class="notice"><h2>${heading}</h2><p>${text}</p>${action}</section>`;
}
