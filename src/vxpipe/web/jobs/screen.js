/** The list of jobs, live. */

import { announce } from "../lib/announce.js";
import { get } from "../lib/api.js";
import { showConnection } from "../lib/connection.js";
import { badge, fill, h, notice, progressBar, setText } from "../lib/dom.js";
import { perFrame } from "../lib/html.js";
import { Feed } from "../lib/feed.js";
import { ago, moment, summary, title } from "../lib/format.js";
import { apply, isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";

const PAGE = 20;
const CLOCK_MS = 20_000;

/** @type {import("../lib/router.js").Screen["open"]} */
export function jobsScreen(main) {
  document.title = "Jobs – vxpipe";
  const list = new JobList();
  fill(main, h("h1", { tabindex: -1 }, "Jobs"), list.element);
  list.start();
  return { close: () => list.close() };
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

  constructor() {
    this.element = h("section", {}, this.#list, this.#rest);
  }

  async start() {
    fill(this.#rest, h("p", { class: "quiet" }, "Loading jobs …"));
    const found = await this.#load(`/jobs?limit=${PAGE}`);
    if (!found || this.#over) return;
    this.#feed = new Feed({
      path: "/events",
      resumes: false,
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
    fill(this.#rest, this.#cursor && more, !this.#jobs.size && firstSteps());
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
  const link = h("a", { class: "name", href: at(`jobs/${id}`) });
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

function firstSteps() {
  const curl = [
    `curl ${location.origin}${at("process")} \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '{"items":[{"platform":"youtube","code":"aqz-KE-bpKQ"}]}'`,
  ].join("\n");
  return h("section", { class: "notice" },
    h("h2", {}, "No jobs yet"),
    h("p", {}, h("a", { href: at("") }, "Submit videos"), " on this page, or from a terminal; add -H 'X-API-Key: …' where the service asks for a key:"),
    h("pre", {}, curl));
}
