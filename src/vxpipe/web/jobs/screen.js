/** The list of jobs: live, calm, and the place to cancel, retry and delete. */

import { announce } from "../lib/announce.js";
import { plural, title } from "../lib/format.js";
import { html, nothing, paced, perFrame, renderScreen, repeat } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { counts, ended, follow, forgetBefore, known, load } from "../lib/jobs.js";
import { bindKeys } from "../lib/keys.js";
import { notice, skeleton } from "../lib/parts.js";
import { remember } from "../lib/router.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";
import { act, confirmed } from "./acts.js";
import { row } from "./row.js";
import { Thumbs } from "./thumbs.js";
import { ACTIONS } from "./told.js";
import { aheadOf, FILTERS, joined, view } from "./view.js";

const PAGE = 50;
const CLOCK_MS = 15_000;
const PROGRESS_MS = 200;
/** A list that grew by so many jobs by itself begins anew: nobody scrolls through what came in a week. */
const GROWTH = 200;
const SAMPLES = "youtube:aqz-KE-bpKQ\nhttps://vimeo.com/56015672";

export class JobsScreen {
  #place;
  #filter = "all";
  #search = "";
  /** @type {import("./view.js").Page | null} */
  #page = null;
  #most = Infinity;
  #failed = null;
  #shown = [];
  #chosen = new Set();
  #busy = new Set();
  #said = "";
  #draw = perFrame(() => this.#show());
  #drawSoon = paced(this.#draw, PROGRESS_MS);
  #thumbs = new Thumbs(this.#draw);
  #unfollow = follow({ changed: (job, isNews) => this.#heard(job, isNews), missed: () => this.#read() });
  #clock = setInterval(this.#draw, CLOCK_MS);
  #unbind = bindKeys("Jobs", {
    "/": ["Search", () => this.#place.querySelector("#search").focus()],
    j: ["Next job", () => this.#step(1)],
    k: ["Job before", () => this.#step(-1)],
    Enter: ["Open it", () => this.#focused()?.querySelector(".name").click()],
    x: ["Select it", () => this.#focused()?.querySelector("input").click()],
  });

  /** @param {import("../lib/router.js").Where} where */
  constructor(place, where) {
    document.title = "Jobs – vxpipe";
    this.#place = place;
    this.moved(where);
  }

  close() {
    this.#unfollow();
    this.#unbind();
    this.#thumbs.close();
    clearInterval(this.#clock);
  }

  moved({ query }) {
    const asked = query.get("status");
    this.#filter = Object.hasOwn(FILTERS, asked) ? asked : "all";
    this.#search = query.get("q") ?? "";
    this.#open();
  }

  #heard(job, isNews) {
    if (isNews && isFinal(job) && known.has(job.jobId)) announce(`Job ${title(job)}: ${job.status}`);
    if (this.#page && !this.#isHeld() && !this.#chosen.size && ended().length > this.#most) {
      this.#page = null;
      this.#read();
    }
    if (isNews) this.#draw();
    else this.#drawSoon();
  }

  #open() {
    [this.#page, this.#failed, this.#shown] = [null, null, []];
    this.#draw();
    this.#read();
  }

  /** A page of the filter: the newest, or the one at a cursor. */
  async #read(cursor = null) {
    const filter = this.#filter;
    const query = { limit: PAGE, ...(filter !== "all" && { status: filter }), ...(cursor && { cursor }) };
    const [page, problem] = await load(query).then((found) => [found, null], (failed) => [null, failed]);
    if (filter !== this.#filter) return;
    if (page) this.#take(page, cursor);
    this.#failed = problem && { text: problem.message, again: () => this.#read(cursor) };
    this.#draw();
  }

  #take(page, cursor) {
    const isAskedFor = cursor || !this.#page;
    this.#page = joined(this.#page, page, cursor);
    forgetBefore(this.#page.since);
    if (isAskedFor) this.#most = ended().length + GROWTH;
  }

  #choose = (id, isChosen) => {
    if (isChosen) this.#chosen.add(id);
    else this.#chosen.delete(id);
    this.#draw();
  };

  #act = async (name, ids) => {
    if (!(await confirmed(ids.map((id) => known.get(id)), name))) return;
    for (const id of ids) this.#busy.add(id);
    this.#draw();
    const { done, refusals } = await act(name, ids);
    for (const set of [this.#busy, this.#chosen]) for (const id of ids) set.delete(id);
    const refused = refusals.length && `${refusals.length} not: ${refusals[0]}`;
    this.#said = [done && `${plural(done, "job")} ${ACTIONS[name].done}.`, refused].filter(Boolean).join(" ");
    this.#draw();
  };

  /** Rows stay where they are while the pointer or the keyboard is at them; a finger leaves a hover behind. */
  #isHeld() {
    const list = this.#place.querySelector(".held");
    const isUnderPointer = matchMedia("(hover: hover)").matches && list?.matches(":hover");
    return Boolean(isUnderPointer || list?.contains(document.activeElement));
  }

  #letGo() {
    this.#shown = [];
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

  #choice(name) {
    this.#filter = name;
    remember({ status: name === "all" ? null : name });
    this.#open();
  }

  #find(text) {
    [this.#search, this.#shown] = [text, []];
    remember({ q: text });
    this.#draw();
  }

  #show() {
    const [page, failed, filter, search, shown] = [this.#page, this.#failed, this.#filter, this.#search, this.#shown];
    const [jobs, isHeld] = [[...known.values()], this.#isHeld()];
    const { kind, ids, waiting } = view({ jobs, counts, page, failed, filter, search, shown, isHeld });
    this.#shown = ids;
    const body = {
      first: firstSteps,
      loading: () => skeleton(5),
      failed: () => nothing,
      none: () => this.#none(),
      rows: () => this.#rows(ids, waiting),
    };
    renderScreen(html`
      <div class="screen-head"><h1 tabindex="-1">Jobs</h1>${kind === "first" ? nothing : this.#searchField()}</div>
      ${kind === "first" ? nothing : this.#filters()}
      <p class="said quiet" role="status">${this.#said}</p>
      ${failed ? failure(failed) : nothing}
      ${body[kind]()}
      ${page?.cursor ? html`<p class="middle"><button @click=${() => this.#read(page.cursor)}>Load more</button></p>` : nothing}
    `, this.#place);
  }

  #searchField() {
    return html`<label class="search">${icon("search")}<span class="unseen">Search the jobs</span>
      <input id="search" type="search" placeholder="Search   ( / )" .value=${this.#search}
        @input=${({ target }) => this.#find(target.value)}></label>`;
  }

  #filters() {
    const total = counts && Object.values(counts).reduce((sum, count) => sum + count, 0);
    const figure = (name) => (name === "all" ? total : counts?.[name])?.toLocaleString("en");
    return html`<div class="filters" role="group" aria-label="Show">${Object.entries(FILTERS).map(([name, word]) => html`
      <button aria-pressed=${String(this.#filter === name)} @click=${() => this.#choice(name)}>${word}
        <span class="figure">${figure(name)}</span></button>`)}</div>`;
  }

  #rows(ids, waiting) {
    const ahead = aheadOf([...known.values()]);
    const shared = { thumbs: this.#thumbs, choose: this.#choose, act: this.#act };
    const around = (id) => ({ ...shared, ahead: ahead.get(id), isChosen: this.#chosen.has(id), isBusy: this.#busy.has(id) });
    const news = html`<p class="news">
      <button class="primary" @click=${() => this.#letGo()}>${plural(waiting, "new job")}: show</button></p>`;
    return html`${this.#chosenBar(ids)}<div class="held" @pointerleave=${this.#draw} @focusout=${this.#draw}>
      ${waiting ? news : nothing}
      <ul class="jobs card" aria-label="Jobs">${repeat(ids, (id) => id, (id) => row(known.get(id), around(id)))}</ul></div>`;
  }

  #none() {
    const more = this.#page.cursor ? "among the jobs that are loaded; older ones may" : "";
    const said = this.#search ? `Nothing matches “${this.#search}” ${more}` : "None at the moment.";
    return html`<p class="notice card middle">${said}</p>`;
  }

  #chosenBar(ids) {
    const jobs = ids.filter((id) => this.#chosen.has(id)).map((id) => known.get(id));
    const isAll = jobs.length === ids.length;
    const chooseAll = ({ target }) => ids.forEach((id) => this.#choose(id, target.checked));
    const buttons = Object.entries(ACTIONS).map(([name, { word, may }]) => this.#forAll(name, word, jobs.filter(may)));
    return html`<div class="chosen actions" role="group" aria-label="Selected jobs">
      <label class="check quiet"><input type="checkbox" @change=${chooseAll}
        .checked=${isAll} .indeterminate=${jobs.length > 0 && !isAll}>${jobs.length ? `${jobs.length} selected` : "Select all"}</label>
      ${jobs.length ? buttons : nothing}</div>`;
  }

  #forAll(name, word, able) {
    return html`<button class=${name === "delete" ? "danger" : ""} ?disabled=${!able.length}
      @click=${() => this.#act(name, able.map((job) => job.jobId))}>${word} ${able.length || ""}</button>`;
  }
}

const failure = ({ text, again }) =>
  notice("The jobs cannot be shown", text, html`<button @click=${again}>Try again</button>`);

/** What the list shows before there is any job: how to get the first one. */
function firstSteps() {
  return html`<section class="notice card">
    <h2>No jobs yet</h2>
    <ol>
      <li><strong>Name videos.</strong> Links or codes such as <code>youtube:aqz-KE-bpKQ</code>, as many as you like.</li>
      <li><strong>Watch.</strong> Each is downloaded and looked through; its progress and log are live here.</li>
      <li><strong>Take the frames.</strong> One per shot, without borders and doubles, with exact times; one by one or as a ZIP.</li>
    </ol>
    <p class="actions"><a class="button primary" href=${at("")}>Submit videos</a>
      <a class="button" href=${at(`?url=${encodeURIComponent(SAMPLES)}`)}>Try two samples</a></p></section>`;
}
