/** Other options for a video: what they would change, told at once, and a new run that does it. */

import { post, sendBatch } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { card } from "../lib/parts.js";
import { navigate } from "../lib/router.js";
import { estimate, figuresOf, optionsOf } from "./estimate.js";
import { cropWord, targetOf } from "./told.js";

const CALM_MS = 400;

/** What is tried before anything is. */
export const NOTHING_TRIED = { tried: {}, plan: null, refused: "" };

/** The figures that a new run would use. */
export const wantedOf = ({ found, ui }) => ({ ...figuresOf(found.facts), ...ui.tried });

/** The estimate last made: the screen is drawn again at every move of the pointer. */
let made = {};

/** What a new run would bring. */
export function toldOf(view) {
  const { found: { rows, facts }, ui: { tried } } = view;
  if (made.rows !== rows || made.tried !== tried)
    made = { rows, tried, told: estimate(rows, facts?.cuts ?? [], figuresOf(facts), wantedOf(view)) };
  return made.told;
}

/** Try another value; undefined: that of the run. */
function change(view, name, value) {
  const { [name]: before, ...others } = view.ui.tried;
  const tried = value === undefined ? others : { ...others, [name]: value };
  view.set({ ...NOTHING_TRIED, tried });
  setTimeout(() => view.ui.tried === tried && Object.keys(tried).length && look(view, tried), CALM_MS);
}

/** What the service would do; it knows whether the download is kept. */
async function look(view, tried) {
  const answer = await post("/process?plan=1", bodyOf(view)).catch((problem) => ({ problem }));
  if (view.ui.tried !== tried) return;
  view.set(answer.problem ? { refused: answer.problem.message } : { plan: answer.items[0] });
}

async function run(view) {
  view.set({ isSending: true });
  const answer = await sendBatch(bodyOf(view)).catch((problem) => ({ problem }));
  if (!view.ui.isSending) return; // the reader is elsewhere
  if (!answer.problem) return navigate(`jobs/${answer.jobId}`);
  view.set({ isSending: false, refused: answer.problem.message });
}

function bodyOf({ job, item, ui }) {
  const given = optionsOf(job, item);
  const { threshold, distance, crop } = ui.tried;
  const options = { ...given };
  if (crop !== undefined) options.crop = crop;
  if (threshold !== undefined) options.frames = { ...given.frames, threshold };
  if (distance !== undefined) options.dedupe = { ...given.dedupe, distance };
  return { items: [targetOf(item)], options };
}

/** What may be tried, by its `controls`, and what all that is tried would change. */
export function again(view, told, controls) {
  const { ui } = view;
  const isChanged = Object.keys(ui.tried).length > 0;
  return card("Try other options", html`${controls}
    <p role="status">${isChanged ? sentences(ui.tried, told) : "Nothing is changed yet."} ${kept(ui.plan)}</p>
    <div class="actions">
      <button class="primary" ?disabled=${!isChanged || ui.isSending} @click=${() => run(view)}>
        ${icon("play")}Run again with these</button>
      ${isChanged ? html`<button @click=${() => view.set(NOTHING_TRIED)}>Back to those of this run</button>` : nothing}
      <span class="quiet">A new job; this one stays as it is.</span></div>
    <p class="fault" role="alert">${ui.refused}</p>`, "again");
}

const kept = (plan) => plan && (plan.cached ? "The download is kept: nothing is fetched again." : "The video will be downloaded again.");

function sentences({ threshold, distance, crop }, told) {
  const words = [];
  if (threshold !== undefined) words.push(`${plural(told.shots.then, "shot")} instead of ${told.shots.now}`);
  if (threshold !== undefined || distance !== undefined) words.push(framesWord(told.frames));
  if (crop !== undefined) words.push(`crop ${cropWord(crop)}`);
  return `${words.join(", ")}.`;
}

function framesWord({ now, least, most }) {
  return `about ${least === most ? least : `${least} to ${most}`} frames instead of ${now}`;
}

const SLIDERS = [
  { name: "threshold", word: "Threshold of a cut", least: 0.05, most: 1, step: 0.01 },
  { name: "distance", word: "Repeats: bits that may differ", least: 0, most: 64, step: 1 },
];

/** Sliders for the figures that meant something to the run. */
export function sliders(view) {
  const used = figuresOf(view.found.facts);
  const shown = SLIDERS.filter(({ name }) => used[name] !== null);
  return html`<div class="fit wide">${shown.map((each) => slider(view, each, used[each.name]))}</div>`;
}

function slider(view, { name, word, least, most, step }, used) {
  const wanted = view.ui.tried[name] ?? used;
  const moved = ({ target }) => change(view, name, Number(target.value) === used ? undefined : Number(target.value));
  return html`<label class="slider">${word}
    <input type="range" min=${least} max=${most} step=${step} .value=${String(wanted)} @input=${moved}>
    <output class="figure">${wanted}${wanted === used ? nothing : html` <span class="quiet">was ${used}</span>`}</output></label>`;
}

/** Try another crop; undefined: that of the run. */
export const tryCrop = (view, crop) => change(view, "crop", crop);
