/** One job: where it stands, its videos, its log and its frames, live. */

import { announce } from "../lib/announce.js";
import { get, post } from "../lib/api.js";
import { showConnection } from "../lib/connection.js";
import { badge, fill, h, notice, progressBar, setText } from "../lib/dom.js";
import { perFrame } from "../lib/html.js";
import { Feed } from "../lib/feed.js";
import { ago, moment, span, summary, title } from "../lib/format.js";
import { Results } from "./frames.js";
import { ItemsTable } from "./items.js";
import { LogView } from "./log.js";
import { apply, isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";

const CLOCK_MS = 1000;

/** @type {import("../lib/router.js").Screen["open"]} */
export function jobScreen(main, { id }) {
  document.title = "Job – vxpipe";
  let view = null;
  const begin = () => {
    view?.close();
    view = new JobView(main, id, begin);
    view.start();
  };
  begin();
  return { close: () => view.close() };
}

class JobView {
  #main;
  #again;
  #id;
  #job = null;
  #startedAt = null;
  #knownUntil = "";
  #feed = null;
  #over = false;
  #clock = 0;
  #log = new LogView();
  #results;
  #items = new ItemsTable((index) => this.#results.goTo(index));
  #head;
  #render = perFrame(() => this.#show());

  constructor(main, id, again) {
    this.#main = main;
    this.#again = again;
    this.#id = id;
    this.#results = new Results(id);
    this.#head = new Head(() => this.#cancel());
  }

  async start() {
    const loading = h("p", { class: "quiet" }, "Loading …");
    fill(this.#main, back(), this.#head.element, loading);
    try {
      this.#know(await this.#status());
    } catch (problem) {
      return this.#fail(problem);
    }
    if (this.#over) return;
    loading.remove();
    this.#lay();
    this.#feed = new Feed({
      path: `/jobs/${this.#id}/events`,
      resumes: true,
      kinds: ["snapshot", "status", "item", "progress", "log"],
      onEvent: (kind, data) => this.#heard(kind, data),
      onState: (state, retryAt) => this.#connected(state, retryAt),
      check: () => this.#status(),
      onRefused: (problem) => this.#fail(problem),
      isOver: () => isFinal(this.#job),
    });
    this.#clock = setInterval(this.#render, CLOCK_MS);
  }

  close() {
    this.#over = true;
    clearInterval(this.#clock);
    this.#feed?.close();
  }

  #status() {
    return get(`/status/${this.#id}?tail=0`);
  }

  /** What is known from a whole status: the replay that follows tells the past, and must not turn the page back. */
  #know({ logs, logsTruncated, ...job }) {
    this.#job = job;
    this.#knownUntil = job.updatedAt;
    this.#render();
  }

  /** A finished job is opened for its frames, a running one for its log. */
  #lay() {
    const [log, results] = [this.#log.element, this.#results.element];
    const parts = isFinal(this.#job) ? [results, log] : [log, results];
    this.#main.append(this.#items.element, ...parts);
    this.#show();
  }

  #heard(kind, data) {
    if (kind === "snapshot") return this.#know(data);
    if (kind === "log") return this.#log.add(data);
    if (kind === "status" && data.status === "running") this.#startedAt ??= data.ts;
    if (data.ts < this.#knownUntil) return;
    if (apply(this.#job, kind, data)) announce(`Job ${data.status}`);
    this.#render();
  }

  /** After the last event the whole status is read once more: it has the last word. */
  async #connected(state, retryAt) {
    showConnection(state, retryAt, () => this.#feed.retry());
    if (state !== "ended" || this.#over) return;
    const job = await this.#status().catch(() => null);
    if (job) this.#know(job);
  }

  async #cancel() {
    try {
      this.#know(await post(`/jobs/${this.#id}/cancel`));
    } catch (problem) {
      this.#head.fault(problem.message);
    }
  }

  #show() {
    if (!this.#job || this.#over) return;
    this.#head.update(this.#job, this.#startedAt);
    this.#items.update(this.#job.items);
    this.#results.update(this.#job.items);
  }

  #fail(problem) {
    clearInterval(this.#clock);
    if (this.#over) return;
    const [heading, text, action] = problem.status === 404
      ? ["There is no such job", "It was deleted, or the address is not complete."]
      : ["The job cannot be shown", problem.message, { label: "Try again", run: this.#again }];
    fill(this.#main, back(), h("h1", { tabindex: -1 }, "Job"), notice(heading, text, action));
  }
}

class Head {
  #state = h("span", {});
  #title = h("h1", { tabindex: -1 }, "Job");
  #bar = progressBar("Progress of the job");
  #counts = h("span", {});
  #where = h("div", { class: "where", hidden: true }, this.#state, this.#bar.element, this.#counts);
  #times = h("dl", { class: "times" });
  #fault = h("p", { class: "fault", role: "alert" });
  #cancel;
  #asked = false;
  #word = "";

  constructor(cancel) {
    this.#cancel = h("button", { type: "button", hidden: true, onclick: () => this.#ask(cancel) }, "Cancel job");
    this.element = h("header", { class: "job-head" },
      h("div", { class: "bar-line" }, this.#title, this.#cancel),
      this.#where, this.#times, this.#fault);
  }

  update(job, startedAt) {
    if (job.status !== this.#word) fill(this.#state, badge(job.status));
    this.#word = job.status;
    setText(this.#title, title(job));
    this.#bar.update(job);
    setText(this.#counts, summary(job.counts));
    this.#where.hidden = false;
    this.#cancel.hidden = isFinal(job);
    document.title = isFinal(job) ? `${job.status}: ${title(job)} – vxpipe` : `${job.progress}% ${title(job)} – vxpipe`;
    this.#showTimes(job, startedAt);
  }

  fault(text) {
    this.#asked = false;
    this.#cancel.disabled = false;
    setText(this.#cancel, "Cancel job");
    setText(this.#fault, text);
  }

  #ask(cancel) {
    if (this.#asked) return;
    this.#asked = true;
    this.#title.focus();
    this.#cancel.disabled = true;
    setText(this.#cancel, "Cancelling …");
    cancel();
  }

  #showTimes(job, startedAt) {
    const until = job.finishedAt ? Date.parse(job.finishedAt) : Date.now();
    const took = startedAt && span((until - Date.parse(startedAt)) / 1000);
    const rows = [
      ["Job", job.jobId],
      ["Created", `${moment(job.createdAt)} (${ago(job.createdAt)})`],
      ["Started", startedAt && moment(startedAt)],
      ["Finished", job.finishedAt && moment(job.finishedAt)],
      [job.finishedAt ? "Took" : "Running for", took],
    ].filter(([, text]) => text);
    while (this.#times.childElementCount > rows.length) this.#times.lastElementChild.remove();
    rows.forEach(([name, text], at) => {
      const row = this.#times.children[at] ?? this.#times.appendChild(h("div", {}, h("dt", {}), h("dd", {})));
      setText(row.firstElementChild, name);
      setText(row.lastElementChild, text);
    });
  }
}

function back() {
  return h("p", { class: "back" }, h("a", { href: at("jobs") }, "← All jobs"));
}
