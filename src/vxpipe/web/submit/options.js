/** The options of a draft as a form; what each value means stands under it. */

import { html, live, nothing, ref } from "../lib/html.js";

/** `faults` by their field; `change(field, value)`. */
export function optionsForm(form, { faults, change, reset }) {
  const groups = Object.entries(Object.groupBy(form.shown, ({ group }) => group));
  const entry = (field) => (isSwitch(field) ? check : figure)(field, form, faults.get(field), (value) => change(field, value));
  return html`<details class="options box" ${ref((panel) => panel && [...faults.keys()].some(Boolean) && (panel.open = true))}>
      <summary><strong>Options</strong> ${groups.map(([name, fields]) => inWords(name, fields, form))}</summary>
      <div class="groups fit">${groups.map(([name, fields]) => html`<fieldset><legend class="quiet">${name}</legend>
        ${fields.map(entry)}</fieldset>`)}</div>
    </details>
    ${form.fields.some((field) => form.isChanged(field)) ? html`<p class="quiet"><span class="changed">Changed options</span> stay so
      for the next batch. <button type="button" class="link" @click=${reset}>Back to the defaults</button></p>` : nothing}`;
}

const isSwitch = ({ type, choices }) => !choices && (type === "boolean" || type === "object");

/** A group as a few words; what was changed stands out. */
function inWords(name, fields, form) {
  const told = fields.map((field) => [wordOf(field, form), form.isChanged(field)]).filter(([word]) => word);
  const word = ([text, isChanged], at) => html`${at ? ", " : ""}<span class=${isChanged ? "changed" : ""}>${text}</span>`;
  return html`<span class="in-words">${name}: ${told.length ? told.map(word) : "nothing"}</span>`;
}

function wordOf(field, form) {
  const [value, label, isChanged] = [form.value(field), field.title.toLowerCase(), form.isChanged(field)];
  if (isSwitch(field)) return value ? label : isChanged ? `no ${label}` : "";
  if (field.choices) return field["x-words"][value];
  return isChanged || (field.examples && field.default == null) ? `${label} ${value}` : "";
}

/** The id of a field's control: its path, as an id may be. */
const idOf = ({ path }) => path.replace(".", "-");

function check(field, form, fault, change) {
  return html`<div><label class="check"><input type="checkbox" id=${idOf(field)} .checked=${live(form.value(field))}
    @change=${({ target }) => change(target.checked)}>${field.title}</label>${below(field, fault)}</div>`;
}

function figure(field, form, fault, change) {
  const [id, value] = [idOf(field), form.value(field)];
  const told = field["x-step"] ? html` <output class="figure">${value}</output>` : nothing;
  return html`<div class="field"><label for=${id}>${field.title}${told}</label>
    ${field.choices ? choice(field, value, change) : input(field, value, fault, change)}${below(field, fault, value)}</div>`;
}

/** What a field means as it stands, and what is wrong with it. */
function below(field, fault, value) {
  const meaning = field["x-meanings"]?.find(({ most }) => Number(value) <= most)?.text ?? field.description;
  const also = field.type === "array" ? " Here 1:10 works too." : "";
  return html`${meaning ? html`<p class="quiet" id="${idOf(field)}-meaning">${meaning}${also}</p>` : nothing}
    <p class="fault" id="${idOf(field)}-fault">${fault}</p>`;
}

function choice(field, value, change) {
  const option = (each) => html`<option value=${each} ?selected=${each === value}>${field["x-words"][each]}</option>`;
  return html`<select id=${idOf(field)} @change=${({ target }) => change(target.value)}>${field.choices.map(option)}</select>`;
}

function input(field, value, fault, change) {
  const { minimum, maximum, type, "x-step": step } = field;
  const kind = step ? "range" : ["integer", "number"].includes(type) ? "number" : "text";
  return html`<input id=${idOf(field)} type=${kind} min=${minimum ?? nothing} max=${maximum ?? nothing} placeholder="as it is"
    step=${step ?? (type === "integer" ? 1 : "any")} .value=${live(String(value))} aria-invalid=${fault ? "true" : nothing}
    aria-describedby="${idOf(field)}-meaning ${idOf(field)}-fault" @input=${({ target }) => change(target.value)}>`;
}
