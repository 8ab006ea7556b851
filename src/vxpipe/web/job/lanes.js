/** The videos of a job as lanes: the stages each has passed, and what it does now. */

import { label, plural, sentence, size, span, warning } from "../lib/format.js";
import { html, nothing, repeat } from "../lib/html.js";
import { badge, card } from "../lib/parts.js";

const STAGES = ["fetch", "probe", "analyse", "render", "publish"];
const MOST = 6;
const URGENT = ["processing", "failed", "waiting", "cancelled", "success"];

export function lanes({ job: { items }, item, ui, set }, choose) {
  const isMany = items.length > MOST + 1;
  const isShort = isMany && !ui.allLanes;
  const isChosen = ({ index }) => items.length > 1 && index === item.index;
  return card(plural(items.length, "video"), html`
    <ol>${repeat(isShort ? pressing(items, item) : items, ({ index }) => index, (each) => lane(each, isChosen(each), choose))}</ol>
    ${isMany ? html`<button @click=${() => set({ allLanes: !ui.allLanes })}>
      ${isShort ? `Show all ${items.length} videos` : "Show fewer"}</button>` : nothing}`, "lanes");
}

/** Of many videos the chosen one, and those that something happens to or went wrong with, in their order. */
function pressing(items, chosen) {
  const rank = (item) => (item === chosen ? -1 : URGENT.indexOf(item.status));
  const first = new Set([...items].sort((a, b) => rank(a) - rank(b)).slice(0, MOST));
  return items.filter((item) => first.has(item));
}

function lane(item, isChosen, choose) {
  const name = label(item);
  return html`<li class="lane ${isChosen ? "picked" : ""}">
    <span class="quiet">${item.index + 1}</span>
    <button class="lane-name bare" aria-pressed=${isChosen} @click=${() => choose(item.index)}>
      <strong class="cut">${item.title ?? name}</strong>${item.title ? html`<span class="quiet cut">${name}</span>` : nothing}</button>
    ${track(item)}
    <span class="lane-now actions">${badge(item.status)}<span class="figures quiet">${figures(item)}</span></span>
    ${notes(item)}</li>`;
}

function track({ status, stage }) {
  if (stage === "program") return html`<span class="track"><span class="step now">program</span></span>`;
  const place = status === "success" ? STAGES.length : STAGES.indexOf(stage === "downloaded" ? "probe" : (stage ?? "fetch"));
  const here = status === "processing" ? "now" : status;
  const states = STAGES.map((_, at) => (at < place ? "completed" : at === place ? here : ""));
  return html`<span class="track" role="img" aria-label=${STAGES.map((each, at) => `${each} ${states[at] || "to come"}`).join(", ")}>
    ${STAGES.map((each, at) => html`<span class="step cut ${states[at]}">${each}</span>`)}</span>`;
}

function figures({ status, frames, progress, stage, speed, eta, attempt }) {
  if (status === "success") return plural(frames ?? 0, "frame");
  if (status === "cancelled" && progress) return `at ${progress} %`;
  if (status !== "processing") return "";
  const wait = stage === "downloaded" && "waits for a worker";
  const told = [`${progress} %`, wait, speed && `${size(speed)}/s`, eta && `${span(eta)} left`, attempt > 1 && `attempt ${attempt}`];
  return told.filter(Boolean).join(" · ");
}

function notes({ status, error, warnings, retryAt, lastFailure, tries }) {
  const found = warnings.map((each) => ["", "Warning:", warning(each)]);
  if (retryAt && status === "waiting")
    found.unshift(["", `Will be tried again ${until(retryAt)}`, `(attempt ${tries + 1}): ${lastFailure?.message}`]);
  if (error) found.unshift(["bad", sentence(error.message), error.hint]);
  return found.map(([look, strong, text]) => html`<p class="remark ${look}"><strong>${strong}</strong> ${text}</p>`);
}

function until(iso) {
  const seconds = Math.ceil((Date.parse(iso) - Date.now()) / 1000);
  return seconds > 0 ? `in ${seconds < 60 ? `${seconds} s` : span(seconds)}` : "now";
}
