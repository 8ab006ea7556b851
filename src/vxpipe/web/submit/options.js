/** The options of a draft as a form; what each value means stands under it. */

import { html, live, nothing, ref } from "../lib/html.js";
import { GROUPS } from "./recipe.js";

/**
 * @param {import("./recipe.js").Form} form
 * @param {{faults: Map<object, string>, change: (field, value) => void, reset: () => void}} around `faults` by their field
 */
export function optionsForm(form, around) {
  const groups = Object.entries(GROUPS).map(([name, fields]) => [name, fields.filter((field) => form.isShown(field))]);
  const hasFault = [...around.faults.keys()].some(Boolean);
  const isChanged = Object.keys(form.changed).length > 0;
  return html`<details class="options box" ${ref((panel) => panel && hasFault && (panel.open = true))}>
      <summary><strong>Options</strong> ${groups.map(([name, fields]) => inWords(name, fields, form))}</summary>
      <div class="groups fit">${groups.map(([name, fields]) => html`<fieldset><legend class="quiet">${name}</legend>
        ${fields.map((field) => entry(field, form, around))}</fieldset>`)}</div>
    </details>
    ${isChanged ? html`<p class="quiet"><span class="changed">Changed options</span> stay so for the next batch.
      <button type="button" class="link" @click=${around.reset}>Back to the defaults</button></p>` : nothing}`;
}

/** A group as a few words; what was changed stands out. */
function inWords(name, fields, form) {
  const told = fields.map((field) => [wordOf(field, form), form.isChanged(field)]).filter(([word]) => word);
  const word = ([text, isChanged], at) => html`${at ? ", " : ""}<span class=${isChanged ? "changed" : ""}>${text}</span>`;
  return html`<span class="in-words">${name}: ${told.length ? told.map(word) : "nothing"}</span>`;
}

function wordOf(field, form) {
  const value = form.value(field);
  const label = field.label.toLowerCase();
  if (value === true) return label;
  if (value === false) return form.isChanged(field) ? `no ${label}` : "";
  if (field.words) return field.words[value];
  return form.isChanged(field) || field.first ? `${label} ${value}` : "";
}

function entry(field, form, around) {
  const [id, value] = [idOf(field), form.value(field)];
  const meaning = field.means?.find(([most]) => Number(value) <= most)?.[1];
  const more = html`${meaning ? html`<p class="quiet" id="${id}-meaning">${meaning}</p>` : nothing}
    <p class="fault" id="${id}-fault">${around.faults.get(field)}</p>`;
  if (typeof value === "boolean") return html`<div>${check(field, value, around)}${more}</div>`;
  const figure = field.step ? html` <output class="figure">${value}</output>` : nothing;
  return html`<div class="field"><label for=${id}>${field.label}${figure}</label>
    ${field.words ? choice(field, value, around) : input(field, form, around)}${more}</div>`;
}

/** The id of a field's control: its path, as an id may be. */
const idOf = ({ path }) => path.replace(".", "-");

function check(field, value, { change }) {
  return html`<label class="check"><input type="checkbox" id=${idOf(field)} .checked=${live(value)}
    @change=${(event) => change(field, event.target.checked)}>${field.label}</label>`;
}

function choice(field, value, { change }) {
  const option = ([each, word]) => html`<option value=${each} ?selected=${each === value}>${word}</option>`;
  return html`<select id=${idOf(field)} @change=${(event) => change(field, event.target.value)}>
    ${Object.entries(field.words).map(option)}</select>`;
}

function input(field, form, { faults, change }) {
  const [id, { minimum, maximum, type }] = [idOf(field), form.facts[field.path] ?? {}];
  const kind = field.step ? "range" : form.isNumber(field) ? "number" : "text";
  return html`<input id=${id} type=${kind} min=${minimum ?? nothing} max=${maximum ?? nothing} placeholder="as it is"
    step=${field.step ?? (type === "integer" ? 1 : "any")} .value=${live(String(form.value(field)))}
    aria-describedby="${id}-meaning ${id}-fault" aria-invalid=${faults.has(field) ? "true" : nothing}
    @input=${(event) => change(field, event.target.value)}>`;
}
