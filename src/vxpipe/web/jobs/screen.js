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
import { Pictures, row } from "./row.js";
import { ACTIONS } from "./told.js";
import { aheadOf, FILTERS, joined, view } from "./view.js";

const CLOCK_MS = 15_000;
const PROGRESS_MS = 200;
/** A list that grew by so many jobs by itself begins anew: nobody scrolls through what came in a week. */
const GROWTH = 200;
const SAMPLES = "youtube:aqz-KE-bpKQ\nhttps://vimeo.com/56015672";
const POINTER = matchMedia("(hover: hover)");

export class JobsScreen {
  #place;
  #filter;
  #search;
  #page;
  #failed;
  #shown;
  #most = Infinity;
  #said = "";
  #isBusy = false;
  #chosen = new Set();
  #inView = new Set();
  /** The rows as they were drawn: what goes on is drawn in view only. */
  #drawn = new Map();
  #drawNews = perFrame(() => this.#show());
  #drawSoon = paced(this.#drawNews, PROGRESS_MS);
  #pictures = new Pictures();
  #unfollow = follow({ changed: (job, isNews) => this.#heard(job, isNews), missed: () => this.#read() });
  #clock = setInterval(() => this.#draw(), CLOCK_MS);
  #unbind = bindKeys("Jobs", {
    "/": ["Search", () => this.#place.querySelector("#search").focus()],
    j: ["Next job", () => this.#step(1)],
    k: ["Job before", () => this.#step(-1)],
  });

  constructor(place, where) {
    document.title = "Jobs – vxpipe";
    this.#place = place;
    this.moved(where);
  }

  close() {
    this.#unfollow();
    this.#unbind();
    clearInterval(this.#clock);
  }

  moved({ query }) {
    this.#search = query.get("q") ?? "";
    this.#open(query.get("status"));
  }

  #open(filter) {
    this.#filter = Object.hasOwn(FILTERS, filter) ? filter : "";
    [this.#page, this.#failed, this.#shown] = [null, null, []];
    this.#draw();
    this.#read();
  }

  #draw() {
    this.#drawn.clear();
    this.#drawNews();
  }

  #heard(job, isNews) {
    if (!isNews) return this.#drawSoon();
    if (isFinal(job) && known.has(job.jobId)) announce(`Job ${title(job)}: ${job.status}`);
    this.#drawn.delete(job.jobId);
    this.#drawNews();
  }

  /** A page of the filter: the newest, or the one at a cursor. */
  async #read(cursor = "") {
    const filter = this.#filter;
    const read = await load({ limit: 50, status: filter, cursor }).catch((problem) => ({ problem }));
    if (filter !== this.#filter) return;
    this.#failed = read.problem && { problem: read.problem, again: () => this.#read(cursor) };
    if (!read.problem) this.#take(read, cursor);
    this.#drawNews();
  }

  #take(read, cursor) {
    const isAskedFor = cursor || !this.#page;
    this.#page = joined(this.#page, read, cursor);
    forgetBefore(this.#page.since, this.#filter);
    if (isAskedFor) this.#most = ended().length + GROWTH;
  }

