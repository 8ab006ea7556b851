/** The timeline as a drawing: shots, how sure each cut is, the candidates, the time. */

import { timestamp } from "../lib/format.js";
import { html, nothing, svg } from "../lib/html.js";
import { begins, fate } from "./estimate.js";
import { nearestOf } from "./results.js";

const SHOTS = { top: 0, high: 22 };
const SCORE = { top: 36, high: 72 };
const MARKS = 126;
const HIGH = 158;
const TICK_PX = 120;

export function graph(seen) {
  const { view: { found: { rows }, ui, set }, length, width } = seen;
  const x = (t) => (t / length) * width;
  // A finger is gone by the time of its click: the place is taken from the event.
  const indexAt = ({ offsetX }) => nearestOf(rows, (offsetX / width) * length).index;
  const point = (pointed) => pointed !== ui.pointed && set({ pointed });
  return html`<svg class="graph" width=${width} height=${HIGH} viewBox="0 0 ${width} ${HIGH}" aria-hidden="true"
    @pointermove=${(event) => point(indexAt(event))} @pointerleave=${() => point(null)} @click=${(event) => set({ held: indexAt(event) })}>
    ${shots(seen, x)}${scores(seen, x)}${marks(seen, x)}${axis(seen)}</svg>`;
}

function shots({ cuts, wanted, length }, x) {
  const edges = [0, ...begins(cuts, wanted.threshold).map(({ t }) => t), length];
  return edges.slice(0, -1).map((begin, place) => {
    const [left, wide] = [x(begin), Math.max(1, x(edges[place + 1]) - x(begin) - 1)];
    return svg`<rect class="shot ${place % 2 ? "odd" : ""}" x=${left} y=${SHOTS.top} width=${wide} height=${SHOTS.high} rx="3"></rect>
      ${wide > 26 ? svg`<text class="shot-name" x=${left + 6} y=${SHOTS.top + 15}>${place + 1}</text>` : nothing}`;
  });
}

const line = (look, x1, x2, y1, y2) => svg`<line class=${look} x1=${x1} x2=${x2} y1=${y1} y2=${y2}></line>`;
const scoreY = (score) => SCORE.top + SCORE.high * (1 - score);

function scores({ cuts, used, wanted, width }, x) {
  if (used.threshold === null) return svg`<text class="axis-name" x="0" y=${SCORE.top + 38}>Cuts are looked for in mode scenes only.</text>`;
  const counted = begins(cuts, wanted.threshold);
  const level = (score, look) => line(look, 0, width, scoreY(score), scoreY(score));
  return svg`${level(0, "base")}${cuts.map((cut) => score(cut, counted.includes(cut) ? "score counts" : "score", x(cut.t)))}
    ${level(used.threshold, "threshold")}${wanted.threshold === used.threshold ? nothing : level(wanted.threshold, "threshold wanted")}`;
}

const score = (cut, look, x) =>
  svg`${line(look, x, x, scoreY(0), scoreY(cut.score))}<circle class=${look} cx=${x} cy=${scoreY(cut.score)} r="2.5"></circle>`;

function marks({ view: { found: { rows }, ui }, told }, x) {
  const shown = ui.pointed ?? ui.held;
  const here = shown === null ? nothing : line("here", x(rows[shown].t), x(rows[shown].t), 0, HIGH - 16);
  return svg`${here}${rows.map((row) => svg`<circle class="mark ${fate(row, told)}"
    cx=${x(row.t)} cy=${MARKS} r=${row.index === shown ? 7 : 4.5}></circle>`)}`;
}

function axis({ length, width }) {
  const count = Math.max(1, Math.floor(width / TICK_PX));
  const shares = Array.from({ length: count }, (_, place) => place / count);
  return shares.map((share) => svg`<text class="tick" x=${share * width} y=${HIGH - 2}>${timestamp(share * length).slice(0, -2)}</text>`);
}
