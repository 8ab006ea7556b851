/** A video on one line of time: filmstrip, shots, how sure each cut is, and which frames were kept and why. */

import { timestamp } from "../lib/format.js";
import { html, nothing, repeat } from "../lib/html.js";
import { card, more, notice } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { again, figuresOf, sliders } from "./again.js";
import { graph } from "./graph.js";
import { openFrame } from "./lightbox.js";
import { nameOf, nearestOf } from "./results.js";
import { reason } from "./told.js";

const CELLS = 10;
const STEP = 25;

export function timelineTab(view) {
  const { found: { rows, facts, detail }, ui } = view;
  if (!rows.length) return notice("No timeline", "This video has no manifest: nothing is known of what was considered.");
  const { threshold } = figuresOf(facts);
  const length = detail.source?.duration || rows.at(-1).t + 1;
  return html`<section class="card" aria-label="Timeline">
      <div class="line">${filmstrip(view, length)}${graph(view, facts?.cuts ?? [], ui.tried.threshold ?? threshold, length)}</div>
      <p class="quiet">● kept ○ dropped ${threshold === undefined ? nothing : "┄ threshold"}
        · point to look, click to hold; <kbd>[</kbd> <kbd>]</kbd> step</p>${details(view)}
    </section>
    ${again(view, sliders(view))}${list(view)}`;
}

export function step({ found: { rows }, ui, set }, by) {
  if (rows.length) set({ held: ui.held === null ? 0 : (ui.held + by + rows.length) % rows.length });
}

const why = ({ found: { rows, facts } }, row) => reason(row, rows, figuresOf(facts).distance);

/** The saved picture that a candidate is, or shows again, as a button that opens it. */
function picture(view, row, look, [unsaved, repeated], place) {
  const { frames } = view.found;
  const name = nameOf(row.file ?? row.duplicateOf);
  const frame = name && frames.find((each) => nameOf(each.name) === name);
  const title = timestamp(row.t) + (row.kept ? "" : `, dropped: ${why(view, row)}`);
  if (!frame) return html`<span class="unsaved quiet ${look}" title=${title}>${unsaved}</span>`;
  return html`<button class="bare ${look} ${row.kept ? "" : "repeat"}" title=${title} aria-label="Open the frame at ${timestamp(frame.t)}"
    tabindex=${place} @click=${() => openFrame(view, frames, frame.index)}>
    <img src=${at(frame.url)} alt="" loading="lazy">${row.kept ? nothing : repeated}</button>`;
}

/** What was considered for each part of the time. */
function filmstrip(view, length) {
  const times = Array.from({ length: CELLS }, (_, place) => ((place + 0.5) / CELLS) * length);
  return html`<div class="filmstrip" aria-hidden="true">
    ${times.map((t) => picture(view, nearestOf(view.found.rows, t), "", [], -1))}</div>`;
}

/** The candidate at the pointer, or the one that is held. */
function details(view) {
  const { found: { rows }, ui } = view;
  const row = rows[ui.pointed ?? ui.held ?? 0];
  return html`<div class="candidate-detail">
    ${picture(view, row, "picture", ["not saved", html`<span class="quiet">kept instead</span>`], 0)}
    <div><p><strong class="figure">${timestamp(row.t)}</strong> ${outcome(row)}</p>
      <p>${why(view, row)}</p>
      <p class="quiet figure">shot ${row.scene + 1} · cut score ${row.score} · sharpness ${row.sharpness} · light ${row.luma} of 255</p></div>
  </div>`;
}

const outcome = ({ kept }) => html`<span class="badge ${kept ? "completed" : ""}">${kept ? "kept" : "dropped"}</span>`;

/** The same as the graph, to read and to go through by keyboard. */
function list(view) {
  const { found: { rows }, ui, set } = view;
  const until = Math.max(ui.candidates + STEP, (ui.held ?? 0) + 1);
  const line = (row) => html`<li><button class="bare" aria-current=${row.index === ui.held ? "true" : nothing} @click=${() => set({ held: row.index })}>
    <span class="figure">${timestamp(row.t)}</span><span class="quiet">shot ${row.scene + 1}</span>
    <span>${outcome(row)}</span><span class="why">${why(view, row)}</span></button></li>`;
  return card(`${rows.length} frames were considered, ${rows.filter(({ kept }) => kept).length} kept`, html`
    <ol class="candidates">${repeat(rows.slice(0, until), ({ index }) => index, line)}</ol>
    ${more(rows.length - until, () => set({ candidates: until }))}`);
}
