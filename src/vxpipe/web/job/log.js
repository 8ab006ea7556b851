/** The log, live. Only the lines in view are in the document; each is a row of equal height. */

import { get } from "../lib/api.js";
import { clock, plural } from "../lib/format.js";
import { html, live, nothing, perFrame, render, repeat } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { card, select } from "../lib/parts.js";
import { remember } from "../lib/router.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";
import { LEVELS, LogLines } from "./log-lines.js";

const PAGE = 10_000;
const ROW_PX = 22;
const BEYOND = 8;
const NEAR_PX = 30;
const MOST_SECONDS = 60;
const NARROW = matchMedia("(max-width: 44rem)");

export const lineIn = (hash) => Number(/^#L(\d+)$/.exec(hash)?.[1] ?? 0);

export class JobLog extends HTMLElement {
  #path;
  #lines = new LogLines();
  #early = null; // what comes while the past is being read
  #isWhole = false;
  #isClosed = false;
  #fault = "";
  #failures = 0;
  #again = 0;
  #follows;
  #leftAt = 0; // the last line there was when the reader ceased to follow
  #chosen;
  #seen = { top: 0, high: 0 };
  #job = { items: [] };
  #draw = perFrame(() => this.#show());

  constructor(jobId, hash) {
    super();
    this.#path = `/jobs/${jobId}/logs`;
    this.#chosen = lineIn(hash);
    this.#follows = !this.#chosen;
    if (this.#chosen) this.#lines.filter({ level: "DEBUG" });
  }

  /** In the document, perhaps again: then its box has lost its place, and told nobody. */
  connectedCallback() {
    NARROW.onchange = this.#draw;
    this.#show();
    if (!this.#box.scrollTop) this.#box.scrollTop = this.#seen.top;
    this.#draw();
  }

  disconnectedCallback() {
    NARROW.onchange = null;
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#again);
  }

  async load() {
    if (this.#early) return;
    clearTimeout(this.#again);
    [this.#fault, this.#isWhole, this.#early] = ["", false, []];
    const isFirst = !this.#lines.lastSeq;
    await this.#read().catch((problem) => this.#failed(problem));
    this.#early = null;
    if (isFirst && this.#chosen) this.goTo(this.#chosen);
    this.#draw();
  }

  async #read() {
    while (!this.#isWhole && !this.#isClosed) {
      const { logs, more } = await get(`${this.#path}?limit=${PAGE}&after=${this.#lines.lastSeq}`);
      [this.#isWhole, this.#failures] = [!more, 0];
      this.#lines.add(more ? logs : [...logs, ...this.#early]);
      this.#draw();
    }
  }

  #failed({ message, isPassing, retryAfter }) {
    this.#fault = message;
    const seconds = Math.max(retryAfter, Math.min(MOST_SECONDS, 2 ** this.#failures++));
    if (isPassing && !this.#isClosed) this.#again = setTimeout(() => this.load(), 1000 * seconds);
  }

  /** A new line is drawn with the job; where the past could not be read, it will be read with that. */
  add(line) {
    if (this.#early) return this.#early.push(line);
    if (this.#isWhole) this.#lines.add([line]);
  }

  of(job) {
    this.#job = job;
    this.#show();
    return this;
  }

  goTo(seq) {
    this.#chosen = seq;
    const place = this.#lines.shown.findIndex((line) => line.seq >= seq);
    if (place < 0) return;
    this.#follow(false);
    this.#seen.top = Math.max(0, place * this.#high - (this.#box?.clientHeight || 480) / 2);
    this.#show();
    if (!this.isConnected) return;
    this.#box.scrollTop = this.#seen.top;
    this.#box.scrollIntoView({ block: "nearest" });
  }

  #follow(isOn) {
    this.#follows = isOn;
    this.#leftAt = this.#lines.lastSeq;
    this.#draw();
  }

  /** On a narrow screen the message has a line of its own. */
  get #high() {
    return NARROW.matches ? 2 * ROW_PX : ROW_PX;
  }

  get #box() {
    return this.querySelector(".log");
  }

  #show() {
    if (!this.isConnected) return; // another tab is shown
    const wasIn = this.contains(document.activeElement);
    render(this.#view(), this);
    if (wasIn && !this.contains(document.activeElement)) this.#box.focus({ preventScroll: true });
    if (this.#follows) this.#box.scrollTop = this.#box.scrollHeight;
  }

  #view() {
    const { shown } = this.#lines;
    return html`<div class="toolbar actions">${this.#filters()}
        ${isFinal(this.#job) ? nothing : html`<label class="check"><input type="checkbox" .checked=${live(this.#follows)}
          @change=${({ target }) => this.#follow(target.checked)}>Follow</label>`}
        <a class="button apart" href=${at(this.#path)}>${icon("download")}Download</a></div>
      <p class="fault" role="alert">${this.#fault}</p>
      <div class="log-frame">
        <div class="log box" role="log" aria-live="off" aria-label="Log" tabindex="0"
          @scroll=${() => this.#scrolled()} @keydown=${({ key }) => key === "End" && this.#follow(true)}>
          ${shown.length ? this.#rows(shown) : html`<p class="quiet">${this.#nothing()}</p>`}</div>
        ${this.#follows || !shown.length ? nothing : this.#news(shown)}</div>
      ${detail(shown.find(({ seq }) => seq === this.#chosen))}`;
  }

  #filters() {
    const one = (word, name, options) => select(word, this.#lines.filters[name], options, (value) => this.#filter({ [name]: value }));
    const { text } = this.#lines.filters;
    const videos = this.#job.items.map(({ index }) => [index, index + 1]);
    return html`${one("Level", "level", LEVELS.map((each) => [each, each === "DEBUG" ? "all" : each.toLowerCase()]))}
      ${videos.length > 1 ? one("Video", "item", [["", "all"], ...videos]) : nothing}
      ${one("Stage", "stage", [["", "all"], ...[...this.#lines.stages].map((each) => [each])])}
      <label class="check">Find <input type="search" .value=${live(text)}
        @input=${({ target }) => this.#filter({ text: target.value })}></label>
      ${text && html`<span class="quiet" role="status">${plural(this.#lines.shown.length, "line")}</span>`}`;
  }

  #nothing() {
    if (!this.#isWhole) return "Loading …";
    return this.#lines.lastSeq ? "No line passes these filters." : "Nothing has been logged yet.";
  }

  #rows(shown) {
    const [seen, high] = [this.#box?.clientHeight || 480, this.#high];
    const top = this.#follows ? shown.length * high - seen : (this.#box?.scrollTop ?? 0);
    const first = Math.max(0, Math.floor(top / high) - BEYOND);
    const lines = shown.slice(first, first + Math.ceil(seen / high) + 2 * BEYOND);
    return html`<div class="log-lines" .style=${`height:${shown.length * high}px`}><div .style=${`transform:translateY(${first * high}px)`}>
      ${repeat(lines, ({ seq }) => seq, (line) => this.#row(line))}</div></div>`;
  }

  #row({ seq, ts, level, item, stage, msg }) {
    const about = [this.#job.items.length > 1 && item !== undefined && item + 1, stage].filter(Boolean).join(" ");
    return html`<div class="row ${level} ${seq === this.#chosen ? "picked" : ""}" @click=${() => this.#choose(seq)}>
      <a class="number" href="#L${seq}" aria-label="Link to line ${seq}">${seq}</a><time datetime=${ts}>${clock(ts)}</time>
      <span class="level">${level}</span><span class="quiet cut">${about}</span>
      <span class="msg cut">${msg}</span></div>`;
  }

  #news(shown) {
    const fresh = shown.length - 1 - shown.findLastIndex(({ seq }) => seq <= this.#leftAt);
    return html`<button class="jump primary" @click=${() => this.#follow(true)}>
      ${fresh ? `${plural(fresh, "new line")}, go` : "Go"} to the end</button>`;
  }

  /** Up is a wish to stay there, the end one to go on; what moves because the window changes its size is neither. */
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    const [isUp, isSame] = [scrollTop < this.#seen.top, clientHeight === this.#seen.high];
    const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.#seen = { top: scrollTop, high: clientHeight };
    if (isSame && isAtEnd !== isUp && this.#follows === isUp) return this.#follow(!isUp);
    if (!this.#follows || !isSame) this.#draw();
  }

  #filter(filters) {
    this.#lines.filter(filters);
    if (this.#chosen) this.goTo(this.#chosen);
    this.#draw();
  }

  #choose(seq) {
    this.#chosen = seq;
    remember({}, `#L${seq}`);
    this.#draw();
  }
}

customElements.define("job-log", JobLog);

function detail(line) {
  if (!line) return nothing;
  const { seq, event, stage, msg, fields = {} } = line;
  return card(`Line ${seq}`, html`<p class="quiet figure">${[event, stage].filter(Boolean).join(" · ")}</p><p class="mono">${msg}</p>
    ${Object.keys(fields).length ? html`<pre tabindex="0" aria-label="Fields">${JSON.stringify(fields, null, 2)}</pre>` : nothing}`, "line-detail");
}
