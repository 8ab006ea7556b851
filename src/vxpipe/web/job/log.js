/** The log, live. Only the lines in view are in the document; each is a row of equal height. */

import { get } from "../lib/api.js";
import { clock, plural } from "../lib/format.js";
import { html, live, nothing, perFrame, ref, render, repeat } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { select } from "../lib/parts.js";
import { remember } from "../lib/router.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";
import { LEVELS, LogLines } from "./log-lines.js";

const PAGE = 10_000;
const ROW_PX = 22;
const BEYOND = 8;
const NEAR_PX = 30;

/** The number of a line that an address points to, 0 where it does not. */
export const lineIn = (hash) => Number(/^#L(\d+)$/.exec(hash)?.[1] ?? 0);

export class LogTab {
  #path;
  #lines = new LogLines();
  #early = [];
  #loaded = false;
  #isLoading = false;
  #fault = "";
  #place = document.createElement("section");
  #box = null;
  #narrow = matchMedia("(max-width: 44rem)");
  #follows;
  /** The last line there was when the reader ceased to follow. */
  #leftAt = 0;
  #chosen;
  #seen = { top: 0, high: 0 };
  #job = { items: [] };
  #isOver = false;
  #closed = false;
  #draw = perFrame(() => this.#show());

  constructor(jobId, hash) {
    this.#path = `/jobs/${jobId}/logs`;
    this.#place.className = "log-view";
    this.#narrow.onchange = this.#draw;
    this.#chosen = lineIn(hash);
    this.#follows = !this.#chosen;
    if (this.#chosen) this.#lines.filter({ level: "DEBUG" });
  }

  close() {
    this.#closed = true;
    this.#narrow.onchange = null; // with a listener it stays for good, and the lines with it
  }

  /** Whether it could not be read to its end. */
  get isBroken() {
    return this.#fault !== "";
  }

  /** Read what has been written so far; what comes meanwhile waits for it. */
  async load() {
    if (this.#isLoading) return;
    [this.#fault, this.#loaded, this.#isLoading] = ["", false, true];
    const isFirst = !this.#lines.length;
    await this.#read().catch((problem) => (this.#fault = problem.message));
    this.#early = [];
    this.#isLoading = false;
    if (isFirst && this.#chosen) this.goTo(this.#chosen);
    this.#draw();
  }

  async #read() {
    while (!this.#loaded && !this.#closed) {
      const { logs, more } = await get(`${this.#path}?limit=${PAGE}&after=${this.#lines.lastSeq}`);
      this.#loaded = !more;
      this.#lines.add(more ? logs : [...logs, ...this.#early]);
      this.#draw();
    }
  }

  /** A line that has just been written; where those before it could not be read, they are asked for once more. */
  add(line) {
    if (this.#isLoading) return this.#early.push(line);
    if (!this.#loaded) return this.load();
    const gone = this.#lines.add([line]);
    if (gone && !this.#follows && this.#box) this.#box.scrollTop -= gone * this.#high;
    this.#draw();
  }

  /** The node of the log, which draws itself. */
  template(job) {
    if (isFinal(job) !== this.#isOver) this.#draw();
    [this.#job, this.#isOver] = [job, isFinal(job)];
    return this.#place;
  }

  /** It has come into the document, perhaps again: then its box has lost its place, and told nobody. */
  shown() {
    if (!this.#place.firstElementChild) this.#show();
    if (!this.#box.scrollTop) this.#box.scrollTop = this.#seen.top;
    this.#draw();
  }

  goTo(seq) {
    this.#chosen = seq;
    this.#scrollTo(seq);
  }

  find() {
    this.#place.querySelector("[type=search]")?.select();
  }

  follow(on) {
    this.#follows = on;
    this.#leftAt = this.#lines.lastSeq;
    this.#draw();
  }

  /** On to the next line that is an error or a warning, from the first after the last. */
  nextError() {
    const bad = this.#lines.shown.filter(({ level }) => level === "ERROR" || level === "WARNING");
    const next = bad.find(({ seq }) => seq > this.#chosen) ?? bad[0];
    if (!next) return;
    this.#choose(next.seq);
    this.goTo(next.seq);
  }

  /** On a narrow screen the message has a line of its own. */
  get #high() {
    return this.#narrow.matches ? 2 * ROW_PX : ROW_PX;
  }

  #show() {
    if (this.#closed || !this.#place.isConnected) return; // another tab is shown
    const wasIn = this.#place.contains(document.activeElement);
    render(this.#view(), this.#place);
    if (wasIn && !this.#place.contains(document.activeElement)) this.#box.focus({ preventScroll: true });
    if (this.#follows) this.#box.scrollTop = this.#box.scrollHeight;
  }

  #view() {
    const { shown } = this.#lines;
    return html`<div class="toolbar actions">${this.#filters()}
        ${this.#isOver ? nothing : html`<label class="check"><input type="checkbox" .checked=${live(this.#follows)}
          @change=${({ target }) => this.follow(target.checked)}>Follow</label>`}
        <a class="button apart" href=${at(this.#path)}>${icon("download")}Download</a></div>
      ${this.#fault && html`<p class="fault" role="alert">${this.#fault} <button @click=${() => this.load()}>Try again</button></p>`}
      <div class="log-frame">
        <div class="log box" role="log" aria-live="off" aria-label="Log" tabindex="0" ${ref((element) => (this.#box = element))}
          @scroll=${() => this.#scrolled()} @keydown=${({ key }) => key === "End" && this.follow(true)}>
          <div class="log-lines" .style=${`height:${shown.length * this.#high}px`}>
            ${shown.length ? this.#rows(shown) : this.#nothing()}</div></div>
        ${this.#follows || !shown.length ? nothing : this.#news(shown)}</div>
      ${detail(shown.find(({ seq }) => seq === this.#chosen))}`;
  }

  #filters() {
    const { level, item, stage, text } = this.#lines.filters;
    const one = (word, name, chosen, options) => select(word, chosen, options, (value) => this.#filter({ [name]: value }));
    const videos = this.#job.items.map(({ index }) => [index, index + 1]);
    return html`${one("Level", "level", level, LEVELS.map((each) => [each, each === "DEBUG" ? "all" : each.toLowerCase()]))}
      ${videos.length > 1 ? one("Video", "item", item, [["", "all"], ...videos]) : nothing}
      ${one("Stage", "stage", stage, [["", "all"], ...[...this.#lines.stages].map((each) => [each])])}
      <label class="check">Find <input type="search" .value=${live(text)} aria-keyshortcuts="/"
        @input=${({ target }) => this.#filter({ text: target.value })}></label>
      ${text && html`<span class="quiet" role="status">${plural(this.#lines.shown.length, "line")}</span>`}`;
  }

  #nothing() {
    const why = this.#lines.length ? "No line passes these filters." : "Nothing has been logged yet.";
    return html`<p class="quiet empty">${this.#loaded ? why : "Loading …"}</p>`;
  }

  #rows(shown) {
    const [seen, high] = [this.#box?.clientHeight || 480, this.#high];
    const top = this.#follows ? shown.length * high - seen : (this.#box?.scrollTop ?? 0);
    const first = Math.max(0, Math.floor(top / high) - BEYOND);
    const lines = shown.slice(first, first + Math.ceil(seen / high) + 2 * BEYOND);
    return html`<div .style=${`transform:translateY(${first * high}px)`}>
      ${repeat(lines, ({ seq }) => seq, (line) => this.#row(line))}</div>`;
  }

  #row({ seq, ts, level, item, stage, msg }) {
    const about = [this.#job.items.length > 1 && item !== undefined && item + 1, stage].filter(Boolean).join(" ");
    return html`<div class="row ${level} ${seq === this.#chosen ? "picked" : ""}" @click=${() => this.#choose(seq)}>
      <a class="number" href="#L${seq}" aria-label="Link to line ${seq}">${seq}</a><time datetime=${ts}>${clock(ts)}</time>
      <span class="level">${level === "WARNING" ? "WARN" : level}</span><span class="quiet">${about}</span>
      <span class="msg">${msg}</span></div>`;
  }

  /** The way to the end, and how much is there that a reader who looks elsewhere has not seen. */
  #news(shown) {
    const fresh = shown.length - 1 - shown.findLastIndex(({ seq }) => seq <= this.#leftAt);
    const word = fresh ? `${plural(fresh, "new line")}, go to the end` : "Go to the end";
    return html`<button class="jump primary" @click=${() => this.follow(true)}>${word}</button>`;
  }

  /** Up is a wish to stay there, and the end one to go on. What moves because the window changes its size is neither. */
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    const [isUp, isSame] = [scrollTop < this.#seen.top, clientHeight === this.#seen.high];
    const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.#seen = { top: scrollTop, high: clientHeight };
    if (isSame && isAtEnd !== isUp && this.#follows === isUp) this.follow(!isUp);
    this.#draw();
  }

  #filter(filters) {
    this.#lines.filter(filters);
    if (this.#chosen) this.#scrollTo(this.#chosen);
    this.#draw();
  }

  #choose(seq) {
    this.#chosen = seq;
    remember({}, `#L${seq}`);
    this.#draw();
  }

  #scrollTo(seq) {
    const place = this.#lines.placeOf(seq);
    if (place < 0) return;
    this.follow(false);
    this.#show();
    if (!this.#box) return;
    this.#box.scrollTop = place * this.#high - this.#box.clientHeight / 2;
    this.#box.scrollIntoView({ block: "nearest" });
  }
}

function detail(line) {
  if (!line) return nothing;
  const { seq, ts, level, event, stage, msg, fields } = line;
  const text = JSON.stringify(fields ?? {}, null, 2);
  const told = [`Line ${seq}`, clock(ts), level, event, stage].filter(Boolean).join(" · ");
  return html`<section class="card line-detail" aria-label="Line ${seq}"><p class="quiet figure">${told}</p><p class="mono">${msg}</p>
    ${text === "{}" ? nothing : html`<pre tabindex="0" aria-label="Fields">${text}</pre>`}</section>`;
}
