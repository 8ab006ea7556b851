/** The list of jobs: live, calm, and the place to cancel, retry and delete. */

import { announce } from "../lib/announce.js";
import { plural, title } from "../lib/format.js";
import { html, nothing, paced, perFrame, renderScreen, repeat } from "../lib/html.js";
import { counts, ended, follow, forgetBefore, known, load } from "../lib/jobs.js";
import { bindKeys } from "../lib/keys.js";
import { notice, skeleton } from "../lib/parts.js";
import { remember } from "../lib/router.js";
import { isFinal } from "../lib/state.js";
import { at } from "../lib/urls.js";
import { act, confirmed } from "./acts.js";
import { row } from "./row.js";
import { ACTIONS } from "./told.js";
import { FILTERS, joined, queueOf, view } from "./view.js";

/** A list that grew by so many jobs by itself begins anew. */
const GROWTH = 200;
const SAMPLES = "?url=youtube:aqz-KE-bpKQ%0Ahttps://vimeo.com/56015672";
const POINTER = matchMedia("(hover: hover)");

const [chosen, inView] = [new Set(), new Set()];
/** The rows as they were drawn: what goes on is drawn in view only. */
const drawn = new Map();
const drawNews = perFrame(show);
const drawSoon = paced(drawNews, 200);
let place = null;
let list = {};
let said = "";

export function jobsScreen(element, where) {
  document.title = "Jobs – vxpipe";
  [place, said] = [element, ""];
  chosen.clear();
  const unfollow = follow({ changed: heard, missed: () => read() });
  const clock = setInterval(drawAll, 15_000);
  const unbind = bindKeys("Jobs", {
    "/": ["Search", () => place.querySelector("#search").focus()],
    j: ["Next job", () => step(1)],
    k: ["Job before", () => step(-1)],
  });
  moved(where);
  return { moved, close: () => [unfollow(), unbind(), clearInterval(clock)] };
}

function moved({ query }) {
  const status = query.get("status");
  open(Object.hasOwn(FILTERS, status) ? status : "", query.get("q") ?? "");
}

function drawAll() {
  drawn.clear();
  drawNews();
}

function open(filter, search) {
  list = { filter, search, page: null, failed: null, shown: [] };
  remember({ status: filter, q: search });
  drawAll();
  read();
}

async function read(cursor = "") {
  const asked = list;
  const { problem, ...page } = await load({ limit: 50, status: asked.filter, cursor }).catch((problem) => ({ problem }));
  if (asked !== list) return;
  list.failed = problem && { problem, cursor };
  if (!problem) take(page, cursor);
  drawNews();
}

function take(page, cursor) {
  const isAskedFor = cursor || !list.page;
  list.page = joined(list.page, page, cursor);
  forgetBefore(list.page.since, list.filter);
  if (isAskedFor) list.most = ended().length + GROWTH;
}

function heard(job, isNews) {
  if (!isNews) return drawSoon();
  if (isFinal(job) && known.has(job.jobId)) announce(`Job ${title(job)}: ${job.status}`);
  drawn.delete(job.jobId);
  drawNews();
}

function choose(ids, isChosen) {
  for (const id of ids) chosen[isChosen ? "add" : "delete"](id);
  drawAll();
}

async function actOn(name, ids) {
  if (!(await confirmed(ids.map((id) => known.get(id)), name))) return;
  const { done, refusals } = await act(name, ids);
  said = `${plural(done, "job")} ${ACTIONS[name].done}. ${refusals.length ? `${refusals.length} not: ${refusals[0]}` : ""}`;
  choose(ids, false);
}

function find({ target }) {
  Object.assign(list, { search: target.value, shown: [] });
  remember({ q: target.value });
  drawNews();
}

function letGo() {
  list.shown = [];
  window.scrollTo({ top: 0, behavior: "smooth" });
  drawNews();
}

function step(by) {
  const names = [...place.querySelectorAll(".name")];
  (names[names.indexOf(document.activeElement) + by] ?? names.at(by > 0 ? 0 : -1))?.focus();
}

/** Rows stay where they are while the pointer or the keyboard is at them; a finger leaves a hover behind. */
function isHeld() {
  const rows = place.querySelector(".held");
  return rows && ((POINTER.matches && rows.matches(":hover")) || rows.contains(document.activeElement));
}

