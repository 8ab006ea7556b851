/** A draft beside what the service makes of each of its lines. */

import { html, live, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";

/** So many lines have a number and a mark: the service looks at no more. */
const MOST = 1000;
const LOOKS = { ready: ["completed", "ready"], double: ["copy", "double"], fault: ["failed", "problem"] };

export const stateOf = ({ fault, sameAs }) => (fault ? "fault" : sameAs ? "double" : "ready");

export function tally(lines) {
  const of = (state) => lines.filter((line) => stateOf(line) === state).length;
  const parts = [[of("ready"), "ready", "ok"], [of("double"), "doubled", "quiet"], [of("fault"), "not taken", "bad"]];
  return html`<span class="tally" role="status">${parts.filter(([count]) => count)
    .map(([count, word, look]) => html`<span class=${look}>${count} ${word}</span>`)}</span>`;
}

/** @param {{edited: (draft: string) => void, submit: (event: Event) => void}} around */
export function editor(draft, lines, { edited, submit }) {
  const states = new Map(lines.map((line) => [line.line, stateOf(line)]));
  const numbers = draft.split("\n").slice(0, MOST).map((_, at) => html`<span class=${states.get(at + 1) ?? ""}>${at + 1}</span>`);
  return html`<div class="lines">
    <div class="gutter" aria-hidden="true">${numbers}</div>
    <textarea id="draft" rows="9" wrap="off" spellcheck="false" autocapitalize="none" autocomplete="off"
      aria-describedby="draft-hint" placeholder="https://youtu.be/aqz-KE-bpKQ&#10;vimeo:56015672" .value=${live(draft)}
      @input=${({ target }) => edited(target.value)} @keydown=${(event) => isSend(event) && submit(event)}
      @scroll=${({ target }) => (target.previousElementSibling.scrollTop = target.scrollTop)}></textarea>
  </div>`;
}

const isSend = ({ key, ctrlKey, metaKey }) => key === "Enter" && (ctrlKey || metaKey);

/** @param {{select: (line: number) => void, drop: ((line: number) => void) | null}} around */
export function verdicts(lines, around) {
  return html`<ol class="verdicts" aria-label="What will be done">${lines.map((line) => verdict(line, around))}</ol>`;
}

function verdict(line, { select, drop }) {
  const { line: number, place, platform, name, text, fault, note } = line;
  const [picture, word] = LOOKS[stateOf(line)];
  const remove = html`<button type="button" class="link" @click=${() => drop(number)}>Remove</button>`;
  return html`<li class="verdict ${stateOf(line)}">
    <button type="button" class="link number" @click=${() => select(number)} aria-label="Line ${place}">${place}</button>
    <span class="mark">${icon(picture, 14)}<span class="unseen">${word}: </span></span>
    <span class="about">${platform ? html`<strong>${platform}</strong> ` : nothing}<code>${name ?? text.slice(0, 80)}</code>
      <span class="why">${fault ?? note}</span> ${line.sameAs && drop ? remove : nothing}</span></li>`;
}
