/** Other options for a video: what they would change, as the service foresees it, and a new run that does it. */

import { get, sendBatch } from "../lib/api.js";
import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { card } from "../lib/parts.js";
import { navigate } from "../lib/router.js";

const CALM_MS = 250;
const SLIDERS = [
  { name: "threshold", word: "Threshold of a cut", least: 0.05, most: 1, step: 0.01 },
  { name: "distance", word: "Repeats: bits that may differ", least: 0, most: 64, step: 1 },
];
const KEEP_REPEATS = ["count", "timestamps"];

export const NOTHING_TRIED = { tried: {}, forecast: "", refused: "", sending: null };

export function figuresOf(facts) {
  const { frames, dedupe } = facts?.options ?? {};
  return {
    ...(frames?.mode === "scenes" && { threshold: frames.threshold }),
    ...(dedupe?.enabled && !KEEP_REPEATS.includes(frames?.mode) && { distance: dedupe.distance }),
  };
}

/** The body of a request for a video with its options, of which a part that the item names itself replaces the job's. */
export const requestOf = (job, { platform, code, url, options }, changed) =>
  ({ items: [platform === "direct" ? { url } : { platform, code }], options: { ...job.options, ...options, ...changed } });

export function change(view, name, value) {
  const { [name]: before, ...others } = view.ui.tried;
  const tried = value === undefined ? others : { ...others, [name]: value };
  view.set({ ...NOTHING_TRIED, tried });
  setTimeout(() => view.ui.tried === tried && Object.keys(tried).length && look(view, tried), CALM_MS);
}

async function look({ job, item, ui, set }, tried) {
  const { crop, ...figures } = tried;
  const path = `/jobs/${job.jobId}/items/${item.index}/forecast?${new URLSearchParams(figures)}`;
  const forecast = await get(path).then(({ summary }) => summary, ({ message }) => message);
  if (ui.tried === tried) set({ forecast });
}

async function run({ job, item, ui, set }) {
  const { tried: { threshold, distance, crop } } = ui;
  const given = { ...job.options, ...item.options };
  const sending = requestOf(job, item, {
    ...(crop && { crop }),
    ...(threshold !== undefined && { frames: { ...given.frames, threshold } }),
    ...(distance !== undefined && { dedupe: { ...given.dedupe, distance } }),
  });
  set({ sending });
  const answer = await sendBatch(sending).catch((problem) => ({ problem }));
  if (ui.sending !== sending) return; // the reader is elsewhere
  if (!answer.problem) return navigate(`jobs/${answer.jobId}`);
  set({ sending: null, refused: answer.problem.message });
}

export function again(view, controls) {
  const { ui, set } = view;
  const isChanged = Object.keys(ui.tried).length > 0;
  return card("Try other options", html`${controls}
    <p role="status">${isChanged ? ui.forecast || "…" : "Nothing is changed yet."}</p>
    <div class="actions">
      <button class="primary" ?disabled=${!isChanged || ui.sending} @click=${() => run(view)}>${icon("play")}Run again with these</button>
      ${isChanged ? html`<button @click=${() => set(NOTHING_TRIED)}>Back to this run</button>` : nothing}
      <span class="quiet">A new job; this one stays.</span></div>
    <p class="fault" role="alert">${ui.refused}</p>`, "again");
}

export function sliders(view) {
  const used = figuresOf(view.found.facts);
  return html`<div class="fit wide">${SLIDERS.filter(({ name }) => name in used).map((each) => slider(view, each, used[each.name]))}</div>`;
}

function slider(view, { name, word, least, most, step }, used) {
  const wanted = view.ui.tried[name] ?? used;
  const moved = ({ target }) => change(view, name, Number(target.value) === used ? undefined : Number(target.value));
  return html`<label class="slider">${word}
    <input type="range" min=${least} max=${most} step=${step} .value=${String(wanted)} @input=${moved}>
    <output class="figure">${wanted}${wanted === used ? nothing : html` <span class="quiet">was ${used}</span>`}</output></label>`;
}
