/** A draft beside what the service makes of each of its lines. */

import { html, live } from "../lib/html.js";
import { icon } from "../lib/icons.js";

const MOST = 1000; // the service looks at no more
const LOOKS = { ready: ["completed", "ready"], double: ["copy", "doubled"], wrong: ["failed", "not taken"] };

export function tally(lines) {
  const count = (state) => lines.filter((line) => line.state === state).length;
  const told = ([state, [, word]]) => (count(state) ? html`<span class=${state}>${count(state)} ${word}</span>` : "");
  return html`<span class="tally apart" role="status">${Object.entries(LOOKS).map(told)}</span>`;
}

export function editor(draft, lines, edit, submit) {
  const states = new Map(lines.map(({ line, state }) => [line, state]));
  const numbers = draft.split("\n").slice(0, MOST).map((_, at) => html`<span class=${states.get(at + 1)}>${at + 1}</span>`);
  const pressed = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit(event);
  return html`<div class="lines">
    <div class="gutter" aria-hidden="true">${numbers}</div>
    <textarea id="draft" rows="9" wrap="off" spellcheck="false" autocapitalize="none" aria-describedby="draft-hint"
      placeholder="https://youtu.be/aqz-KE-bpKQ&#10;vimeo:56015672" .value=${live(draft)} @keydown=${pressed}
      @input=${({ target }) => edit(target.value)}
      @scroll=${({ target }) => (target.previousElementSibling.scrollTop = target.scrollTop)}></textarea>
  </div>`;
}

export const verdicts = (lines) => html`<ol aria-label="What will be done">${lines.map(verdict)}</ol>`;

function verdict({ state, place, platform, name, text, fault, note }) {
  const [picture, word] = LOOKS[state];
  return html`<li class="verdict ${state}">
    <span class="mono">${place}</span><span class="mark">${icon(picture, 14)}<span class="unseen">${word}: </span></span>
    <span>${platform && html`<strong>${platform}</strong> `}<code>${name ?? text.slice(0, 80)}</code>
      <span class="why">${fault ?? note}</span></span></li>`;
}
