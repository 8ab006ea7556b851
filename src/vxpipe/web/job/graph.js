/** The timeline as a drawing: shots, how sure each cut is, the candidates, the time. Sideways all is in percent. */

import { timestamp } from "../lib/format.js";
import { html, nothing, svg } from "../lib/html.js";
import { begins, fate } from "./estimate.js";
import { nearestOf } from "./results.js";

const SCORE = { top: 36, high: 72 };
const MARKS = 126;
const HIGH = 158;
const TICKS = 5;
const NAMED_PERCENT = 3; // narrower shots have no room for their number

export function graph(seen) {
  const { view: { found: { rows }, ui, set }, used, length } = seen;
  // A finger is gone by the time of its click: the place is taken from the event.
  const indexAt = ({ offsetX, currentTarget }) => nearestOf(rows, (offsetX / currentTarget.clientWidth) * length).index;
  const point = (pointed) => pointed !== ui.pointed && set({ pointed });
  return html`<svg class="graph" height=${HIGH} aria-hidden="true" @pointermove=${(event) => point(indexAt(event))}
    @pointerleave=${() => point(null)} @click=${(event) => set({ held: indexAt(event) })}>
    ${used.threshold === null ? nothing : [shots(seen), scores(seen)]}${marks(seen)}${axis(length)}</svg>`;
}

const percent = (t, length) => `${(100 * t) / length}%`;

function shots({ cuts, wanted, length }) {
  const edges = [0, ...begins(cuts, wanted.threshold).map(({ t }) => t), length];
  return edges.slice(0, -1).map((begin, place) => {
    const share = (100 * (edges[place + 1] - begin)) / length;
    return svg`<rect class="shot ${place % 2 ? "odd" : ""}" x=${percent(begin, length)} width="${share}%" height="22"></rect>
      ${share < NAMED_PERCENT ? nothing : svg`<text class="shot-name" x=${percent(begin, length)} dx="6" y="15">${place + 1}</text>`}`;
  });
}

const line = (look, x1, x2, y1, y2) => svg`<line class=${look} x1=${x1} x2=${x2} y1=${y1} y2=${y2}></line>`;
const scoreY = (score) => SCORE.top + SCORE.high * (1 - score);

function scores({ cuts, used, wanted, length }) {
  const counted = begins(cuts, wanted.threshold);
  const level = (score, look) => line(look, 0, "100%", scoreY(score), scoreY(score));
  return svg`${level(0, "base")}${cuts.map((cut) => score(cut, counted.includes(cut) ? "score counts" : "score", percent(cut.t, length)))}
    ${level(used.threshold, "threshold")}
    ${wanted.threshold === used.threshold ? nothing : level(wanted.threshold, "threshold wanted")}`;
}

const score = (cut, look, x) =>
  svg`${line(look, x, x, scoreY(0), scoreY(cut.score))}<circle class=${look} cx=${x} cy=${scoreY(cut.score)} r="2.5"></circle>`;

function marks({ view: { found: { rows }, ui }, told, length }) {
  const shown = rows[ui.pointed ?? ui.held];
  const x = shown && percent(shown.t, length);
  return svg`${shown ? line("here", x, x, 0, HIGH - 16) : nothing}${rows.map((row) => svg`<circle class="mark ${fate(row, told)}"
    cx=${percent(row.t, length)} cy=${MARKS} r=${row === shown ? 7 : 4.5}></circle>`)}`;
}

function axis(length) {
  const times = Array.from({ length: TICKS }, (_, place) => (place / TICKS) * length);
  return times.map((t) => svg`<text x=${percent(t, length)} y=${HIGH - 2}>${timestamp(t).slice(0, -2)}</text>`);
}
