/** The log, live. Of however many lines only those in view are in the document; every line is one row of equal height. */

import { get, getText } from "../lib/api.js";
import { clock, plural } from "../lib/format.js";
import { html, live, nothing, perFrame, ref, render } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { remember } from "../lib/router.js";
import { LEVELS, LogLines } from "./log-lines.js";

const PAGE = 10_000;
const ROW_PX = 22;
const WRAPPED_PX = 66;
const BEYOND = 8;
const NEAR_PX = 30;

export class LogTab {
  #path;
  #lines = new LogLines();
  #early = [];
  #loaded = false;
  #fault = "";
  #box = null;
  #place = document.createElement("section");
  #follows = true;
  #pausedAt = null;
  #wraps = false;
  #query = "";
  #match = -1;
  #chosen = 0;
  #wanted = 0;
  #seen = { top: 0, high: 0 };
  #items = 1;
  #filters = { level: "INFO", item: null, stage: "" };
  #over = false;
  #draw = perFrame(() => this.#show());

  constructor(jobId, hash) {
    this.#path = `/jobs/${jobId}/logs`;
    this.#place.className = "log-view";
    this.#wanted = /^#L\d+$/.test(hash) ? Number(hash.slice(2)) : 0;
    if (this.#wanted) this.#filters.level = "DEBUG";
    this.#lines.filter(this.#filters);
    if (this.#wanted) this.#follows = false;
  }

  close() {
    this.#over = true;
  }

  /** Read what has been written so far; what comes meanwhile waits for it. */
  async load() {
    this.#fault = "";
    try {
      for (let more = true; more && !this.#over; ) {
        const page = await get(`${this.#path}?limit=${PAGE}&after=${this.#lines.lastSeq}`);
        this.#lines.add(page.logs);
        more = page.more;
        this.#draw();
      }
      this.#loaded = true;
      this.#lines.add(this.#early.splice(0));
    } catch (problem) {
      this.#fault = problem.message;
    }
    if (this.#wanted) this.goTo(this.#wanted);
    this.#wanted = 0;
    this.#draw();
  }

  /** A line that has just been written. */
  add(line) {
    if (this.#loaded) this.#lines.add([line]);
    else this.#early.push(line);
    this.#draw();
  }

  /** The node that holds the log; it draws itself. */
  template(job) {
    this.#items = job.items.length;
    return html`${this.#place}`;
  }

  /** It has come into the document, perhaps again. */
  shown() {
    if (!this.#place.firstElementChild) this.#show();
    else this.#draw();
  }

  goTo(seq) {
    this.#chosen = seq;
    const place = this.#lines.placeOf(seq);
    if (place >= 0) this.#scrollTo(place);
  }

  find() {
    const field = this.#place.querySelector("[type=search]");
    field?.focus();
    field?.select();
  }

  toggleFollow() {
    this.#follow(!this.#follows);
  }

  togglePause() {
    this.#pausedAt = this.#pausedAt === null ? this.#lines.shown.length : null;
    this.#draw();
  }

  nextError() {
    const from = this.#lines.shown.findIndex(({ seq }) => seq === this.#chosen);
    const all = this.#lines.shown;
    const isBad = ({ level }) => level === "ERROR" || level === "WARNING";
    const after = all.findIndex((line, place) => place > from && isBad(line));
    const found = after >= 0 ? after : all.findIndex(isBad);
    if (found < 0) return;
    this.#choose(all[found].seq);
    this.#scrollTo(found);
  }

  get #high() {
    return this.#wraps ? WRAPPED_PX : ROW_PX;
  }

  get #count() {
    return Math.min(this.#pausedAt ?? Infinity, this.#lines.shown.length);
  }

  #show() {
    if (this.#over || !this.#place.isConnected) return; // another tab is shown
    render(this.#view(), this.#place);
    if (this.#follows && this.#pausedAt === null && this.#box) this.#box.scrollTop = this.#box.scrollHeight;
  }

  #view() {
    return html`${this.#toolbar()}
      ${this.#fault ? html`<p class="fault" role="alert">${this.#fault} <button class="link" @click=${() => this.load()}>Try again</button></p>` : nothing}
      <div class="log-frame"><div class="log ${this.#wraps ? "wraps" : ""}" role="log" aria-live="off" aria-label="Log" tabindex="0" ${ref((element) => (this.#box = element))} @scroll=${() => this.#scrolled()}
        @keydown=${(event) => event.key === "End" && this.#follow(true)}>
        <div class="log-lines" .style=${`height:${this.#count * this.#high}px`}>${this.#rows()}</div></div>${this.#news()}</div>
      ${this.#detail()}`;
  }

  #toolbar() {
    return html`<div class="toolbar">
      <label class="check"><input type="checkbox" .checked=${live(this.#follows)} @change=${(event) => this.#follow(event.target.checked)}>Follow</label>
      <label class="beside">Level <select @change=${(event) => this.#filter({ level: event.target.value })}>${LEVELS.map((each) => html`<option value=${each} ?selected=${each === this.#filters.level}>${each === "DEBUG" ? "all" : each.toLowerCase()}</option>`)}</select></label>
      ${this.#items > 1 ? html`<label class="beside">Video <select @change=${(event) => this.#filter({ item: event.target.value === "" ? null : Number(event.target.value) })}>
        <option value="">all</option>${Array.from({ length: this.#items }, (_, index) => html`<option value=${index}>${index + 1}</option>`)}</select></label>` : nothing}
      <label class="beside">Stage <select @change=${(event) => this.#filter({ stage: event.target.value })}>
        <option value="">all</option>${[...this.#lines.stages].map((each) => html`<option value=${each}>${each}</option>`)}</select></label>
      <span class="finder"><label class="beside">Find <input type="search" .value=${live(this.#query)} @input=${(event) => this.#search(event.target.value)} @keydown=${(event) => this.#found(event)} aria-keyshortcuts="/"></label>
        <output class="quiet figure" aria-label="Found">${this.#query ? `${this.#match + 1}/${this.#lines.found.length}` : ""}</output>
        <button class="quiet-button" @click=${() => this.#next(-1)} ?disabled=${!this.#lines.found.length} aria-label="Previous match">↑</button>
        <button class="quiet-button" @click=${() => this.#next(1)} ?disabled=${!this.#lines.found.length} aria-label="Next match">↓</button></span>
      <label class="check"><input type="checkbox" .checked=${live(this.#wraps)} @change=${(event) => this.#wrap(event.target.checked)}>Wrap</label>
      <button aria-pressed=${this.#pausedAt !== null} @click=${() => this.togglePause()}>${this.#pausedAt === null ? "Pause" : "Go on"}</button>
      <button class="apart" @click=${() => this.#download()}>${icon("download")}Download</button></div>`;
  }

  #rows() {
    if (!this.#count) return html`<p class="quiet empty">${this.#loaded ? (this.#lines.length ? "No line passes these filters." : "Nothing has been logged yet.") : "Loading …"}</p>`;
    const top = this.#follows && this.#pausedAt === null && this.#box ? this.#count * this.#high - this.#box.clientHeight : (this.#box?.scrollTop ?? 0);
    const first = Math.max(0, Math.floor(top / this.#high) - BEYOND);
    const many = Math.ceil((this.#box?.clientHeight || 480) / this.#high) + 2 * BEYOND;
    const lines = this.#lines.shown.slice(first, Math.min(this.#count, first + many));
    return html`<div class="log-window" .style=${`transform:translateY(${first * this.#high}px)`}>${lines.map((line, place) => this.#row(line, first + place))}</div>`;
  }

  #row(line, place) {
    const isMatch = this.#match >= 0 && this.#lines.found[this.#match] === place;
    const about = [this.#items > 1 && line.item !== undefined ? `${line.item + 1}` : "", line.stage ?? ""].join(" ").trim();
    return html`<div class="row ${line.level} ${line.seq === this.#chosen ? "picked" : ""} ${isMatch ? "match" : ""}" @click=${() => this.#choose(line.seq)}>
      <a class="number" href="#L${line.seq}" aria-label="Link to line ${line.seq}">${line.seq}</a><time datetime=${line.ts}>${clock(line.ts)}</time>
      <span class="level">${line.level === "WARNING" ? "WARN" : line.level}</span><span class="about">${about}</span><span class="msg">${marked(line.msg, this.#query)}</span></div>`;
  }

  /** New lines that a reader who looks elsewhere has not seen. */
  #news() {
    const held = this.#pausedAt === null ? 0 : this.#lines.shown.length - this.#pausedAt;
    if (this.#pausedAt !== null) return html`<button class="jump" @click=${() => this.#follow(true)}>Paused: ${plural(held, "new line")}, go to the end</button>`;
    return this.#follows || !this.#count ? nothing : html`<button class="jump" @click=${() => this.#follow(true)}>Go to the end</button>`;
  }

  /** A line in full, with its fields. */
  #detail() {
    const line = this.#chosen && this.#lines.shown.find(({ seq }) => seq === this.#chosen);
    if (!line) return nothing;
    return html`<section class="card line-detail" aria-label="Line ${line.seq}"><p class="quiet figure">Line ${line.seq} · ${clock(line.ts)} · ${line.level} · ${line.event ?? ""} ${line.stage ?? ""}</p>
      <p class="mono">${line.msg}</p>${Object.keys(line.fields ?? {}).length ? html`<pre tabindex="0" aria-label="Fields">${JSON.stringify(line.fields, null, 2)}</pre>` : nothing}</section>`;
  }

  /** Up is a wish to stay there, and the end one to go on. What moves because the window changes its size is neither. */
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    const isWish = clientHeight === this.#seen.high;
    if (isWish && scrollTop < this.#seen.top && !isAtEnd) this.#follows = false;
    if (isWish && isAtEnd && scrollTop > this.#seen.top && this.#pausedAt === null) this.#follows = true;
    this.#seen = { top: scrollTop, high: clientHeight };
    this.#draw();
  }

  #follow(on) {
    this.#follows = on;
    if (on) this.#pausedAt = null;
    this.#draw();
  }

  /** The whole log as text, whatever the filters; a link cannot ask for that form. */
  async #download() {
    const text = await getText(this.#path).catch((problem) => (this.#fault = problem.message) && null);
    if (text === null) return this.#draw();
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([text])), download: "log.txt" });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  #filter(filters) {
    Object.assign(this.#filters, filters);
    this.#lines.filter(this.#filters);
    this.#match = this.#lines.found.length ? 0 : -1;
    if (this.#pausedAt !== null) this.#pausedAt = this.#lines.shown.length;
    this.#draw();
  }

  #wrap(on) {
    const top = Math.floor((this.#box?.scrollTop ?? 0) / this.#high);
    this.#wraps = on;
    this.#show();
    if (!this.#follows) this.#scrollTo(top, 0);
  }

  #choose(seq) {
    this.#chosen = seq;
    remember({}, `#L${seq}`);
    this.#draw();
  }

  #search(query) {
    this.#query = query;
    this.#lines.find(query);
    this.#match = this.#lines.found.length ? 0 : -1;
    if (this.#match >= 0) this.#scrollTo(this.#lines.found[0]);
    this.#draw();
  }

  #found(event) {
    if (event.key === "Enter") this.#next(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") this.#search("");
  }

  #next(by) {
    const { found } = this.#lines;
    if (!found.length) return;
    this.#match = (this.#match + by + found.length) % found.length;
    this.#scrollTo(found[this.#match]);
  }

  /** Bring a line into the middle of the view, or to its top. */
  #scrollTo(place, above = null) {
    this.#follows = false;
    this.#show();
    if (this.#box) this.#box.scrollTop = place * this.#high - (above ?? this.#box.clientHeight / 2);
    this.#draw();
  }
}

/** A text in which what was searched for stands out. */
function marked(text, query) {
  if (!query) return text;
  const [parts, small, wanted] = [[], text.toLowerCase(), query.toLowerCase()];
  let from = 0;
  for (let found = small.indexOf(wanted); found >= 0; found = small.indexOf(wanted, from)) {
    parts.push(text.slice(from, found), html`<mark>${text.slice(found, found + wanted.length)}</mark>`);
    from = found + wanted.length;
  }
  return [...parts, text.slice(from)];
}
