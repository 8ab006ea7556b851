/** The timeline as a drawing: shots, how sure each cut is, the candidates, the time. Sideways all is in percent. */

import { timestamp } from "../lib/format.js";
import { html, nothing, svg } from "../lib/html.js";
import { nearestOf } from "./results.js";

const SCORE = { top: 36, high: 72 };
const MARKS = 126;
const HIGH = 158;
const TICKS = 5;
const NAMED_PERCENT = 3; // narrower shots have no room for their number

/** `threshold` is that of the run, or the one that is tried. */
export function graph({ found: { rows }, ui, set }, cuts, threshold, length) {
  const x = (t) => `${(100 * t) / length}%`;
  // A finger is gone by the time of its click: the place is taken from the event.
  const indexAt = ({ offsetX, currentTarget }) => nearestOf(rows, (offsetX / currentTarget.clientWidth) * length).index;
  const point = (pointed) => pointed !== ui.pointed && set({ pointed });
  const shown = rows[ui.pointed ?? ui.held];
  const mark = (row) => svg`<circle class="mark ${row.kept ? "kept" : "dropped"}" cx=${x(row.t)} cy=${MARKS} r=${row === shown ? 7 : 4.5}></circle>`;
  const times = Array.from({ length: TICKS }, (_, place) => (place / TICKS) * length);
  return html`<svg class="graph" height=${HIGH} aria-hidden="true" @pointermove=${(event) => point(indexAt(event))}
    @pointerleave=${() => point(null)} @click=${(event) => set({ held: indexAt(event) })}>
    ${threshold === undefined ? nothing : scenes(cuts, threshold, length, x)}
    ${shown ? line("here", x(shown.t), x(shown.t), 0, HIGH - 16) : nothing}${rows.map(mark)}
    ${times.map((t) => svg`<text x=${x(t)} y=${HIGH - 2}>${timestamp(t).slice(0, -2)}</text>`)}</svg>`;
}

const line = (look, x1, x2, y1, y2) => svg`<line class=${look} x1=${x1} x2=${x2} y1=${y1} y2=${y2}></line>`;

function scenes(cuts, threshold, length, x) {
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
