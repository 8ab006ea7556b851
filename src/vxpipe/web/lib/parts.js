/** Small pieces that several screens show. */

import { html, nothing } from "./html.js";
import { icon } from "./icons.js";

/** The states of a video are told in the words of the states of a job. */
const LOOK = { waiting: "pending", again: "pending", processing: "running", success: "completed" };
const WORD = { pending: "queued", waiting: "queued", again: "will retry", partly: "partly failed" };

/** Icon, word and colour of a state. */
export function badge(state, word) {
  const look = LOOK[state] ?? state;
  return html`<span class="badge ${look}">${icon(look, 14)}<span>${word ?? WORD[state] ?? look}</span></span>`;
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
  const line = html`<span></span>`;
  return html`<div class="skeleton" role="status"><b class="unseen">Loading</b>${Array(lines).fill(line)}</div>`;
}

/** A message in place of what cannot be shown, with what the reader can do. */
export function notice(heading, text, action = nothing) {
  return html`<section class="notice card"><h2>${heading}</h2><p>${text}</p>${action}</section>`;
}
