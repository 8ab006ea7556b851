/** The log, live. Only the lines in view are in the document; each is a row of equal height. */

import { announce } from "../lib/announce.js";
import { get } from "../lib/api.js";
import { clock, plural } from "../lib/format.js";
import { html, live, nothing, perFrame, renderScreen, repeat } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { card, select } from "../lib/parts.js";
import { remember } from "../lib/router.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";
import { LogLines } from "./log-lines.js";

const BEYOND = 8;
const NARROW = matchMedia("(max-width: 44rem)");

let place, path, lines, job, chosen, seen, follows, isWhole, fault, failures, again;
let early; // what comes while the past is being read
let leftAt; // the last line there was when the reader ceased to follow

const draw = perFrame(show);
const box = () => place.querySelector(".log");
const boxPx = () => box()?.clientHeight || 480;
/** On a narrow screen the message has a line of its own. */
const rowPx = () => (NARROW.matches ? 44 : 22);

export const lineIn = (hash) => Number(/^#L(\d+)$/.exec(hash)?.[1] ?? 0);

/** There is one at a time. */
export class JobLog extends HTMLElement {
  constructor(jobId, hash) {
    super();
    [place, path, lines, job, chosen] = [this, `/jobs/${jobId}/logs`, new LogLines(), { items: [] }, lineIn(hash)];
    [seen, follows, isWhole, fault, failures, early, leftAt] = [{ top: 0 }, !chosen, false, "", 0, null, 0];
    if (chosen) lines.filter({ level: "DEBUG" });
  }

  /** In the document, perhaps again: then its box has lost its place, and told nobody. */
  connectedCallback() {
    NARROW.onchange = draw;
    show();
    box().scrollTop = seen.top;
    draw();
  }

  disconnectedCallback() {
    NARROW.onchange = null;
  }

  load = load;
  goTo = goTo;
  follow = follow;
  nextError = nextError;

  /** A new line is drawn with the job; where the past could not be read, it will be read with that. */
  add(line) {
    if (early) early.push(line);
    else if (isWhole) lines.add([line]);
  }

  of(told) {
    job = told;
    show();
    return this;
  }

  close() {
    lines = new LogLines();
    clearTimeout(again);
  }
}

customElements.define("job-log", JobLog);

async function load() {
  if (early) return;
  clearTimeout(again);
  [fault, isWhole, early] = ["", false, []];
  const [own, isFirst] = [lines, !lines.lastSeq];
  let page;
  do {
    page = await get(`${path}?limit=10000&after=${own.lastSeq}`).catch((problem) => ({ problem }));
    if (own !== lines) return; // closed
    take(page);
    draw();
  } while (page.more);
  early = null;
  if (isFirst && chosen) goTo(chosen);
}

function take({ problem, logs, more }) {
  if (problem) return failed(problem);
  [isWhole, failures] = [!more, 0];
  lines.add(more ? logs : [...logs, ...early]);
}

function failed({ message, isPassing, retryAfter }) {
  fault = message;
  const seconds = Math.max(retryAfter, Math.min(60, 2 ** failures++));
  if (isPassing) again = setTimeout(load, 1000 * seconds);
}

function goTo(seq) {
  chosen = seq;
  const index = lines.shown.findIndex((line) => line.seq >= seq);
  if (index < 0) return;
  follow(false);
  seen.top = Math.max(0, index * rowPx() - boxPx() / 2);
  show();
  box().scrollTop = seen.top;
  box().scrollIntoView({ block: "nearest" });
}

function follow(isOn) {
  [follows, leftAt] = [isOn, lines.lastSeq];
  draw();
}

/** From the last on to the first. */
function nextError() {
  const bad = lines.shown.filter(({ level }) => level === "WARNING" || level === "ERROR");
  const next = bad.find(({ seq }) => seq > chosen) ?? bad[0];
  announce(next?.msg ?? "No warnings or errors here");
  if (!next) return;
  choose(next.seq);
  goTo(next.seq);
}

function choose(seq) {
  chosen = seq;
  remember({}, `#L${seq}`);
  draw();
}

function filter(filters) {
  lines.filter(filters);
  if (chosen) goTo(chosen);
  draw();
}

/** Up is a wish to stay there, the end one to go on; what moves because the window changes its size is neither. */
function scrolled() {
  const { scrollTop, scrollHeight, clientHeight } = box();
  const [isUp, isSame] = [scrollTop < seen.top, clientHeight === seen.high];
  const isAtEnd = scrollHeight - scrollTop - clientHeight < 30;
  seen = { top: scrollTop, high: clientHeight };
  if (isSame && isAtEnd !== isUp && follows === isUp) return follow(!isUp);
  if (!follows || !isSame) draw();
}

function show() {
  renderScreen(view(lines.shown), place, ".log");
  if (follows) box().scrollTop = box().scrollHeight;
}

const view = (shown) => html`<div class="toolbar actions">${filters(lines.filters)}
    ${isFinal(job) ? nothing : html`<label class="check"><input type="checkbox" .checked=${live(follows)}
      @change=${({ target }) => follow(target.checked)}>Follow</label>`}
    <a class="button apart" href=${at(path)}>${icon("download")}Download</a></div>
  <p class="fault" role="alert">${fault}</p>
  <div class="log-frame">
    <div class="log box" role="log" aria-live="off" aria-label="Log" tabindex="0"
      @scroll=${scrolled} @keydown=${({ key }) => key === "End" && follow(true)}>
      ${shown.length ? rows(shown) : html`<p class="quiet">${none()}</p>`}</div>
    ${follows || !shown.length ? nothing : news(shown)}</div>
  ${detail(shown.find(({ seq }) => seq === chosen))}`;

function filters({ level, item, stage, text }) {
  const videos = job.items.map(({ index }) => [index, index + 1]);
  return html`${select("Level", level, [["DEBUG", "all"], ["INFO"], ["WARNING"], ["ERROR"]], (level) => filter({ level }))}
    ${videos.length > 1 ? select("Video", item, [["", "all"], ...videos], (item) => filter({ item })) : nothing}
    ${select("Stage", stage, [["", "all"], ...[...lines.stages].map((each) => [each])], (stage) => filter({ stage }))}
    <label class="check">Find <input type="search" .value=${live(text)} @input=${({ target }) => filter({ text: target.value })}></label>
    ${text && html`<span class="quiet" role="status">${plural(lines.shown.length, "line")}</span>`}`;
}

function none() {
  if (!isWhole) return "Loading …";
  return lines.lastSeq ? "No line passes these filters." : "Nothing has been logged yet.";
}

function rows(shown) {
  const high = rowPx();
  const top = follows ? shown.length * high - boxPx() : (box()?.scrollTop ?? 0);
  const first = Math.max(0, Math.floor(top / high) - BEYOND);
  const inView = shown.slice(first, first + Math.ceil(boxPx() / high) + 2 * BEYOND);
  return html`<div class="log-lines" .style=${`height:${shown.length * high}px`}>
    <div .style=${`transform:translateY(${first * high}px)`}>
    ${repeat(inView, ({ seq }) => seq, row)}</div></div>`;
}

function row({ seq, ts, level, item, stage, msg }) {
  const about = [job.items.length > 1 && item !== undefined && item + 1, stage].filter(Boolean).join(" ");
  return html`<div class="row ${level} ${seq === chosen ? "picked" : ""}" @click=${() => choose(seq)}>
    <a class="number" href="#L${seq}" aria-label="Link to line ${seq}">${seq}</a><time datetime=${ts}>${clock(ts)}</time>
    <span class="level">${level}</span><span class="quiet cut">${about}</span>
    <span class="msg cut">${msg}</span></div>`;
}

function news(shown) {
  const fresh = shown.length - 1 - shown.findLastIndex(({ seq }) => seq <= leftAt);
  return html`<button class="jump primary" @click=${() => follow(true)}>
    ${fresh ? `${plural(fresh, "new line")}, go` : "Go"} to the end</button>`;
}

function detail(line) {
  if (!line) return nothing;
  const { seq, event, msg, fields = {} } = line;
  const more = Object.keys(fields).length && html`<pre tabindex="0" aria-label="Fields">${JSON.stringify(fields, null, 2)}</pre>`;
  return card(`Line ${seq}`, html`<p class="quiet figure">${event}</p><p class="mono">${msg}</p>${more || nothing}`, "line-detail");
}