  #choose = (ids, isChosen) => {
    for (const id of ids) this.#chosen[isChosen ? "add" : "delete"](id);
    this.#draw();
  };

  #act = async (name, ids) => {
    if (!(await confirmed(ids.map((id) => known.get(id)), name))) return;
    this.#isBusy = true;
    this.#draw();
    const { done, refusals } = await act(name, ids);
    this.#isBusy = false;
    const refused = refusals.length && `${refusals.length} not: ${refusals[0]}`;
    this.#said = [done && `${plural(done, "job")} ${ACTIONS[name].done}.`, refused].filter(Boolean).join(" ");
    this.#choose(ids, false);
  };

  /** Rows stay where they are while the pointer or the keyboard is at them; a finger leaves a hover behind. */
  #isHeld() {
    const list = this.#place.querySelector(".held");
    return Boolean(list && ((POINTER.matches && list.matches(":hover")) || list.contains(document.activeElement)));
  }

  #letGo = () => {
    this.#shown = [];
    window.scrollTo({ top: 0, behavior: "smooth" });
    this.#drawNews();
  };

  #step(by) {
    const rows = [...this.#place.querySelectorAll(".job")];
    const next = rows[rows.indexOf(document.activeElement.closest(".job")) + by] ?? rows.at(by > 0 ? 0 : -1);
    next?.querySelector(".name").focus();
  }

  #find = ({ target }) => {
    [this.#search, this.#shown] = [target.value, []];
    remember({ q: target.value });
    this.#drawNews();
  };

  #filterBy(status) {
    remember({ status });
    this.#open(status);
  }

  #show() {
    const [page, failed, isHeld] = [this.#page, this.#failed, this.#isHeld()];
    if (page && !isHeld && !this.#chosen.size && ended().length > this.#most) return this.#open(this.#filter);
    const asked = { filter: this.#filter, search: this.#search, shown: this.#shown };
    const { kind, ids, waiting } = view({ jobs: [...known.values()], counts, page, failed, isHeld, ...asked });
    this.#shown = ids;
    const body = { first: firstSteps, loading: () => skeleton(5), none: () => this.#none(), rows: () => this.#rows(ids, waiting) };
    renderScreen(html`
      <div class="screen-head"><h1 tabindex="-1">Jobs</h1>${kind === "first" ? nothing : this.#searchField()}</div>
      ${kind === "first" ? nothing : this.#filters()}
      <p class="said quiet" role="status">${this.#said}</p>
      ${failed ? failure(failed) : nothing}
      ${body[kind]?.()}
      ${page?.cursor ? html`<p class="middle"><button @click=${() => this.#read(page.cursor)}>Load more</button></p>` : nothing}
    `, this.#place);
  }

  #searchField() {
    return html`<label class="search">${icon("search")}<input id="search" type="search" aria-label="Search the jobs"
      placeholder="Search   ( / )" .value=${this.#search} @input=${this.#find}></label>`;
  }

  #filters() {
    const total = counts && Object.values(counts).reduce((sum, count) => sum + count, 0);
    const button = ([name, word]) => html`<button aria-pressed=${String(this.#filter === name)}
      @click=${() => this.#filterBy(name)}>${word} <span class="figure">${(name ? counts?.[name] : total)?.toLocaleString("en")}</span></button>`;
    return html`<div class="filters actions" role="group" aria-label="Show">${Object.entries(FILTERS).map(button)}</div>`;
  }

  #none() {
    const more = this.#page.cursor ? "among the jobs that are loaded; older ones may" : "";
    return html`<p class="notice card middle">
      ${this.#search ? `Nothing matches “${this.#search}” ${more}` : "None at the moment."}</p>`;
  }

  #rows(ids, waiting) {
    const ahead = aheadOf([...known.values()]);
    return html`${this.#group(ids)}<div class="held" @pointerleave=${this.#drawNews} @focusout=${this.#drawNews}>
      ${waiting ? html`<p class="news"><button class="primary" @click=${this.#letGo}>${plural(waiting, "new job")}: show</button></p>` : nothing}
      <ul class="jobs card" aria-label="Jobs" @contentvisibilityautostatechange=${this.#seen}>
        ${repeat(ids, (id) => id, (id) => this.#row(id, ahead.get(id)))}</ul></div>`;
  }

  #row(id, ahead) {
    const [job, isInView] = [known.get(id), this.#inView.has(id)];
    if (isInView && isFinal(job)) this.#pictures.load(job).then((isNews) => isNews && this.#drawNews());
    if (isInView || !this.#drawn.has(id)) {
      const [pictures, isChosen] = [this.#pictures.get(id), this.#chosen.has(id)];
      this.#drawn.set(id, row(job, { ahead, pictures, isChosen, isBusy: this.#isBusy, choose: this.#choose, act: this.#act }));
    }
    return this.#drawn.get(id);
  }

  #seen = ({ target, skipped }) => {
    this.#inView[skipped ? "delete" : "add"](target.dataset.job);
    this.#drawNews();
  };

  #group(ids) {
    const jobs = ids.filter((id) => this.#chosen.has(id)).map((id) => known.get(id));
    const button = ([name, { word, may }]) => {
      const able = jobs.filter(may).map((job) => job.jobId);
      return html`<button class=${name === "delete" ? "danger" : ""} ?disabled=${this.#isBusy || !able.length}
        @click=${() => this.#act(name, able)}>${word} ${able.length || ""}</button>`;
    };
    return html`<div class="chosen actions" role="group" aria-label="Selected jobs">
      <label class="check quiet"><input type="checkbox" .checked=${jobs.length === ids.length}
        @change=${({ target }) => this.#choose(ids, target.checked)}>${jobs.length ? `${jobs.length} selected` : "Select all"}</label>
      ${jobs.length ? Object.entries(ACTIONS).map(button) : nothing}</div>`;
  }
}

function failure({ problem, again }) {
  const [text, word] = problem.status === 401 ? ["This service asks for a key.", "Sign in"] : [problem.message, "Try again"];
  return notice("The jobs cannot be shown", text, html`<button @click=${again}>${word}</button>`);
}

/** What the list shows before there is any job: how to get the first one. */
function firstSteps() {
  return notice("No jobs yet", html`Name videos by links or codes such as <code>youtube:aqz-KE-bpKQ</code>. Each is downloaded and
    looked through while you watch; what it brings is a frame of each shot, without borders and doubles, with its exact time.`,
    html`<p class="actions"><a class="button primary" href=${at("")}>Submit videos</a>
      <a class="button" href=${at(`?url=${encodeURIComponent(SAMPLES)}`)}>Try two samples</a></p>`);
}
