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

let place = null; // another one, or none, as soon as the reader has left
let [id, job, tab, index, problem, starting, feed, log, results, ui] = [];
let [fault, isBusy, clock, unbind] = ["", false, 0, () => {}];

const draw = perFrame(() => place && show());
const drawSoon = paced(draw, LIVE_MS);

/** Nobody tells of what becomes of a job that has ended. */
const lookAgain = () => place && !document.hidden && job && !problem && isFinal(job) && start();

document.addEventListener("visibilitychange", lookAgain);
window.addEventListener("focus", lookAgain);

export function jobScreen(element, where) {
  document.title = "Job – vxpipe";
  [place, id, job, tab, problem, fault, isBusy] = [element, where.id, null, undefined, null, "", false];
  [log, results, ui] = [new JobLog(id, where.hash), new Results(draw), { ...FRESH, allLanes: false }];
  take(where);
  show();
  start();
  return { moved, close };
}

function close() {
  place = null;
  leave();
  log.close();
  ui.sending = null; // the answer to a new run takes nobody there any more
}

function moved(where) {
  take(where);
  if (lineIn(where.hash)) log.goTo(lineIn(where.hash));
  draw();
}

function take({ query, hash }) {
  if (query.get("tab") in PANELS) tab = query.get("tab");
  if (lineIn(hash)) tab = "log";
  index = Math.max(0, (Number(query.get("item")) || 1) - 1);
  ui.open = query.get("t");
}

/** A tab that comes to the front tells so twice. */
async function start() {
  const here = place;
  if (starting === here) return;
  starting = here;
  const told = await status().catch((failure) => place === here && fail(failure));
  if (starting === here) starting = null;
  if (told && place === here) begin(told, here);
}

function begin(told, here) {
  leave();
  problem = null;
  know(told);
  tab ??= isFinal(job) ? "timeline" : "log";
  unbind = bind();
  log.load();
  follow(here);
  clock = setInterval(() => isFinal(job) || draw(), CLOCK_MS);
}

function leave() {
  clearInterval(clock);
  unbind();
  feed?.close();
}

const status = () => get(`/status/${id}?tail=0`);

function know({ logs, logsTruncated, ...told }) {
  if (job && job.status !== told.status) announce(`Job ${told.status}`);
  job = put(told);
  draw();
}

function follow(here) {
  if (isFinal(job)) return showConnection("ended");
  const hearing = (act) => (...told) => place === here && act(...told);
  feed = new Feed({
    path: `/jobs/${id}/events`,
    resumes: true,
    after: job.lastSeq,
    onEvent: hearing(heard),
    onState: hearing(connected),
    check: status,
    onRefused: hearing(fail),
    isOver: () => isFinal(job),
  });
}

function heard(kind, data) {
  if (kind === "snapshot") return know(data);
  if (kind === "log") log.add(data);
  else if (apply(job, kind, data)) announce(`Job ${data.status}`);
  drawSoon();
}

/** After the last event the status is read once more: it has the last word. */
function connected(state, retryAt, why) {
  showConnection(state, retryAt, () => feed.retry(), why);
  if (state === "live") fault = "";
  if (state === "ended") start();
}

/** What is shown of a job stays, unless it is gone; what may pass is tried again. */
function fail(failure) {
  const { isPassing, retryAfter } = failure;
  if (job && isPassing) return;
  leave();
  showConnection("ended");
  problem = failure;
  if (isPassing) clock = setTimeout(start, 1000 * Math.max(retryAfter, AGAIN_SECONDS));
  draw();
}

async function actOn(name) {
  const here = place;
  if (!(await confirmed([job], name)) || place !== here) return;
  [isBusy, fault] = [true, ""];
  draw();
  const { refusals } = await act(name, [id]);
  if (place !== here) return;
  [isBusy, fault] = [false, refusals.join(" ")];
  draw();
  if (refusals.length) return lookAgain();
  if (name === "delete") return navigate("jobs");
  start();
}

function choose(name) {
  tab = name;
  remember({ tab }, tab === "log" ? location.hash : "");
  draw();
}

function chooseVideo(at) {
  index = at;
  remember({ item: index + 1, t: null });
  view().set(FRESH);
}

function bind() {
  const video = (by) => () => chooseVideo((index + by + job.items.length) % job.items.length);
  const inLog = (act) => () => {
    choose("log");
    show();
    act();
  };
  const candidate = (by) => () => {
    choose("timeline");
    step(view(), by);
  };
  return bindKeys("This job", {
    j: ["Next video", video(1)],
    k: ["Previous video", video(-1)],
    "[": ["Previous candidate on the timeline", candidate(-1)],
    "]": ["Next candidate on the timeline", candidate(1)],
    "/": ["Find in the log", inLog(() => log.querySelector("[type=search]").select())],
    f: ["Follow the log", inLog(() => log.follow(true))],
    p: ["Pause the log", inLog(() => log.follow(false))],
    e: ["Next error in the log", inLog(() => log.nextError())],
  });
}

const show = () => renderScreen(html`<p class="quiet"><a href="../jobs">← All jobs</a></p>${content()}`, place);

function content() {
  if (problem) return html`<h1 tabindex="-1">Job</h1>${refused(problem, start)}`;
  if (!job) return html`<h1 tabindex="-1">Job</h1>${skeleton(4)}`;
  const here = view();
  document.title = `${isFinal(job) ? job.status : `${job.progress} %`} ${title(job)} – vxpipe`;
  return html`${head(job, actOn, isBusy, fault)}
    ${lanes(here, chooseVideo)}
    ${tabs(Object.keys(PANELS), tab, choose, panel(here))}
    ${lightbox(here)}`;
}

function view() {
  const [item, shown] = [job.items[index] ?? job.items[0], ui];
  const set = (values) => {
    Object.assign(shown, values);
    draw();
  };
  return { job, item, found: results.of(job, item), ui, set };
}

function panel(here) {
  if (tab === "log") return log.of(job);
  return tab === "details" || here.found.state === "ready" ? PANELS[tab](here) : waiting(here.item, here.found);
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
