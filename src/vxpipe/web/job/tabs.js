/** Tabs: one is in the order of the Tab key, the arrows go on to the others. */

import { html } from "../lib/html.js";

export function tabs(names, chosen, choose, panel) {
  const pressed = (event) => {
    const here = names.indexOf(chosen);
    const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const name = names.at(to % names.length);
    choose(name);
    event.currentTarget.querySelector(`#tab-${name}`).focus();
  };
  const tab = (name) => html`<button class="bare" role="tab" id="tab-${name}" aria-controls="panel" aria-selected=${name === chosen}
    tabindex=${name === chosen ? 0 : -1} @click=${() => choose(name)}>${name}</button>`;
  return html`<div class="tabs" role="tablist" aria-label="What to see of the video" @keydown=${pressed}>${names.map(tab)}</div>
    <div class="panel ${chosen}-panel" role="tabpanel" id="panel" aria-labelledby="tab-${chosen}">${panel}</div>`;
}
