/** The options of a draft as a form; what each value means stands under it. */

import { sentence } from "../lib/format.js";
import { html, live } from "../lib/html.js";
import { select } from "../lib/parts.js";

/** The form, and what is `wrong` with it; `choose` hears what is changed, by its path; nothing: the defaults again. */
export function optionsForm(form, wrong, choose) {
  const faults = new Map(wrong.map(({ pointer, detail }) => [form.fieldAt(pointer), detail]));
  const fault = ([field, detail]) =>
    html`<p class="fault" role="alert">${sentence(field ? `${field.title}: ${detail}` : detail)}</p>`;
  const groups = Object.entries(Object.groupBy(form.shown, ({ group }) => group));
  const change = ({ path }) => (value) => choose({ [path]: value });
  const shown = (field) => entry(field, form.value(field), faults.get(field), change(field));
  const isChanged = form.shown.some(form.isChanged);
  return html`<details class="options box">
      <summary><strong>Options</strong> <span class=${isChanged ? "changed" : "quiet"}>${inWords(form)}</span></summary>
      <div class="groups fit">${groups.map(([name, fields]) => html`<fieldset><legend class="quiet">${name}</legend>
        ${fields.map(shown)}</fieldset>`)}</div>
    </details>
    ${[...faults].map(fault)}
    ${isChanged ? html`<p class="quiet">Changed options stay so for the next batch.
      <button type="button" class="link" @click=${() => choose()}>Back to the defaults</button></p>` : ""}`;
}

function inWords(form) {
  const word = (field) => {
    const [value, title] = [form.value(field), field.title.toLowerCase()];
    if (typeof value === "boolean") return value && title;
    return field.choices ? field["x-words"][value] : form.isSent(field) && `${title} ${value}`;
  };
  return form.shown.map(word).filter(Boolean).join(" · ");
}

function entry(field, value, fault, change) {
  const id = field.path.replace(".", "-");
  const meaning = field["x-meanings"]?.find(({ most }) => value <= most)?.text ?? field.description;
  const control = typeof value === "boolean" ? check : field.choices ? choice : input;
  return html`<div class="field">${control(field, id, value, change, fault)}
    <p class="quiet" id="${id}-meaning">${meaning}${field.type === "array" ? " Here 1:10 works too." : ""}</p>
    <p class="fault" id="${id}-fault">${fault}</p></div>`;
}

const check = ({ title }, id, value, change) => html`<label class="check"><input type="checkbox" id=${id} .checked=${live(value)}
  @change=${({ target }) => change(target.checked)}>${title}</label>`;

const choice = ({ title, choices, "x-words": words }, id, value, change) =>
  select(title, value, choices.map((each) => [each, words[each]]), change);

function input({ title, minimum, maximum, type, "x-step": step }, id, value, change, fault) {
  const kind = step ? "range" : type === "integer" || type === "number" ? "number" : "text";
  return html`<label for=${id}>${title}${step ? html` <output class="figure">${value}</output>` : ""}</label>
    <input id=${id} type=${kind} min=${minimum} max=${maximum} step=${step ?? (type === "integer" ? 1 : "any")}
      placeholder="as it is" .value=${live(String(value))} aria-invalid=${Boolean(fault)}
      aria-describedby="${id}-meaning ${id}-fault" @input=${({ target }) => change(target.value)}>`;
}
