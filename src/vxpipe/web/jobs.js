/** The first view: the box to submit videos, and the list of jobs, live. */

import { get } from "./api.js";
import { showConnection } from "./connection.js";
import { announce, badge, fill, h, notice, perFrame, progressBar, setText } from "./dom.js";
import { Feed } from "./feed.js";
import { ago, moment, plural, summary, title } from "./format.js";
import { apply, isFinal } from "./state.js";
import { submitForm } from "./submit.js";
import { within } from "./within.js";

const PAGE = 20;
const CLOCK_MS = 20_000;

/** @returns {() => void} what ends the view */
export function jobsView(main) {
  document.title = "vxpipe";
  const form = submitForm();
  const list = new JobList((text) => form.suggest(text));
  fill(main, h("h1", { class: "unseen", tabindex: -1 }, "vxpipe: submit videos, follow jobs"), form.element, list.element);
  list.start();
  return () => list.close();
}

class JobList {
  #jobs = new Map();
  #rows = new Map();
  #cursor = null;
  #feed = null;
  #over = false;
  #heardBefore = false;
  #list = h("ul", { class: "jobs" });
  #rest = h("div", { class: "after" });
  #clock = setInterval(() => this.#render(), CLOCK_MS);
  #render = perFrame(() => this.#show());

  constructor(suggest) {
    this.suggest = suggest;
    this.element = h("section", { "aria-labelledby": "jobs-title" }, h("h2", { id: "jobs-title" }, "Jobs"), this.#list, this.#rest);
  }

  async start() {
    fill(this.#rest, h("p", { class: "quiet" }, "Loading jobs …"));
    const found = await this.#load(`/jobs?limit=${PAGE}`);
    if (!found || this.#over) return;
    this.#feed = new Feed({
      path: "/events",
      kinds: ["snapshot", "status", "item", "progress"],
      onEvent: (kind, data) => this.#heard(kind, data),
      onState: (state, retryAt) => showConnection(state, retryAt, () => this.#feed.retry()),
      check: () => get("/jobs?limit=1"),
      onRefused: (problem) => this.#fail(problem),
    });
  }

  close() {
    this.#over = true;
    clearInterval(this.#clock);
    this.#feed?.close();
  }

  async #load(path) {
    try {
      const { jobs, nextCursor } = await get(path);
      for (const job of jobs) this.#put(job);
      this.#cursor = nextCursor;
      this.#showRest();
      this.#render();
      return true;
    } catch (problem) {
      this.#fail(problem);
      return false;
    }
  }

  #heard(kind, data) {
    if (kind === "snapshot") return this.#catchUp(data.jobs);
    const job = this.#jobs.get(data.jobId);
    if (!job) {
      if (kind === "status") this.#fetch(data.jobId);
      return;
    }
    const changed = apply(job, kind, data);
    if (changed && isFinal(job)) announce(`Job ${title(job)}: ${job.status}`);
    this.#render();
  }

  /** A snapshot holds the unfinished jobs only: what ended while nobody listened is asked for. */
  #catchUp(jobs) {
    if (this.#heardBefore) this.#refresh();
    this.#heardBefore = true;
    const unfinished = new Set(jobs.map((job) => job.jobId));
    const ended = [...this.#jobs.values()].filter((job) => !isFinal(job) && !unfinished.has(job.jobId));
    for (const job of jobs) this.#put(job);
    for (const job of ended) this.#fetch(job.jobId);
    if (this.#jobs.size) this.#showRest();
    this.#render();
  }

  async #fetch(id) {
    const job = await get(`/status/${id}?tail=0`).catch(() => null);
    if (!job) return;
    this.#put(job);
    this.#showRest();
    this.#render();
  }

  async #refresh() {
    const { jobs } = await get(`/jobs?limit=${PAGE}`).catch(() => ({ jobs: [] }));
    for (const job of jobs) this.#put(job);
    this.#render();
  }

  /** An answer may be older than what was heard while it was on its way. */
  #put(job) {
    const known = this.#jobs.get(job.jobId);
    if (!known || known.updatedAt <= job.updatedAt) this.#jobs.set(job.jobId, job);
  }

  #showRest() {
    const more = h("button", { type: "button", onclick: () => this.#more(more) }, "Load more");
    fill(this.#rest, this.#cursor && more, !this.#jobs.size && firstSteps(this.suggest));
  }

  async #more(button) {
    button.disabled = true;
    await this.#load(`/jobs?limit=${PAGE}&cursor=${encodeURIComponent(this.#cursor)}`);
  }

  #fail(problem) {
    const again = () => {
      this.#feed?.close();
      this.start();
    };
    fill(this.#rest, notice("The jobs cannot be shown", problem.message, { label: "Try again", run: again }));
  }

  #show() {
    const jobs = [...this.#jobs.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    jobs.forEach((job, place) => {
      const row = this.#row(job.jobId);
      row.update(job);
      if (this.#list.children[place] !== row.element) this.#list.insertBefore(row.element, this.#list.children[place] ?? null);
    });
  }

  #row(id) {
    if (!this.#rows.has(id)) this.#rows.set(id, jobRow(id));
    return this.#rows.get(id);
  }
}

function jobRow(id) {
  const state = h("span", { class: "state" });
  const link = h("a", { class: "name", href: `#/jobs/${id}` });
  const counts = h("span", { class: "counts" });
  const bar = progressBar("Progress");
  const created = h("time", { class: "created" });
  const element = h("li", {}, state, h("span", { class: "what" }, link, counts), bar.element, created);
  let word = "";
  const update = (job) => {
    if (job.status !== word) fill(state, badge(job.status));
    word = job.status;
    setText(link, title(job));
    setText(counts, summary(job.counts));
    bar.update(job);
    created.dateTime = job.createdAt;
    created.title = moment(job.createdAt);
    setText(created, ago(job.createdAt));
  };
  return { element, update };
}

const EXAMPLES = "youtube:aqz-KE-bpKQ\nhttps://vimeo.com/56015672";

function firstSteps(suggest) {
  const curl = [
    `curl ${within("/process")} \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '{"items":[{"platform":"youtube","code":"aqz-KE-bpKQ"}]}'`,
  ].join("\n");
  return h("section", { class: "notice" },
    h("h3", {}, "No jobs yet"),
    h("p", {}, `Name ${plural(2, "video")} like this, one per line:`),
    h("pre", {}, EXAMPLES),
    h("button", { type: "button", onclick: () => suggest(EXAMPLES) }, "Use these lines"),
    h("p", {}, "Or from a terminal; add -H 'X-API-Key: …' where the service asks for a key:"),
    h("pre", {}, curl));
}