function show() {
  const [{ filter, search, page, failed, most }, isStill] = [list, isHeld()];
  if (!isStill && !chosen.size && ended().length > most) return open(filter, search);
  const { kind, ids, waiting } = view({ ...list, jobs: [...known.values()], counts, isHeld: isStill });
  list.shown = ids;
  const body = { first: firstSteps, loading: () => skeleton(5), none: () => none(list), rows: () => rows(ids, waiting) };
  renderScreen(html`<div class="screen-head"><h1 tabindex="-1">Jobs</h1>
      ${kind === "first" ? nothing : html`<input id="search" type="search" aria-label="Search the jobs"
        placeholder="Search   ( / )" .value=${search} @input=${find}>`}</div>
    ${kind === "first" ? nothing : filters()}
    <p class="said quiet" role="status">${said}</p>
    ${failed ? failure(failed.problem, () => read(failed.cursor)) : nothing}
    ${body[kind]?.()}
    ${page?.cursor ? html`<p class="middle"><button @click=${() => read(page.cursor)}>Load more</button></p>` : nothing}`, place);
}

function filters() {
  const all = counts && Object.values(counts).reduce((sum, count) => sum + count, 0);
  const button = ([name, word]) => html`<button aria-pressed=${String(list.filter === name)} @click=${() => open(name, list.search)}>
    ${word} <span class="figure">${name ? counts?.[name] : all}</span></button>`;
  return html`<div class="filters actions" role="group" aria-label="Show">${Object.entries(FILTERS).map(button)}</div>`;
}

function rows(ids, waiting) {
  const queue = queueOf([...known.values()]);
  return html`${group(ids)}<div class="held" @pointerleave=${drawNews} @focusout=${drawNews}>
    ${waiting ? html`<p class="news"><button class="primary" @click=${letGo}>${plural(waiting, "new job")}: show</button></p>` : nothing}
    <ul class="jobs card" aria-label="Jobs" @contentvisibilityautostatechange=${seen}>
      ${repeat(ids, (id) => id, (id) => rowOf(known.get(id), queue))}</ul></div>`;
}

function seen({ target, skipped }) {
  inView[skipped ? "delete" : "add"](target.dataset.job);
  drawNews();
}

function rowOf(job, queue) {
  const id = job.jobId;
  const draw = () => row(job, { ahead: queue.indexOf(job), isChosen: chosen.has(id), choose, act: actOn });
  if (inView.has(id) || !drawn.has(id)) drawn.set(id, draw());
  return drawn.get(id);
}

function group(ids) {
  const jobs = ids.filter((id) => chosen.has(id)).map((id) => known.get(id));
  const button = ([name, { word, may }]) => {
    const able = jobs.filter(may).map((job) => job.jobId);
    return html`<button class=${name === "delete" ? "danger" : ""} ?disabled=${!able.length}
      @click=${() => actOn(name, able)}>${word} ${able.length || ""}</button>`;
  };
  return html`<div class="chosen actions" role="group" aria-label="Selected jobs">
    <label class="check quiet"><input type="checkbox" .checked=${jobs.length === ids.length}
      @change=${({ target }) => choose(ids, target.checked)}>${jobs.length ? `${jobs.length} selected` : "Select all"}</label>
    ${jobs.length ? Object.entries(ACTIONS).map(button) : nothing}</div>`;
}

const none = ({ search }) => html`<p class="notice card middle">
  ${search ? `None of the jobs that are loaded matches “${search}”.` : "None at the moment."}</p>`;

function failure({ status, message }, again) {
  const [text, word] = status === 401 ? ["This service asks for a key.", "Sign in"] : [message, "Try again"];
  return notice("The jobs cannot be shown", text, html`<button @click=${again}>${word}</button>`);
}

const firstSteps = () => notice("No jobs yet", html`Name videos by links or codes such as <code>youtube:aqz-KE-bpKQ</code>, and watch:
  each brings a frame of every shot, with its exact time, without borders and doubles.`,
html`<p class="actions"><a class="button primary" href=${at("")}>Submit videos</a>
  <a class="button" href=${at(SAMPLES)}>Try two samples</a></p>`);
