/** One job, live: where it stands, its videos as lanes, and what came out of the chosen one in tabs. */

import { act, confirmed } from "../jobs/acts.js";
import { announce } from "../lib/announce.js";
import { get } from "../lib/api.js";
import { showConnection } from "../lib/connection.js";
import { Feed } from "../lib/feed.js";
import { title } from "../lib/format.js";
import { html, nothing, paced, perFrame, renderScreen } from "../lib/html.js";
import { put } from "../lib/jobs.js";
import { bindKeys } from "../lib/keys.js";
import { notice, skeleton } from "../lib/parts.js";
import { navigate, remember } from "../lib/router.js";
import { apply, isFinal } from "../lib/state.js";
import { NOTHING_TRIED } from "./again.js";
import { cropTab } from "./crop.js";
import { detailsTab } from "./details.js";
import { framesTab, sheetTab } from "./frames.js";
import { head } from "./head.js";
import { lanes } from "./lanes.js";
import { lightbox } from "./lightbox.js";
import { JobLog, lineIn } from "./log.js";
import { Results } from "./results.js";
import { tabs } from "./tabs.js";
import { step, timelineTab } from "./timeline.js";

const LIVE_MS = 100;
const CLOCK_MS = 1000;
const AGAIN_SECONDS = 5;
const PANELS = { __proto__: null, timeline: timelineTab, frames: framesTab, sheet: sheetTab, crop: cropTab, log: null, details: detailsTab };
const FRESH = { ...NOTHING_TRIED, held: null, pointed: null, candidates: 0, shot: "", share: 50, open: null };

export const jobScreen = (main, where) => new JobScreen(main, where);

class JobScreen {
  #main;
  #id;
  #tab;
  #index = 0;
  #job;
  #problem;
  #fault = "";
  #isBusy = false;
  #feed;
  #starting;
  #closed = new AbortController();
  #clock = 0;
  #unbind = () => {};
  #ui = { ...FRESH, allLanes: false };
  #render = perFrame(() => this.#show());
  #renderLive = paced(this.#render, LIVE_MS);
  #results = new Results(this.#render);
  #log;

  constructor(main, where) {
    document.title = "Job – vxpipe";
    [this.#main, this.#id, this.#log] = [main, where.id, new JobLog(where.id, where.hash)];
    this.#place(where);
    for (const [target, event] of [[document, "visibilitychange"], [window, "focus"]])
      target.addEventListener(event, () => this.#lookAgain(), { signal: this.#closed.signal });
    this.#show();
    this.#start();
  }

  /** A tab that comes to the front tells so twice. */
  #start() {
    this.#starting ??= this.#begin().finally(() => (this.#starting = null));
  }

  async #begin() {
    const job = await this.#status().catch((problem) => this.#fail(problem));
    if (!job || this.#closed.signal.aborted) return;
    this.#leave();
    this.#problem = null;
    this.#know(job);
    this.#tab ??= isFinal(job) ? "timeline" : "log";
    this.#unbind = this.#bind();
    this.#log.load();
    this.#follow();
    this.#clock = setInterval(() => isFinal(this.#job) || this.#render(), CLOCK_MS);
  }

  close() {
    this.#closed.abort();
    this.#leave();
    this.#log.close();
    this.#ui.sending = null; // the answer to a new run takes nobody there any more
  }

  moved(where) {
    this.#place(where);
    if (lineIn(where.hash)) this.#log.goTo(lineIn(where.hash));
    this.#render();
  }

  #place({ query, hash }) {
    if (query.get("tab") in PANELS) this.#tab = query.get("tab");
    if (lineIn(hash)) this.#tab = "log";
    this.#index = Math.max(0, (Number(query.get("item")) || 1) - 1);
    this.#ui.open = query.get("t");
  }

  /** Nobody tells of what becomes of a job that has ended. */
  #lookAgain() {
    if (!document.hidden && this.#job && !this.#problem && isFinal(this.#job)) this.#start();
  }

  #leave() {
    clearInterval(this.#clock);
    this.#unbind();
    this.#feed?.close();
  }

