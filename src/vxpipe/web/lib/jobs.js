/** The jobs that this page knows, kept up to date by `/events` while a screen follows them. */

import { get } from "./api.js";
import { showConnection } from "./connection.js";
import { Feed } from "./feed.js";
import { paced } from "./html.js";
import { apply, isFinal } from "./state.js";

const COUNT_MS = 1000;
const READ_AGAIN_MS = 30_000;

export const known = new Map();

/** In each state; null until it was told. */
export let counts = null;

let follower = null;
const recount = paced(() => get("/jobs?limit=1").then(counted, () => {}), COUNT_MS);
/** Whether anything was heard of a job that is being read. */
const reading = new Map();
let feed = null;
let seen = { mark: "", at: 0 };

/**
 * Tell a screen until it calls what comes back. `changed(job, isNews)`: news where its status is another now; `changed(null)`:
 * the counts are; `missed()`: the list has to be read again.
 */
export function follow(screen) {
  follower = screen;
  connect();
  return () => {
    feed?.close();
    follower = feed = null;
  };
}

export const ended = () => [...known.values()].filter(isFinal);

/** What ended and is older or of another state than what a list shows. */
export function forgetBefore(since, filter) {
  for (const { jobId, createdAt, status } of ended())
    if (createdAt < since || (filter && filter !== status)) known.delete(jobId);
}

/** What has ended and should stand on a first page, but does not, was deleted. */
export async function load(query) {
  const before = ended().filter(({ status }) => !query.status || status === query.status);
  const answer = await get(`/jobs?${new URLSearchParams(query)}`);
  const { jobs, nextCursor } = answer;
  const [newest, oldest] = [jobs[0], jobs.at(-1)].map((job) => job?.createdAt ?? "");
  const there = new Set(jobs.map(({ jobId }) => jobId));
  const isGone = (job) => !there.has(job.jobId) && isFinal(job) && (!nextCursor || job.createdAt > oldest);
  if (!query.cursor) for (const { jobId } of before.filter(isGone)) forget(jobId);
  jobs.forEach(put);
  counted(answer);
  return { newest, oldest, nextCursor };
}

/** An answer may be older than what was heard while it was on its way. */
export function put(job) {
  const before = known.get(job.jobId);
  if (before?.updatedAt > job.updatedAt) return before;
  known.set(job.jobId, job);
  tell(job, before !== undefined && before.status !== job.status);
  return job;
}

export function forget(id) {
  const job = known.get(id);
  if (!known.delete(id)) return;
  tell(job, true);
  recount();
}

const tell = (job, isNews) => follower?.changed(job, isNews);

function counted(answer) {
  ({ counts } = answer);
  tell(null, false);
}

function connect() {
  feed ??= new Feed({
    path: "/events",
    resumes: false,
    onEvent: heard,
    onState: (state, retryAt, why) => showConnection(state, retryAt, () => feed.retry(), why),
    onRefused() {
      feed = null;
      showConnection("ended");
    },
  });
}

/** Who declined to sign in may do so later. */
window.addEventListener("signed-in", () => follower && connect());

function heard(kind, data) {
  if (kind === "snapshot") return catchUp(data);
  const job = known.get(data.jobId);
  if (job) tell(job, apply(job, kind, data));
  const isMissed = reading.has(data.jobId) ? kind !== "progress" : !job; // a tick more is at hand
  if (isMissed) read(data.jobId);
  if (kind === "status") recount();
}

/** And again where something was heard of it meanwhile. */
async function read(id) {
  if (reading.has(id)) return reading.set(id, true);
  do {
    reading.set(id, false);
    await get(`/status/${id}?tail=0`).then(put, ({ status }) => status === 404 && forget(id));
  } while (reading.get(id));
  reading.delete(id);
}

/**
 * A snapshot holds the unfinished jobs only: what ended while nobody listened is asked for. A tab that looks in every two
 * seconds reads its list only where something ended or came, and now and then.
 */
async function catchUp(snapshot) {
  const unfinished = new Set(snapshot.jobs.map(({ jobId }) => jobId));
  const missed = [...known.values()].filter((job) => !isFinal(job) && !unfinished.has(job.jobId));
  snapshot.jobs.forEach(put);
  counted(snapshot);
  const mark = JSON.stringify([snapshot.counts, ...unfinished]);
  if (mark !== seen.mark || Date.now() > seen.at + READ_AGAIN_MS) {
    seen = { mark, at: Date.now() };
    follower?.missed();
  }
  for (const { jobId } of missed) await read(jobId);
}
