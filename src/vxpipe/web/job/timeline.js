/** A video on one line of time: filmstrip, shots, how sure each cut is, and which frames were kept and why. */

import { timestamp } from "../lib/format.js";
import { html, nothing, repeat } from "../lib/html.js";
import { more, notice } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { again, sliders, toldOf, wantedOf } from "./again.js";
import { begins, fate, figuresOf } from "./estimate.js";
import { graph } from "./graph.js";
import { openFrame } from "./lightbox.js";
import { nameOf, nearestOf } from "./results.js";
import { reason } from "./told.js";

const CELLS = 10;
const STEP = 25;

export function timelineTab(view) {
  const { rows, facts, detail } = view.found;
  if (!rows.length) return notice("No timeline", "This video has no manifest: nothing is known of what was considered.");
  const [used, wanted, cuts] = [figuresOf(facts), wantedOf(view), facts?.cuts ?? []];
  const length = detail.source?.duration || rows.at(-1).t + 1;
  const seen = { view, used, wanted, cuts, length, told: toldOf(view) };
  return html`<section class="card" aria-label="Timeline">
      <div class="line">${filmstrip(seen)}${graph(seen)}</div>${legend(seen)}${details(seen)}
    </section>
    ${again(view, seen.told, sliders(view))}
    ${list(seen)}`;
}

export function step({ found: { rows }, ui, set }, by) {
  if (rows.length) set({ held: ui.held === null ? 0 : (ui.held + by + rows.length) % rows.length });
}

/** The saved picture that a candidate is, or shows again. */
function pictureOf({ frames }, { file, duplicateOf }) {
  const name = nameOf(file ?? duplicateOf);
  return name && frames.find((frame) => nameOf(frame.name) === name);
}

/** What was considered for each part of the time; where it was dropped, no neighbour stands in for it. */
function filmstrip({ view, used, cuts, length }) {
  const shots = begins(cuts, used.threshold);
  const times = Array.from({ length: CELLS }, (_, place) => ((place + 0.5) / CELLS) * length);
  return html`<div class="filmstrip">${times.map((t) => cell(view, standsFor(view.found.rows, shots, t)))}</div>`;
}

/** The candidate of the shot at this time, one that was kept if there is any; without shots the nearest. */
function standsFor(rows, shots, t) {
  const scene = shots.filter((cut) => cut.t <= t).length;
  const there = shots.length ? rows.filter((row) => row.scene === scene) : rows;
  const kept = there.filter((row) => row.kept);
  return nearestOf(shots.length && kept.length ? kept : there, t);
}

function cell(view, row) {
  const { found } = view;
  const frame = row?.kept || row?.reason === "duplicate" ? pictureOf(found, row) : undefined;
  const why = row && !row.kept ? `, dropped: ${reason(row, found.rows, figuresOf(found.facts).distance)}` : "";
  const title = row ? timestamp(row.t) + why : "Nothing was considered here";
  if (!frame) return html`<span class="unsaved" title=${title}></span>`;
  return html`<button class="bare ${why && "repeat"}" tabindex="-1" aria-hidden="true" title=${title}
    @click=${() => openFrame(view, found.frames, frame.index)}><img src=${at(frame.url)} alt="" loading="lazy"></button>`;
}

function legend({ used, wanted }) {
  const tried = wanted.threshold === used.threshold ? "" : `, tried ${wanted.threshold}`;
  return html`<p class="quiet">● kept ○ dropped ${used.threshold === null ? "" : `┄ threshold ${used.threshold}${tried}`}
    · point to look, click to hold; <kbd>[</kbd> <kbd>]</kbd> step</p>`;
}

/** The candidate at the pointer, or the one that is held. */
function details({ view, used, told }) {
  const { found, ui } = view;
  const row = found.rows[ui.pointed ?? ui.held ?? 0];
  const frame = pictureOf(found, row);
  return html`<div class="candidate-detail">
    ${frame
      ? html`<button class="picture bare" @click=${() => openFrame(view, found.frames, frame.index)}
          aria-label="Open the frame at ${timestamp(frame.t)}">
          <img src=${at(frame.url)} alt="" decoding="async">${row.kept ? nothing : html`<span class="quiet">kept instead</span>`}</button>`
      : html`<span class="picture unsaved quiet">not saved</span>`}
    <div><p><strong class="figure">${timestamp(row.t)}</strong> ${outcome(row, told)}</p>
      <p>${reason(row, found.rows, used.distance)}</p>
      <p class="quiet figure">shot ${row.scene + 1} · cut score ${row.score} · sharpness ${row.sharpness} · light ${row.luma} of 255</p></div>
  </div>`;
}

const OUTCOMES = { kept: "kept", dropped: "dropped", "would-go": "kept, may go", "would-come": "dropped, may return" };

const outcome = (row, told) => html`<span class="outcome ${fate(row, told)}">${OUTCOMES[fate(row, told)]}</span>`;

/** The same as the graph, to read and to go through by keyboard. */
function list({ view, used, told }) {
  const { found: { rows }, ui, set } = view;
  const until = Math.max(ui.candidates + STEP, (ui.held ?? 0) + 1);
  const line = (row) => html`<li><button class="bare" aria-current=${row.index === ui.held ? "true" : nothing} @click=${() => set({ held: row.index })}>
    <span class="figure">${timestamp(row.t)}</span><span class="quiet">shot ${row.scene + 1}</span>
    <span>${outcome(row, told)}</span><span class="why">${reason(row, rows, used.distance)}</span></button></li>`;
  return html`<section class="card" aria-labelledby="candidates-title">
    <h2 id="candidates-title">${rows.length} frames were considered, ${rows.filter((row) => row.kept).length} kept</h2>
    <ol class="candidates">${repeat(rows.slice(0, until), (row) => row.index, line)}</ol>
    ${more(rows.length - until, () => set({ candidates: until }))}</section>`;
}
