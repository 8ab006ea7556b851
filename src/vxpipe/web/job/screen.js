/** One job, live: where it stands, its videos as lanes, and what came out of the chosen one in tabs. */

import { act } from "../jobs/acts.js";
import { confirmed } from "../jobs/confirm.js";
import { announce } from "../lib/announce.js";
import { get } from "../lib/api.js";
import { showConnection } from "../lib/connection.js";
import { Feed } from "../lib/feed.js";
import { title } from "../lib/format.js";
import { html, nothing, perFrame, renderScreen } from "../lib/html.js";
import { known } from "../lib/jobs.js";
import { bindKeys } from "../lib/keys.js";
import { notice, skeleton } from "../lib/parts.js";
import { navigate, remember } from "../lib/router.js";
import { apply, isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";
import { Again } from "./again.js";
import { CropTab } from "./crop.js";
import { DetailsTab } from "./details.js";
import { FramesTab } from "./frames.js";
import { head } from "./head.js";
import { lanes } from "./lanes.js";
import { Lightbox } from "./lightbox.js";
import { LogTab } from "./log.js";
import { Results } from "./results.js";
import { sheetPanel } from "./sheet.js";
import { tabs } from "./tabs.js";
import { TimelineTab } from "./timeline.js";

const CLOCK_MS = 1000;
const AGAIN_SECONDS = 5;
const PASSING = [0, 429, 503];
const TABS = ["timeline", "frames", "sheet", "crop", "log", "details"];

/** @type {import("../lib/router.js").Screen["open"]} */
export function jobScreen(main, where) {
  const screen = new JobScreen(main, where);
  screen.start();
  return { close: () => screen.close(), moved: (there) => screen.moved(there) };
}

class JobScreen {
  #main;
  #id;
  #tab;
  #index;
  #job = null;
  #problem = null;
  #fault = "";
  #busy = false;
  #feed = null;
  #over = false;
  #clock = 0;
  #gone = new AbortController();
  #unbind = () => {};
  #render = perFrame(() => this.#show());
  #results = new Results(this.#render);
  #again = new Again(this.#render);
  #lightbox = new Lightbox(this.#render, (t) => remember({ t }));
  #log;
  #timeline = new TimelineTab(this.#render, this.#lightbox);
  #frames = new FramesTab(this.#render, this.#lightbox);
  #crop = new CropTab(this.#render);
  #details = new DetailsTab(this.#render);

  constructor(main, { id, query, hash }) {
    document.title = "Job – vxpipe";
    this.#main = main;
    this.#id = id;
    this.#tab = TABS.includes(query.get("tab")) ? query.get("tab") : null;
    this.#index = Math.max(0, (Number(query.get("item")) || 1) - 1);
    this.#log = new LogTab(id, hash);
    if (/^#L\d+$/.test(hash)) this.#tab = "log";
    if (query.has("t")) this.#lightbox.openLater(Number(query.get("t")));
    document.addEventListener("visibilitychange", () => this.#lookAgain(), { signal: this.#gone.signal });
    this.#show();
  }

  /** Read the job and follow it. */
  async start() {
    const [job, problem] = await this.#status().then((found) => [found, null], (failed) => [null, failed]);
    if (this.#over) return;
    if (problem) return this.#fail(problem);
    this.#leave();
    this.#problem = null;
    this.#know(job);
    this.#tab ??= isFinal(this.#job) ? "timeline" : "log";
    this.#index = Math.min(this.#index, this.#job.items.length - 1);
    this.#unbind = this.#bind();
    this.#log.load();
    this.#follow();
    this.#clock = setInterval(() => isFinal(this.#job) || this.#render(), CLOCK_MS);
  }

  close() {
    this.#over = true;
    this.#gone.abort();
    this.#leave();
    this.#lightbox.leave();
    for (const tab of [this.#timeline, this.#log]) tab.close();
  }

  /** Nobody tells of a job that has ended: it may have been tried again elsewhere, or deleted. */
  #lookAgain() {
    if (!document.hidden && this.#job && !this.#problem && isFinal(this.#job)) this.start();
  }

  /** Let go of what holds for as long as the job is shown. */
  #leave() {
    clearInterval(this.#clock);
    this.#unbind();
    this.#feed?.close();
  }

  moved({ query, hash }) {
    this.#tab = TABS.includes(query.get("tab")) ? query.get("tab") : this.#tab;
    this.#index = Math.max(0, (Number(query.get("item")) || 1) - 1);
    if (/^#L\d+$/.test(hash)) {
      this.#tab = "log";
      this.#log.goTo(Number(hash.slice(2)));
    }
    this.#render();
  }

  #status() {
    return get(`/status/${this.#id}?tail=0`);
  }

  #know({ logs, logsTruncated, ...job }) {
    if (this.#job && this.#job.status !== job.status) announce(`Job ${job.status}`);
    this.#job = job;
    this.#render();
  }

  /** From the state that is known on: the log of the past is asked for in pages, the stream brings what is new. */
  #follow() {
    this.#feed?.close();
    if (isFinal(this.#job)) return showConnection("ended");
    this.#feed = new Feed({
      path: `/jobs/${this.#id}/events`,
      resumes: true,
      after: this.#job.lastSeq,
      kinds: ["snapshot", "status", "item", "progress", "log"],
      onEvent: (kind, data) => this.#heard(kind, data),
      onState: (state, retryAt) => this.#connected(state, retryAt),
      check: () => this.#status(),
      onRefused: (problem) => this.#fail(problem),
      isOver: () => isFinal(this.#job),
    });
  }

  #heard(kind, data) {
    if (kind === "snapshot") return this.#know(data);
    if (kind === "log") return this.#log.add(data);
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

  /** What is shown of a job stays, unless it is gone; what may pass is tried again. */
  #fail(problem) {
    if (this.#job && PASSING.includes(problem.status)) return;
    this.#leave();
    showConnection("ended");
    this.#problem = problem;
    if (PASSING.includes(problem.status)) this.#clock = setTimeout(() => this.start(), 1000 * Math.max(problem.retryAfter, AGAIN_SECONDS));
    this.#render();
  }

  /** Cancel, run again what failed, or delete. */
  async #act(name) {
    if (this.#busy || (name === "delete" && !(await confirmed([this.#job])))) return;
    [this.#busy, this.#fault] = [true, ""];
    this.#render();
    const { refusals } = await act(name, [this.#id]);
    [this.#busy, this.#fault] = [false, refusals.join(" ")];
    if (!refusals.length && name === "delete") return navigate("jobs");
    if (!refusals.length) this.#know(known.get(this.#id));
    if (!refusals.length && name === "retry") this.#follow();
    this.#render();
  }

  #choose(tab) {
    this.#tab = tab;
    remember({ tab, t: null }, tab === "log" ? location.hash : "");
    this.#render();
  }

  #choice(index) {
    this.#index = index;
    this.#again.reset();
    this.#timeline.reset();
    remember({ item: this.#job.items.length > 1 ? index + 1 : null, t: null });
    this.#render();
  }

  #bind() {
    const step = (by) => () => this.#choice((this.#index + by + this.#job.items.length) % this.#job.items.length);
    const inLog = (work) => () => {
      this.#choose("log");
      requestAnimationFrame(work);
    };
    const inTimeline = (by) => () => {
      this.#choose("timeline");
      this.#timeline.step(by, this.#results.of(this.#job, this.#index));
    };
    return bindKeys("This job", {
      j: ["Next video", step(1)],
      k: ["Previous video", step(-1)],
      "[": ["Previous candidate on the timeline", inTimeline(-1)],
      "]": ["Next candidate on the timeline", inTimeline(1)],
      "/": ["Find in the log", inLog(() => this.#log.find())],
      f: ["Follow the log", inLog(() => this.#log.toggleFollow())],
      p: ["Pause the log", inLog(() => this.#log.togglePause())],
      e: ["Next error in the log", inLog(() => this.#log.nextError())],
      ...Object.fromEntries(TABS.map((tab, place) => [String(place + 1), [`Tab ${tab}`, () => this.#choose(tab)]])),
    });
  }

  #show() {
    if (this.#over) return;
    renderScreen(this.#job || this.#problem ? this.#screen() : loading(), this.#main);
    if (this.#job && this.#tab === "log") this.#log.shown();
  }

  #screen() {
    if (this.#problem) return failed(this.#problem, () => this.start());
    const job = this.#job;
    const item = job.items[this.#index] ?? job.items[0];
    const found = this.#results.of(job, item.index);
    document.title = `${isFinal(job) ? job.status : `${job.progress} %`} ${title(job)} – vxpipe`;
    return html`${back()}
      ${head(job, { act: (name) => this.#act(name), busy: this.#busy, fault: this.#fault })}
      ${lanes(job, item.index, (index) => this.#choice(index))}
      ${tabs(this.#labels(item, found), this.#tab, (tab) => this.#choose(tab), this.#panel(job, item, found))}
      ${this.#lightbox.template({ ...found, item })}`;
  }

  #labels(item, found) {
    const count = found.frames.length || item.frames;
    const words = { timeline: "Timeline", frames: count ? `Frames ${count}` : "Frames", sheet: "Sheet", crop: "Crop", log: "Log", details: "Details" };
    return TABS.map((name) => ({ name, word: words[name] }));
  }

  #panel(job, item, found) {
    const ctx = { job, item, found, again: this.#again };
    if (this.#tab === "log") return this.#log.template(job);
    if (this.#tab === "details") return this.#details.template(ctx);
    if (found.state !== "ready") return waiting(item, found, () => this.#results.retry(job, item.index));
    const made = { timeline: () => this.#timeline.template(ctx), frames: () => this.#frames.template(ctx), sheet: () => sheetPanel(ctx), crop: () => this.#crop.template(ctx) };
    return made[this.#tab]();
  }
}

const back = () => html`<p class="back"><a href=${at("jobs")}>← All jobs</a></p>`;

const loading = () => html`${back()}<h1 tabindex="-1">Job</h1>${skeleton(4)}`;

function failed(problem, again) {
  const [heading, text] = problem.status === 404
    ? ["There is no such job", "It was deleted, or has expired, or the address is not complete."]
    : ["The job cannot be shown", problem.message];
  return html`${back()}<h1 tabindex="-1">Job</h1>
    ${notice(heading, text, problem.status === 404 ? nothing : html`<button @click=${again}>Try again</button>`)}`;
}

function waiting(item, found, again) {
  if (found.state === "failed") return notice("The results cannot be shown", found.problem.message, html`<button @click=${again}>Try again</button>`);
  if (found.state === "loading") return skeleton(3);
  if (item.status === "failed") return notice("This video gave no frames", `${(item.error?.message ?? "It failed").replace(/\.?$/, ".")} ${item.error?.hint ?? ""}`);
  if (item.status === "cancelled") return notice("This video was cancelled", "Retry runs it again.");
  return notice("Not there yet", "The frames appear here as soon as this video is done. The log tells what happens until then.");
}
