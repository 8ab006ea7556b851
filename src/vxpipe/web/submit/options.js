/** The options of a draft as a form; what each value means stands under it. */

import { html, live, nothing, ref } from "../lib/html.js";
import { DEFAULTS, inWords, isBounded, MEANINGS, MODES, MOST } from "./recipe.js";

/** Which field shows a fault of the options. */
const PLACES = [
  ["#/options/frames/threshold", "threshold"], ["#/options/frames/every", "every"], ["#/options/frames/count", "count"], ["#/options/frames/at", "at"],
  ["#/options/frames/min", "min"], ["#/options/frames/max", "max"], ["#/options/frames", "mode"], ["#/options/crop", "aspect"],
  ["#/options/dedupe", "distance"], ["#/options/image/quality", "quality"], ["#/options/image/maxWidth", "maxWidth"],
  ["#/options/image/maxHeight", "maxHeight"], ["#/options/clip", "clipQuality"],
];

/** The faults of the options by field; those without one are under "". */
export function byField(faults) {
  const places = {};
  for (const { pointer, detail } of faults) {
    const name = PLACES.find(([start]) => pointer.startsWith(start))?.[1] ?? "";
    places[name] ??= detail;
  }
  return places;
}

/**
 * @param {typeof DEFAULTS} form
 * @param {{faults: Record<string, string>, change: (name: string, value: string | boolean) => void, reset: () => void}} around
 */
export function optionsForm(form, around) {
  const isChanged = Object.entries(DEFAULTS).some(([name, value]) => form[name] !== value);
  const hasFault = Object.keys(around.faults).length > 0;
  return html`<details class="options" ${ref((panel) => panel && hasFault && (panel.open = true))}>
    <summary><span class="options-title">Options</span> <span class="in-words">${inWords(form)}</span></summary>
    <div class="option-groups">
      <fieldset><legend>Frames</legend>
        ${choice("mode", "Which", MODES, form, around)}
        ${figure(form, around)}
        ${isBounded(form) ? html`<div class="pair">${number("min", "At least", form, around, { min: 0, max: MOST })}${number("max", "At most", form, around, { min: 1, max: MOST })}</div>` : nothing}
      </fieldset>
      <fieldset><legend>Picture</legend>
        ${choice("crop", "Crop", { auto: "Remove borders", none: "Keep it whole", aspect: "Cut to a ratio" }, form, around)}
        ${form.crop === "aspect" ? text("aspect", "Width : height", form, around) : nothing}
        <div class="pair">${number("maxWidth", "Largest width", form, around, { min: 16, max: 16384, placeholder: "as it is" })}${number("maxHeight", "Largest height", form, around, { min: 16, max: 16384, placeholder: "as it is" })}</div>
      </fieldset>
      <fieldset><legend>Left out</legend>
        ${check("dedupe", "Pictures that are there already", form, around)}
        ${form.dedupe ? slider("distance", "May differ in bits of 64", form, around, { min: 0, max: 24, step: 1 }) : nothing}
        ${check("blank", "Blank pictures", form, around)}
        ${check("blurry", "Blurry pictures", form, around)}
      </fieldset>
      <fieldset><legend>Files</legend>
        ${choice("format", "Format", { jpg: "JPEG", png: "PNG", webp: "WebP" }, form, around)}
        ${form.format === "png" ? nothing : slider("quality", "Quality", form, around, { min: 1, max: 100, step: 1 })}
        ${check("sheet", "Contact sheet", form, around)}
        ${check("clip", "The cropped video as a clip", form, around)}
      </fieldset>
    </div>
    <p class="actions"><button type="button" ?disabled=${!isChanged} @click=${around.reset}>Back to the defaults</button></p>
  </details>`;
}

function figure(form, around) {
  if (form.mode === "scenes") return slider("threshold", "A cut from a change of", form, around, { min: 0, max: 1, step: 0.05 });
  if (form.mode === "interval") return number("every", "Seconds", form, around, { min: 0.04, max: 3600, step: "any" });
  if (form.mode === "timestamps") return text("at", "Seconds, comma-separated", form, around);
  if (form.mode !== "count") return nothing;
  return html`${number("count", "How many", form, around, { min: 1, max: MOST })}
    ${choice("pick", "Chosen", { even: "Evenly over the time", diverse: "As different as can be" }, form, around)}`;
}

function field(name, label, control, form, { faults }) {
  const meaning = MEANINGS[name]?.(form);
  return html`<div class="field">
    <label for=${name}>${label}</label>${control}
    ${meaning ? html`<p class="quiet" id="${name}-meaning">${meaning}</p>` : nothing}
    <p class="fault" id="${name}-fault">${faults[name]}</p></div>`;
}

function choice(name, label, words, form, around) {
  const options = Object.entries(words).map(([value, word]) => html`<option value=${value} ?selected=${form[name] === value}>${word}</option>`);
  return field(name, label, html`<select id=${name} aria-describedby="${name}-fault" @change=${changed(name, around)}>${options}</select>`, form, around);
}

function number(name, label, form, around, { min, max, step = 1, placeholder = "" }) {
  return field(name, label, html`<input id=${name} type="number" min=${min} max=${max} step=${step} placeholder=${placeholder} .value=${live(form[name])}
    aria-describedby="${name}-fault" aria-invalid=${around.faults[name] ? "true" : nothing} @input=${changed(name, around)}>`, form, around);
}

function text(name, label, form, around) {
  return field(name, label, html`<input id=${name} type="text" spellcheck="false" .value=${live(form[name])}
    aria-describedby="${name}-fault" aria-invalid=${around.faults[name] ? "true" : nothing} @input=${changed(name, around)}>`, form, around);
}

function slider(name, label, form, around, { min, max, step }) {
  return field(name, html`${label} <output class="figure">${form[name]}</output>`, html`<input id=${name} type="range" min=${min} max=${max} step=${step}
    .value=${live(form[name])} aria-describedby="${name}-meaning ${name}-fault" @input=${changed(name, around)}>`, form, around);
}

function check(name, label, form, around) {
  const meaning = MEANINGS[name]?.(form);
  return html`<div><label class="check"><input type="checkbox" id=${name} .checked=${live(form[name])}
    @change=${(event) => around.change(name, event.target.checked)}>${label}</label>${meaning ? html`<p class="quiet">${meaning}</p>` : nothing}</div>`;
}

const changed = (name, around) => (event) => around.change(name, event.target.value);
