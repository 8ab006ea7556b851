/** A video on one line of time: filmstrip, shots, how sure each cut is, and which frames were kept and why. */

import { timestamp } from "../lib/format.js";
import { html, nothing, ref, repeat, svg } from "../lib/html.js";
import { notice } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { estimate, figuresOf, optionsOf } from "./estimate.js";
import { reason } from "./reasons.js";
import { nameOf } from "./results.js";

const CELL_PX = 104;
const SHOTS = { top: 0, high: 22 };
const SCORE = { top: 36, high: 72 };
const MARKS = { y: 126 };
const HIGH = 158;
const STEP = 100;

export class TimelineTab {
  #redraw;
  #lightbox;
  #width = 0;
  #chosen = null;
  #pointed = null;
  #listed = STEP;
  #sizes = new ResizeObserver(([entry]) => this.#sized(entry.contentRect.width));
  #box = null;

  constructor(redraw, lightbox) {
    this.#redraw = redraw;
    this.#lightbox = lightbox;
  }

  close() {
    this.#sizes.disconnect();
  }

  reset() {
    [this.#chosen, this.#pointed, this.#listed] = [null, null, STEP];
  }

  /** On to the next candidate, or back. */
  step(by, { rows }) {
    if (!rows.length) return;
    this.#chosen = this.#chosen === null ? 0 : (this.#chosen + by + rows.length) % rows.length;
    this.#redraw();
  }

  template({ job, item, found, again }) {
    if (!found.rows.length) return notice("No timeline", "This video has no manifest: nothing is known of what was considered.");
    const used = figuresOf(optionsOf(job, item));
    const wanted = again.wanted(used);
    const cuts = found.facts?.cuts ?? [];
    const length = found.detail.source?.duration || found.rows.at(-1).t + 1;
    const seen = { ...found, used, wanted, cuts, length, told: estimate(found.rows, cuts, used, wanted), x: (t) => (t / length) * this.#width };
    return html`<section class="card timeline" aria-label="Timeline">
        <div class="line" ${ref((element) => this.#watch(element))}>${this.#width ? this.#line(seen) : nothing}</div>
        ${legend(seen)}
        ${this.#detail(seen)}
      </section>
      ${again.template({ job, item, told: seen.told, used })}
      ${this.#list(seen)}`;
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

  #line(seen) {
    return html`${this.#filmstrip(seen)}
      <svg class="graph" width=${this.#width} height=${HIGH} viewBox="0 0 ${this.#width} ${HIGH}" aria-hidden="true"
        @pointermove=${(event) => this.#point(event, seen)} @pointerleave=${() => this.#point(null, seen)} @click=${(event) => this.#choose(this.#at(event, seen))}>
        ${shots(seen)}${scores(seen, this.#width)}${marks(seen, this.#pointed ?? this.#chosen)}${axis(seen, this.#width)}</svg>`;
  }

  /** The kept frame that is nearest to each part of the time. */
  #filmstrip({ frames, length }) {
    if (!frames.length) return nothing;
    const count = Math.max(3, Math.floor(this.#width / CELL_PX));
    const nearest = Array.from({ length: count }, (_, place) => nearestOf(frames, ((place + 0.5) / count) * length));
    return html`<div class="filmstrip">${nearest.map((frame) => html`<button tabindex="-1" aria-hidden="true" title="Open ${timestamp(frame.t)}"
      @click=${() => this.#lightbox.open(frames, frame.index)}><img src=${at(frame.url)} alt="" loading="lazy" decoding="async"></button>`)}</div>`;
  }

  /** The candidate at the pointer; a finger is gone by the time of its click. */
  #at({ offsetX }, { rows, length }) {
    return nearestOf(rows, (offsetX / this.#width) * length).index;
  }

  #point(event, seen) {
    const before = this.#pointed;
    this.#pointed = event && this.#at(event, seen);
    if (before !== this.#pointed) this.#redraw();
  }

  #choose(index) {
    this.#chosen = index;
    this.#redraw();
  }

  #detail({ rows, frames, told }) {
    const row = rows[this.#pointed ?? this.#chosen ?? 0];
    const frame = frames.find(({ name }) => nameOf(name) === nameOf(row.file ?? row.duplicateOf));
    return html`<div class="candidate-detail">
      ${frame ? html`<button class="picture" @click=${() => this.#lightbox.open(frames, frame.index)} aria-label="Open the frame at ${timestamp(frame.t)}">
        <img src=${at(frame.url)} alt="" decoding="async"></button>` : html`<span class="picture unsaved quiet">not saved</span>`}
      <div><p><strong class="figure">${timestamp(row.t)}</strong> ${outcome(row, told)}</p>
        <p>${reason(row, rows)}</p>
        <p class="quiet figure">shot ${row.scene + 1} · cut score ${row.score} · sharpness ${row.sharpness} · light ${row.luma} of 255</p></div>
    </div>`;
  }

  /** The same as the graph, to read and to go through by keyboard. */
  #list({ rows, told }) {
    const current = this.#chosen ?? 0;
    const until = Math.max(this.#listed, current + 1);
    return html`<section class="card" aria-labelledby="candidates-title">
      <h2 id="candidates-title">${rows.length} frames were considered, ${rows.filter((row) => row.kept).length} kept</h2>
      <ol class="candidates">${repeat(rows.slice(0, until), (row) => row.index, (row) => html`<li><button aria-current=${row.index === this.#chosen ? "true" : nothing} @click=${() => this.#choose(row.index)}>
        <span class="figure">${timestamp(row.t)}</span><span class="quiet">shot ${row.scene + 1}</span>${outcome(row, told)}<span class="why">${reason(row, rows)}</span></button></li>`)}</ol>
      ${rows.length > until ? html`<button @click=${() => this.#more(until)}>Show more (${rows.length - until} left)</button>` : nothing}</section>`;
  }

  #more(until) {
    this.#listed = until + STEP;
    this.#redraw();
  }
}

function outcome(row, { goes, comes }) {
  if (goes.has(row.index)) return html`<span class="outcome would-go">kept, might go</span>`;
  if (comes.has(row.index)) return html`<span class="outcome would-come">dropped, might come back</span>`;
  return html`<span class="outcome ${row.kept ? "kept" : "dropped"}">${row.kept ? "kept" : "dropped"}</span>`;
}

function shots({ cuts, wanted, length, x }) {
  const begins = [0, ...cuts.filter(({ score }) => score >= (wanted.threshold ?? 2)).map(({ t }) => t), length];
  return begins.slice(0, -1).map((begin, place) => {
    const [left, wide] = [x(begin), Math.max(1, x(begins[place + 1]) - x(begin) - 1)];
    return svg`<rect class="shot ${place % 2 ? "odd" : ""}" x=${left} y=${SHOTS.top} width=${wide} height=${SHOTS.high} rx="3"></rect>
      ${wide > 26 ? svg`<text class="shot-name" x=${left + 6} y=${SHOTS.top + 15}>${place + 1}</text>` : nothing}`;
  });
}

const scoreY = (score) => SCORE.top + SCORE.high * (1 - score);

function scores({ cuts, used, wanted, x }, width) {
  if (used.threshold === null) return svg`<text class="axis-name" x="0" y=${SCORE.top + 38}>Cuts are looked for in mode scenes only.</text>`;
  const line = (score, name) => svg`<line class=${name} x1="0" x2=${width} y1=${scoreY(score)} y2=${scoreY(score)}></line>`;
  return svg`<line class="base" x1="0" x2=${width} y1=${scoreY(0)} y2=${scoreY(0)}></line>
    ${cuts.map(({ t, score }) => svg`<line class="score ${score >= wanted.threshold ? "cut" : ""}" x1=${x(t)} x2=${x(t)} y1=${scoreY(0)} y2=${scoreY(score)}></line>
      <circle class="score ${score >= wanted.threshold ? "cut" : ""}" cx=${x(t)} cy=${scoreY(score)} r="2.5"></circle>`)}
    ${line(used.threshold, "threshold")}
    ${wanted.threshold === used.threshold ? nothing : line(wanted.threshold, "threshold wanted")}`;
}

function marks({ rows, told, x }, chosen) {
  const row = chosen === null ? null : rows[chosen];
  return svg`${row ? svg`<line class="here" x1=${x(row.t)} x2=${x(row.t)} y1="0" y2=${HIGH - 16}></line>` : nothing}
    ${rows.map(({ t, kept, index }) => svg`<circle class="mark ${told.goes.has(index) ? "would-go" : told.comes.has(index) ? "would-come" : kept ? "kept" : "dropped"}"
      cx=${x(t)} cy=${MARKS.y} r=${index === chosen ? 7 : 4.5}></circle>`)}`;
}

const TICKS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

function axis({ length, x }, width) {
  const step = TICKS.find((each) => (length / each) * 64 <= width) ?? 7200;
  const times = Array.from({ length: Math.floor(length / step) + 1 }, (_, place) => place * step);
  return times.map((t) => svg`<line class="base" x1=${x(t)} x2=${x(t)} y1=${HIGH - 18} y2=${HIGH - 14}></line>
    ${x(t) < width - 30 ? svg`<text class="tick" x=${x(t)} y=${HIGH - 2} text-anchor=${t ? "middle" : "start"}>${tickWord(t, step)}</text>` : nothing}`);
}

const tickWord = (t, step) => (step < 1 ? `${t.toFixed(2)} s` : timestamp(t).slice(0, -4));

function legend({ used, wanted }) {
  return html`<ul class="legend quiet">
    <li><span class="dot kept"></span>kept</li><li><span class="dot dropped"></span>dropped</li>
    ${used.threshold === null ? nothing : html`<li><span class="stroke threshold"></span>threshold ${used.threshold.toFixed(2)}</li>`}
    ${wanted.threshold === used.threshold ? nothing : html`<li><span class="stroke wanted"></span>tried: ${wanted.threshold.toFixed(2)}</li>`}
    <li class="apart">Point to look, click to hold; <kbd>[</kbd> <kbd>]</kbd> step</li></ul>`;
}

function nearestOf(ascending, t) {
  return ascending.reduce((best, each) => (Math.abs(each.t - t) < Math.abs(best.t - t) ? each : best), ascending[0]);
}
