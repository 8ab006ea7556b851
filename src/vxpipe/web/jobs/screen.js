/** The list of jobs: live, calm, and the place to cancel, retry and delete. */

import { announce } from "../lib/announce.js";
import { plural, title } from "../lib/format.js";
import { html, nothing, paced, perFrame, renderScreen, repeat } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { follow, known, load } from "../lib/jobs.js";
import { bindKeys } from "../lib/keys.js";
import { notice, skeleton } from "../lib/parts.js";
import { remember } from "../lib/router.js";
import { isFinal } from "../lib/state.js";
import { act } from "./acts.js";
import { confirmed } from "./confirm.js";
import { firstSteps } from "./first.js";
import { countsOf, FILTERS, JobList } from "./list.js";
import { row } from "./row.js";
import { Thumbs } from "./thumbs.js";
import { ACTIONS } from "./told.js";

const PAGE = 50;
const CLOCK_MS = 15_000;
const PROGRESS_MS = 200;

/** @type {import("../lib/router.js").Screen["open"]} */
export function jobsScreen(place, { query }) {
  document.title = "Jobs – vxpipe";
  const screen = new JobsScreen(place, query);
  return { close: () => screen.close(), moved: (where) => screen.look(where.query) };
}

class JobsScreen {
  #place;
  #list = new JobList();
  /** What was loaded, by filter: from the newest job on, back to which, and where it goes on. */
  #pages = new Map();
  #chosen = new Set();
  #busy = new Set();
  #said = "";
  /** What could not be loaded and why, and how to try it again. */
  #failed = null;
  #held = { pointer: false, focus: false };
  #draw = perFrame(() => this.#show());
  #drawSoon = paced(this.#draw, PROGRESS_MS);
  #thumbs = new Thumbs(this.#draw);
  #unfollow = follow((job, isNews) => this.#heard(job, isNews));
  #clock = setInterval(this.#draw, CLOCK_MS);
  #unbind = bindKeys("Jobs", {
    "/": ["Search", () => this.#place.querySelector("#search").focus()],
    j: ["Next job", () => this.#step(1)],
    k: ["Job before", () => this.#step(-1)],
    Enter: ["Open it", () => this.#focused()?.querySelector(".name").click()],
    x: ["Select it", () => this.#focused()?.querySelector("input").click()],
  });

  constructor(place, query) {
    this.#place = place;
    this.look(query);
  }

  close() {
    this.#unfollow();
    this.#unbind();
    this.#thumbs.close();
    clearInterval(this.#clock);
  }

  /** What the address asks for. */
  look(query) {
    const asked = query.get("status");
    this.#list.filter = FILTERS.some(({ name }) => name === asked) ? asked : "all";
    this.#list.search = query.get("q") ?? "";
    this.#open();
  }

  #heard(job, isNews) {
    if (job === null) return this.#readAgain();
    if (isNews && isFinal(job) && known.has(job.jobId)) announce(`Job ${title(job)}: ${job.status}`);
    if (isNews) this.#draw();
    else this.#drawSoon();
  }

  #open() {
    this.#failed = null;
    this.#draw();
    if (!this.#pages.has(this.#list.filter)) this.#read();
  }

  /** The newest page, after a pause in the news; what other filters have is then not to be relied on. */
  #readAgain() {
    for (const name of this.#pages.keys()) if (name !== this.#list.filter) this.#pages.delete(name);
    this.#read();
  }

  /** A page of the filter: the newest, or the one at a cursor. */
  async #read(cursor = null) {
    const { filter } = this.#list;
    const query = { limit: PAGE, ...(filter !== "all" && { status: filter }), ...(cursor && { cursor }) };
    try {
      this.#pages.set(filter, joined(this.#pages.get(filter), await load(query), cursor));
      this.#failed = null;
    } catch (problem) {
      this.#failed = { text: problem.message, wait: problem.retryAfter, again: () => this.#read(cursor) };
    }
    this.#draw();
  }

  /** Beyond the oldest loaded page there may be jobs in between that are not known: none is shown there. */
  #isReached = (job) => !isFinal(job) || job.createdAt >= (this.#pages.get(this.#list.filter)?.since ?? "");

  #choose = (id, isChosen) => {
    if (isChosen) this.#chosen.add(id);
    else this.#chosen.delete(id);
    this.#draw();
  };

  #act = async (name, ids) => {
    if (name === "delete" && !(await confirmed(ids.map((id) => known.get(id))))) return;
    for (const id of ids) this.#busy.add(id);
    this.#draw();
    const { done, refusals } = await act(name, ids);
    for (const id of ids) this.#busy.delete(id);
    for (const id of ids) this.#chosen.delete(id);
    this.#say([done && `${plural(done, "job")} ${ACTIONS[name].done}.`, refusals.length && `${refusals.length} not: ${refusals[0]}`]);
  };

