/** What will be done with each line of the draft, as a list. */

import { clock, plural } from "../lib/format.js";
import { html, nothing, repeat } from "../lib/html.js";
import { icon } from "../lib/icons.js";

const LOOKS = { ready: ["completed", "ready"], double: ["copy", "double"], fault: ["failed", "problem"], unknown: ["pending", "checking"] };

/**
 * @param {import("./verdicts.js").Verdict[]} verdicts
 * @param {{labels: Map<string, string>, select: (line: number) => void, drop: (line: number) => void}} around
 */
export function verdictList(verdicts, around) {
  return html`<ol class="verdicts" aria-label="What will be done">
    ${repeat(verdicts, (_, at) => at, (verdict) => entry(verdict, around))}</ol>`;
}

function entry(verdict, around) {
  const [picture, word] = LOOKS[verdict.state];
  return html`<li class="verdict ${verdict.state}">
    <button type="button" class="link number" @click=${() => around.select(verdict.number)} aria-label="Line ${verdict.number}">${verdict.number}</button>
    <span class="mark">${icon(picture, 14)}<span class="unseen">${word}: </span></span>
    <span class="about">${about(verdict, around)}</span></li>`;
}

function about({ state, plan, fault, text, number, sameAs }, { labels, drop }) {
  if (state === "fault") return html`<code>${text.slice(0, 80)}</code> <span class="why">${fault}</span>`;
  if (state === "unknown") return html`<code>${text.slice(0, 80)}</code>`;
  const name = plan.platform === "direct" ? html`<strong>Direct link</strong> <code>${shortened(plan.url)}</code>` : html`<strong>${labels.get(plan.platform) ?? plan.platform}</strong> <code>${plan.code}</code>`;
  if (state === "double") return html`${name} <span class="why">same as line ${sameAs}</span> <button type="button" class="link" @click=${() => drop(number)}>Remove</button>`;
  const notes = notesOf(plan);
  return html`${name}${notes.length ? html` <span class="why">${notes.join(" · ")}</span>` : nothing}`;
}

function shortened(url) {
  const { host, pathname } = new URL(url);
  return host + pathname;
}

function notesOf({ cached, lane }) {
  const isShut = lane.state !== "closed";
  return [
    cached && "already here: no download",
    isShut && `left alone${lane.until ? ` until ${clock(lane.until).slice(0, 5)}` : ""}${lane.reason ? `: ${lane.reason.replaceAll("_", " ")}` : ""}`,
    !cached && lane.ahead > 0 && `${plural(lane.ahead, "video")} before it`,
  ].filter(Boolean);
}
