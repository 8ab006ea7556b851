/** A video on one line of time: filmstrip, shots, how sure each cut is, and which frames were kept and why. */

import { timestamp } from "../lib/format.js";
import { html, nothing, repeat, svg } from "../lib/html.js";
import { card, more, notice } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { again, figuresOf, sliders } from "./again.js";
import { openFrame } from "./lightbox.js";
import { nameOf } from "./results.js";

const CELLS = 10;
const STEP = 25;
const SCORE = { top: 36, high: 72 };
const MARKS = 126;
const HIGH = 158;
const NAMED_PERCENT = 3; // narrower shots have no room for their number

export function timelineTab(view) {
  const { rows, facts, detail } = view.found;
  if (!rows.length) return notice("No timeline", "This video has no manifest: nothing is known of what was considered.");
  const length = detail.source?.duration || rows.at(-1).t + 1;
  const { threshold } = { ...figuresOf(facts), ...view.ui.tried };
  return html`<section class="card" aria-label="Timeline">
      <div class="line">${filmstrip(view, length)}${graph(view, threshold, length)}</div>
      <p class="quiet">● kept ○ dropped ┄ threshold · click to hold, <kbd>[</kbd> <kbd>]</kbd> to step</p>
      ${details(view)}
    </section>
    ${again(view, sliders(view))}${list(view)}`;
}

export function step({ found: { rows }, ui, set }, by) {
  if (rows.length) set({ held: ui.held === null ? 0 : (ui.held + by + rows.length) % rows.length });
}

function picture(view, row, look, place, unsaved = "") {
  const { frames } = view.found;
  const name = nameOf(row.file ?? row.duplicateOf);
  const frame = name && frames.find((each) => nameOf(each.name) === name);
  const title = timestamp(row.t) + (row.kept ? "" : `, dropped: ${row.why}`);
  if (!frame) return html`<span class="unsaved quiet ${look}" title=${title}>${unsaved}</span>`;
  return html`<button class="bare ${look} ${row.kept ? "" : "repeat"}" title=${title} aria-label="Open the frame at ${timestamp(frame.t)}"
    tabindex=${place} @click=${() => openFrame(view, frame)}><img src=${at(frame.url)} alt="" loading="lazy"></button>`;
}

const nearestOf = (rows, t) => rows.reduce((best, each) => (Math.abs(each.t - t) < Math.abs(best.t - t) ? each : best));

const evenly = (count, length, shift) => Array.from({ length: count }, (_, place) => ((place + shift) / count) * length);

function filmstrip(view, length) {
  const cell = (t) => picture(view, nearestOf(view.found.rows, t), "", -1);
  return html`<div class="filmstrip" aria-hidden="true">${evenly(CELLS, length, 0.5).map(cell)}</div>`;
}

function graph({ found: { rows, facts }, ui, set }, threshold, length) {
  const x = (t) => `${(100 * t) / length}%`;
  // A finger is gone by the time of its click: the place is taken from the event.
  const indexAt = ({ offsetX, currentTarget }) => nearestOf(rows, (offsetX / currentTarget.clientWidth) * length).index;
  const point = (pointed) => pointed !== ui.pointed && set({ pointed });
  const shown = rows[ui.pointed ?? ui.held];
  const mark = (row) => svg`<circle class="mark ${row.kept ? "kept" : "dropped"}" cx=${x(row.t)} cy=${MARKS} r=${row === shown ? 7 : 4.5}></circle>`;
  return html`<svg class="graph" height=${HIGH} aria-hidden="true" @pointermove=${(event) => point(indexAt(event))}
    @pointerleave=${() => point(null)} @click=${(event) => set({ held: indexAt(event) })}>
    ${threshold === undefined ? nothing : shots(facts.cuts ?? [], threshold, length, x)}
    ${shown ? line("here", x(shown.t), x(shown.t), 0, HIGH - 16) : nothing}${rows.map(mark)}
    ${evenly(5, length, 0).map((t) => svg`<text x=${x(t)} y=${HIGH - 2}>${timestamp(t).slice(0, -2)}</text>`)}</svg>`;
}

const line = (look, x1, x2, y1, y2) => svg`<line class=${look} x1=${x1} x2=${x2} y1=${y1} y2=${y2}></line>`;

function shots(cuts, threshold, length, x) {
  const isCounted = ({ thresholds, score }) => (thresholds ?? [[0, score]]).some(([from, to]) => from <= threshold && threshold <= to);
  const edges = [0, ...cuts.filter(isCounted).map(({ t }) => t), length];
  const shot = (begin, place) => {
    const share = (100 * (edges[place + 1] - begin)) / length;
    return svg`<rect class="shot" x=${x(begin)} width="${share}%" height="22"></rect>
      ${share < NAMED_PERCENT ? nothing : svg`<text class="shot-name" x=${x(begin)} dx="6" y="15">${place + 1}</text>`}`;
  };
  const y = (score) => SCORE.top + SCORE.high * (1 - score);
  const score = (cut) => svg`<g class="score ${isCounted(cut) ? "counts" : ""}">${line("", x(cut.t), x(cut.t), y(0), y(cut.score))}
    <circle cx=${x(cut.t)} cy=${y(cut.score)} r="2.5"></circle></g>`;
  return svg`${edges.slice(0, -1).map(shot)}${line("base", 0, "100%", y(0), y(0))}${cuts.map(score)}
    ${line("threshold", 0, "100%", y(threshold), y(threshold))}`;
}

function details(view) {
  const { found: { rows }, ui } = view;
  const row = rows[ui.pointed ?? ui.held ?? 0];
  return html`<div class="candidate-detail actions">${picture(view, row, "picture", 0, "not saved")}
    <div><p><strong class="figure">${timestamp(row.t)}</strong> ${outcome(row)}</p>
      <p>${row.why}</p>
      <p class="quiet figure">shot ${row.scene + 1} · cut score ${row.score} · sharpness ${row.sharpness} · light ${row.luma} of 255</p></div>
  </div>`;
}

const outcome = ({ kept }) => html`<span class="badge ${kept ? "completed" : ""}">${kept ? "kept" : "dropped"}</span>`;

/** The same as the graph, to read and to go through by keyboard. */
function list({ found: { rows }, ui, set }) {
  const until = Math.max(ui.candidates + STEP, (ui.held ?? 0) + 1);
  const entry = (row) => html`<li><button class="bare" aria-current=${row.index === ui.held} @click=${() => set({ held: row.index })}>
    <span class="figure">${timestamp(row.t)}</span><span class="quiet">shot ${row.scene + 1}</span>
    <span>${outcome(row)}</span><span class="why">${row.why}</span></button></li>`;
  return card(`${rows.length} frames were considered, ${rows.filter(({ kept }) => kept).length} kept`, html`
    <ol class="candidates">${repeat(rows.slice(0, until), ({ index }) => index, entry)}</ol>
    ${more(rows.length - until, () => set({ candidates: until }))}`);
}