  #say(parts) {
    this.#said = parts.filter(Boolean).join(" ");
    this.#draw();
  }

  /** Rows stay where they are while the pointer or the keyboard is at them. */
  #hold(by, isAt) {
    this.#held[by] = isAt;
    this.#list.isHeld = this.#held.pointer || this.#held.focus;
    this.#draw();
  }

  #letGo() {
    this.#held = { pointer: false, focus: false };
    this.#list.isHeld = false;
    window.scrollTo({ top: 0, behavior: "smooth" });
    this.#draw();
  }

  #focused() {
    return document.activeElement.closest?.(".job");
  }

  #step(by) {
    const rows = [...this.#place.querySelectorAll(".job")];
    const next = rows[rows.indexOf(this.#focused()) + by] ?? (by > 0 ? rows[0] : rows.at(-1));
    next?.querySelector(".name").focus();
  }

  #filter(name) {
    this.#list.filter = name;
    this.#list.isHeld = false;
    remember({ status: name === "all" ? null : name });
    this.#open();
  }

  #search(text) {
    this.#list.search = text;
    this.#list.isHeld = false;
    remember({ q: text });
    this.#draw();
  }

  #show() {
    const isFirst = !known.size && this.#pages.get("all")?.cursor === null;
    renderScreen(html`
      <div class="screen-head">
        <h1 tabindex="-1">Jobs</h1>
        ${isFirst ? nothing : html`<label class="search">${icon("search")}<span class="unseen">Search the jobs</span>
          <input id="search" type="search" placeholder="Search   ( / )" .value=${this.#list.search}
            @input=${(event) => this.#search(event.target.value)}></label>`}
      </div>
      ${isFirst ? nothing : this.#filters()}
      <p class="said" role="status">${this.#said}</p>
      ${isFirst ? firstSteps() : this.#body()}`, this.#place);
  }

  #filters() {
    const counts = countsOf(known);
    const isRead = (name) => this.#pages.has(name) && !this.#pages.get(name).cursor;
    const isWhole = (name) => name === "running" || name === "pending" || isRead("all") || isRead(name);
    return html`<div class="filters" role="group" aria-label="Show">${FILTERS.map(({ name, word }) => html`
      <button aria-pressed=${String(this.#list.filter === name)} @click=${() => this.#filter(name)}>${word}
        <span class="figure">${isWhole(name) ? counts[name] : counts[name] ? `${counts[name]}+` : nothing}</span></button>`)}</div>`;
  }

  #body() {
    const page = this.#pages.get(this.#list.filter);
    const ids = this.#list.ids(known, this.#isReached);
    return html`
      ${this.#failed ? failure(this.#failed) : nothing}
      ${known.size ? this.#chosenBar(ids) : nothing}
      ${ids.length ? this.#rows(ids) : page ? this.#nothing(page) : this.#failed ? nothing : skeleton(5)}
      ${page?.cursor ? html`<p class="more"><button @click=${() => this.#read(page.cursor)}>Load more</button></p>` : nothing}`;
  }

  #rows(ids) {
    const queued = [...known.values()].filter((job) => job.status === "pending").sort((a, b) => b.priority - a.priority || (a.createdAt < b.createdAt ? -1 : 1));
    const ahead = new Map(queued.map((job, place) => [job.jobId, place]));
    const waiting = this.#list.waiting(known, this.#isReached);
    return html`<div class="held" @pointerenter=${(event) => event.pointerType === "mouse" && this.#hold("pointer", true)}
        @pointerleave=${() => this.#hold("pointer", false)} @focusin=${() => this.#hold("focus", true)}
        @focusout=${(event) => this.#hold("focus", event.currentTarget.contains(event.relatedTarget))}>
      ${waiting ? html`<p class="news"><button @click=${() => this.#letGo()}>${plural(waiting, "new job")}: show</button></p>` : nothing}
      <ul class="jobs" aria-label="Jobs">${repeat(ids, (id) => id, (id) => row(known.get(id), { ahead: ahead.get(id) ?? 0, isChosen: this.#chosen.has(id), isBusy: this.#busy.has(id),
    thumbs: this.#thumbs, choose: this.#choose, act: this.#act }))}</ul></div>`;
  }

  #nothing(page) {
    const more = page?.cursor ? "among the jobs that are loaded; older ones may" : "";
    return html`<p class="none">${this.#list.search ? `Nothing matches “${this.#list.search}” ${more}` : "None at the moment."}</p>`;
  }

  #chosenBar(ids) {
    const jobs = ids.filter((id) => this.#chosen.has(id)).map((id) => known.get(id));
    const isAll = ids.length > 0 && ids.every((id) => this.#chosen.has(id));
    const chooseAll = (event) => {
      for (const id of ids) this.#choose(id, event.target.checked);
    };
    return html`<div class="chosen" role="group" aria-label="Selected jobs">
      <label class="check"><input type="checkbox" .checked=${isAll} .indeterminate=${jobs.length > 0 && !isAll} @change=${chooseAll}>
        ${jobs.length ? `${jobs.length} selected` : "Select all"}</label>
      ${jobs.length ? Object.entries(ACTIONS).map(([name, { word, may }]) => {
    const able = jobs.filter(may).map((job) => job.jobId);
    return html`<button class=${name === "delete" ? "danger" : ""} ?disabled=${!able.length} @click=${() => this.#act(name, able)}>${word}${able.length && able.length < jobs.length ? ` ${able.length}` : ""}</button>`;
  }) : nothing}</div>`;
  }
}

/** What is known of a filter with a page more. The newest one replaces what it does not reach, and keeps what it does. */
function joined(before, { newest, oldest, nextCursor }, cursor) {
  const page = { newest, since: nextCursor ? oldest : "", cursor: nextCursor };
  if (cursor) return { ...page, newest: before?.newest ?? newest };
  const isKept = before && before.since < page.since && oldest <= before.newest;
  return isKept ? { ...before, newest } : page;
}

function failure({ text, wait, again }) {
  return notice("The jobs cannot be shown", wait ? `${text} Try again in ${wait} s.` : text, html`<button @click=${again}>Try again</button>`);
}
