/** A video on one line of time: filmstrip, shots, how sure each cut is, and which frames were kept and why. */

import { timestamp } from "../lib/format.js";
import { html, nothing, ref, repeat } from "../lib/html.js";
import { notice } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { again, sliders, wantedOf } from "./again.js";
import { begins, estimate, fate, figuresOf } from "./estimate.js";
import { graph } from "./graph.js";
import { more } from "./parts.js";
import { nameOf, nearestOf } from "./results.js";
import { reason } from "./told.js";

const CELL_PX = 104;
const STEP = 25;

export class TimelineTab {
  #redraw;
  #width = 0;
  #box = null;
  #sizes = new ResizeObserver(([entry]) => this.#sized(entry.contentRect.width));

  constructor(redraw) {
    this.#redraw = redraw;
  }

  close() {
    this.#sizes.disconnect();
  }

  template(view) {
    const { rows, facts, detail } = view.found;
    if (!rows.length) return notice("No timeline", "This video has no manifest: nothing is known of what was considered.");
    const [used, wanted, cuts] = [figuresOf(facts), wantedOf(view), facts?.cuts ?? []];
    const length = detail.source?.duration || rows.at(-1).t + 1;
    const told = estimate(rows, cuts, used, wanted);
    const seen = { view, used, wanted, cuts, length, told, width: this.#width };
    return html`<section class="card timeline" aria-label="Timeline">
        <div class="line" ${ref((element) => this.#watch(element))}>${this.#width ? [filmstrip(seen), graph(seen)] : nothing}</div>
        ${legend(seen)}${details(seen)}
      </section>
      ${again(view, told, sliders(view))}
      ${list(seen)}`;
  }

  #watch(element) {
    if (element === this.#box) return;
    this.#sizes.disconnect();
    this.#box = element;
    if (element) this.#sizes.observe(element);
  }

  #sized(width) {
    if (Math.abs(width - this.#width) < 1) return;
    this.#width = width;
    this.#redraw();
  }
}

/** On to the next candidate, or back. */
export function step({ found: { rows }, ui, set }, by) {
  if (rows.length) set({ held: ui.held === null ? 0 : (ui.held + by + rows.length) % rows.length });
}

/** The saved picture that a candidate is, or shows again; undefined where there is none. */
function pictureOf({ frames }, { file, duplicateOf }) {
  const name = nameOf(file ?? duplicateOf);
  return name && frames.find((frame) => nameOf(frame.name) === name);
}

/** What was considered for each part of the time; where it was dropped, no neighbour stands in for it. */
function filmstrip({ view, used, cuts, length, width }) {
  const { rows } = view.found;
  const count = Math.max(3, Math.floor(width / CELL_PX));
  const shots = begins(cuts, used.threshold);
  const times = Array.from({ length: count }, (_, place) => ((place + 0.5) / count) * length);
  return html`<div class="filmstrip">${times.map((t) => cell(view, standsFor(rows, shots, t)))}</div>`;
}

/** The candidate of the shot at this time, one that was kept if there is any; without shots the nearest. */
function standsFor(rows, shots, t) {
  const scene = shots.filter((cut) => cut.t <= t).length;
  const there = shots.length ? rows.filter((row) => row.scene === scene) : rows;
  const kept = there.filter((row) => row.kept);
  return nearestOf(shots.length && kept.length ? kept : there, t);
}

function cell({ found, lightbox, ui }, row) {
  if (!row) return html`<span class="unsaved" title="Nothing was considered here"></span>`;
  const frame = row.kept || row.reason === "duplicate" ? pictureOf(found, row) : undefined;
  const why = row.kept ? "" : `, dropped: ${reason(row, found.rows, figuresOf(found.facts).distance)}`;
  if (!frame) return html`<span class="unsaved" title="${timestamp(row.t)}${why}"></span>`;
  return html`<button class=${row.kept ? "" : "repeat"} tabindex="-1" aria-hidden="true" title="${timestamp(row.t)}${why}"
    @click=${() => lightbox.open(found.frames, frame.index)}><img src=${at(frame.url)} alt="" loading="lazy" decoding="async"></button>`;
}

function legend({ used, wanted }) {
  const tried = wanted.threshold === used.threshold ? "" : `, tried ${wanted.threshold}`;
  return html`<p class="quiet">● kept ○ dropped ${used.threshold === null ? "" : `┄ threshold ${used.threshold}${tried}`}
    · point to look, click to hold; <kbd>[</kbd> <kbd>]</kbd> step</p>`;
}

/** The candidate at the pointer, or the one that is held. */
function details({ view, used, told }) {
  const { found, ui, lightbox } = view;
  const row = found.rows[ui.pointed ?? ui.held ?? 0];
  const frame = pictureOf(found, row);
  return html`<div class="candidate-detail">
    ${frame
      ? html`<button class="picture" @click=${() => lightbox.open(found.frames, frame.index)} aria-label="Open the frame at ${timestamp(frame.t)}">
          <img src=${at(frame.url)} alt="" decoding="async">${row.kept ? nothing : html`<span class="quiet">kept instead</span>`}</button>`
      : html`<span class="picture unsaved quiet">not saved</span>`}
    <div><p><strong class="figure">${timestamp(row.t)}</strong> ${outcome(row, told)}</p>
      <p>${reason(row, found.rows, used.distance)}</p>
      <p class="quiet figure">shot ${row.scene + 1} · cut score ${row.score} · sharpness ${row.sharpness} · light ${row.luma} of 255</p></div>
  </div>`;
}

const OUTCOMES = { kept: "kept", dropped: "dropped", "would-go": "kept, might go", "would-come": "dropped, might come back" };

const outcome = (row, told) => html`<span class="outcome ${fate(row, told)}">${OUTCOMES[fate(row, told)]}</span>`;

/** The same as the graph, to read and to go through by keyboard. */
function list({ view, used, told }) {
  const { found: { rows }, ui, set } = view;
  const until = Math.max(ui.candidates + STEP, (ui.held ?? 0) + 1);
  const line = (row) => html`<li><button aria-current=${row.index === ui.held ? "true" : nothing} @click=${() => set({ held: row.index })}>
    <span class="figure">${timestamp(row.t)}</span><span class="quiet">shot ${row.scene + 1}</span>
    <span>${outcome(row, told)}</span><span class="why">${reason(row, rows, used.distance)}</span></button></li>`;
  return html`<section class="card" aria-labelledby="candidates-title">
    <h2 id="candidates-title">${rows.length} frames were considered, ${rows.filter((row) => row.kept).length} kept</h2>
    <ol class="candidates">${repeat(rows.slice(0, until), (row) => row.index, line)}</ol>
    ${more(rows.length - until, () => set({ candidates: until }))}</section>`;
}
