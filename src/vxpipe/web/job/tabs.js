/** Tabs: one is in the order of the Tab key, the arrows go on to the others. */

import { html, ref } from "../lib/html.js";

/** @param {{name: string, word: string}[]} labels */
export function tabs(labels, chosen, choose, panel) {
  const tab = ({ name, word }) => html`<button class="bare" role="tab" id="tab-${name}" aria-controls="panel" aria-selected=${name === chosen}
    tabindex=${name === chosen ? 0 : -1} @click=${() => choose(name)}>${word}</button>`;
  return html`<div class="tabs" role="tablist" aria-label="What to see of the video"
      @keydown=${(event) => arrow(event, labels, chosen, choose)}>
      ${labels.map(tab)}</div>
    <div class="panel ${chosen}-panel" role="tabpanel" id="panel" aria-labelledby="tab-${chosen}"
      ${ref((shown) => shown && requestAnimationFrame(() => reveal(shown.previousElementSibling, chosen)))}>${panel}</div>`;
}

/** On a narrow screen the tabs go on beyond its side: the one that has just been chosen is brought into view. */
function reveal(bar, chosen) {
  if (bar.dataset.shown === chosen) return;
  bar.dataset.shown = chosen;
  const tab = bar.querySelector(`#tab-${chosen}`);
  bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2;
}

function arrow(event, labels, chosen, choose) {
  const place = labels.findIndex(({ name }) => name === chosen);
  const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: labels.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const { name } = labels[(to + labels.length) % labels.length];
  choose(name);
  event.currentTarget.querySelector(`#tab-${name}`).focus();
}
