/** The jobs that this page knows, kept up to date by `/events` for as long as a screen follows them. */

import { get } from "./api.js";
import { showConnection } from "./connection.js";
import { Feed } from "./feed.js";
import { apply, isFinal } from "./state.js";

/** @type {Map<string, object>} */
export const known = new Map();

const followers = new Set();
let feed = null;

/**
 * Be told of every change: `told(job, isNews)`, where news is that a known job's status word changed; `told(null)` when
 * a connection begins: what was missed before has to be read.
 * @returns {() => void} what ends it
 */
export function follow(told) {
  followers.add(told);
  feed ??= connect();
  return () => {
    followers.delete(told);
    setTimeout(leaveIfAlone); // the next screen may follow at once
  };
}

/**
 * Load a page of the list: what the newest and the oldest job on it were created at, and the cursor of the next. What has
 * ended and should stand on a first page, but does not, was deleted.
 */
export async function load(query) {
  const ended = [...known.values()].filter((job) => isFinal(job) && (!query.status || job.status === query.status));
  const { jobs, nextCursor } = await get(`/jobs?${new URLSearchParams(query)}`);
  const [newest, oldest] = [jobs[0]?.createdAt ?? "", jobs.at(-1)?.createdAt ?? ""];
  const there = new Set(jobs.map((job) => job.jobId));
  const isGone = (job) => !there.has(job.jobId) && isFinal(job) && (!nextCursor || job.createdAt > oldest);
  if (!query.cursor) for (const job of ended.filter(isGone)) forget(job.jobId);
  for (const job of jobs) put(job);
  return { newest, oldest, nextCursor };
}

/** Read one job anew; one that is not there any more is forgotten. */
async function refresh(id) {
  try {
    const { logs, logsTruncated, ...job } = await get(`/status/${id}?tail=0`);
    put(job);
  } catch (problem) {
    if (problem.status === 404) forget(id);
  }
}

/** A job as an answer told of it; the answer may be older than what was heard while it was on its way. */
export function put(job) {
  const before = known.get(job.jobId);
  if (before && before.updatedAt > job.updatedAt) return before;
  known.set(job.jobId, job);
  tell(job, before !== undefined && before.status !== job.status);
  return job;
}

/** A job that was deleted. */
export function forget(id) {
  const job = known.get(id);
  known.delete(id);
  if (job) tell(job, true);
}

function tell(job, isNews) {
  for (const told of followers) told(job, isNews);
}

function leaveIfAlone() {
  if (followers.size || !feed) return;
  feed.close();
  feed = null;
}

function connect() {
  const made = new Feed({
    path: "/events",
    resumes: false,
    kinds: ["snapshot", "status", "item", "progress"],
    onEvent: heard,
    onState: (state, retryAt) => showConnection(state, retryAt, () => made.retry()),
    check: () => get("/jobs?limit=1"),
    onRefused: () => {
      feed = null;
      showConnection("ended");
    },
  });
  return made;
}

/** Who declined to sign in may do so later, for something else. */
window.addEventListener("signed-in", () => {
  if (followers.size) feed ??= connect();
});

function heard(kind, data) {
  if (kind === "snapshot") return catchUp(data.jobs);
  const job = known.get(data.jobId);
  if (job) tell(job, apply(job, kind, data));
  else if (kind === "status") refresh(data.jobId);
}

/** A snapshot holds the unfinished jobs only: what ended while nobody listened is asked for. */
async function catchUp(jobs) {
  const unfinished = new Set(jobs.map((job) => job.jobId));
  const ended = [...known.values()].filter((job) => !isFinal(job) && !unfinished.has(job.jobId));
  for (const job of jobs) put(job);
  tell(null, false);
  for (const job of ended) await refresh(job.jobId);
}