  #status() {
    return get(`/status/${this.#id}?tail=0`);
  }

  #know({ logs, logsTruncated, ...job }) {
    if (this.#job && this.#job.status !== job.status) announce(`Job ${job.status}`);
    this.#job = put(job);
    this.#render();
  }

  #follow() {
    if (isFinal(this.#job)) return showConnection("ended");
    this.#feed = new Feed({
      path: `/jobs/${this.#id}/events`,
      resumes: true,
      after: this.#job.lastSeq,
      onEvent: (kind, data) => this.#heard(kind, data),
      onState: (...told) => this.#connected(...told),
      check: () => this.#status(),
      onRefused: (problem) => this.#fail(problem),
      isOver: () => isFinal(this.#job),
    });
  }

  #heard(kind, data) {
    if (kind === "snapshot") return this.#know(data);
    if (kind === "log") this.#log.add(data);
    else if (apply(this.#job, kind, data)) announce(`Job ${data.status}`);
    this.#renderLive();
  }

  /** After the last event the status is read once more: it has the last word. */
  #connected(state, retryAt, why) {
    showConnection(state, retryAt, () => this.#feed.retry(), why);
    if (state === "live") this.#fault = "";
    if (state === "ended") this.#start();
  }

  /** What is shown of a job stays, unless it is gone; what may pass is tried again. */
  #fail(problem) {
    const { isPassing, retryAfter } = problem;
    if (this.#closed.signal.aborted || (this.#job && isPassing)) return;
    this.#leave();
    showConnection("ended");
    this.#problem = problem;
    if (isPassing) this.#clock = setTimeout(() => this.#start(), 1000 * Math.max(retryAfter, AGAIN_SECONDS));
    this.#render();
  }

  async #act(name) {
    if (!(await confirmed([this.#job], name))) return;
    [this.#isBusy, this.#fault] = [true, ""];
    this.#render();
    const { refusals } = await act(name, [this.#id]);
    [this.#isBusy, this.#fault] = [false, refusals.join(" ")];
    this.#render();
    if (refusals.length) return this.#lookAgain();
    if (name === "delete") return navigate("jobs");
    this.#start();
  }

  #set(values) {
    Object.assign(this.#ui, values);
    this.#render();
  }

  #choose(tab) {
    this.#tab = tab;
    remember({ tab }, tab === "log" ? location.hash : "");
    this.#render();
  }

  #choice(index) {
    this.#index = index;
    remember({ item: index + 1, t: null });
    this.#set(FRESH);
  }

  #bind() {
    const video = (by) => () => this.#choice((this.#index + by + this.#job.items.length) % this.#job.items.length);
    const find = () => {
      this.#choose("log");
      requestAnimationFrame(() => this.#log.querySelector("[type=search]").select());
    };
    const candidate = (by) => () => {
      this.#choose("timeline");
      step(this.#view(), by);
    };
    return bindKeys("This job", {
      j: ["Next video", video(1)],
      k: ["Previous video", video(-1)],
      "[": ["Previous candidate on the timeline", candidate(-1)],
      "]": ["Next candidate on the timeline", candidate(1)],
      "/": ["Find in the log", find],
    });
  }

  #show() {
    if (this.#closed.signal.aborted) return;
    renderScreen(html`<p class="quiet"><a href="../jobs">← All jobs</a></p>${this.#content()}`, this.#main);
  }

  #content() {
    if (this.#problem) return html`<h1 tabindex="-1">Job</h1>${refused(this.#problem, () => this.#start())}`;
    const job = this.#job;
    if (!job) return html`<h1 tabindex="-1">Job</h1>${skeleton(4)}`;
    const view = this.#view();
    document.title = `${isFinal(job) ? job.status : `${job.progress} %`} ${title(job)} – vxpipe`;
    return html`${head(job, (name) => this.#act(name), this.#isBusy, this.#fault)}
      ${lanes(view, (index) => this.#choice(index))}
      ${tabs(Object.keys(PANELS), this.#tab, (tab) => this.#choose(tab), this.#panel(view))}
      ${lightbox(view)}`;
  }

  #view() {
    const job = this.#job;
    const item = job.items[this.#index] ?? job.items[0];
    return { job, item, found: this.#results.of(job, item), ui: this.#ui, set: (values) => this.#set(values) };
  }

  #panel(view) {
    if (this.#tab === "log") return this.#log.of(this.#job);
    return this.#tab === "details" || view.found.state === "ready" ? PANELS[this.#tab](view) : waiting(view.item, view.found);
  }
}

const again = (act) => html`<button @click=${act}>Try again</button>`;

const refused = ({ status, message }, act) => (status === 404
  ? notice("There is no such job", "It was deleted, has expired, or the address is incomplete.")
  : notice("The job cannot be shown", message, again(act)));

function waiting({ status, error }, found) {
  if (found.state === "failed") return notice("The results cannot be shown", found.problem.message, again(found.again));
  if (found.state === "loading") return skeleton(3);
  if (status === "failed") return notice("This video gave no frames", [error?.message, error?.hint].filter(Boolean).join(". "));
  if (status === "cancelled") return notice("This video was cancelled", "Retry runs it again.");
  return notice("Not there yet", "The frames appear here once this video is done.");
}
