/** What the list shows, worked out of what is known. Pure. */

import { label } from "../lib/format.js";
import { isFinal } from "../lib/state.js";

export const FILTERS = {
  "": "All", running: "Running", pending: "Queued", failed: "Failed", completed: "Completed", cancelled: "Cancelled",
};

/** The jobs to show, newest first; while the list is held its rows stay, whatever becomes of them, and others wait.
 * `page`: what was loaded, back to the job created at `since`; unfinished jobs are known without it. */
export function view({ jobs, counts, page, failed, filter, search, shown, isHeld }) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const isWanted = (job) => (!filter || job.status === filter)
    && (!isFinal(job) || job.createdAt >= (page?.since ?? "")) && words.every((word) => textOf(job).includes(word));
  const wanted = jobs.filter(isWanted).sort(newestFirst).map(({ jobId }) => jobId);
  const there = new Set(jobs.map(({ jobId }) => jobId));
  const held = isHeld ? shown.filter((id) => there.has(id)) : [];
  const ids = held.length ? held : wanted;
  const isEmpty = counts && !jobs.length && !Object.values(counts).some(Boolean);
  const kind = ids.length ? "rows" : isEmpty ? "first" : page ? "none" : failed ? "failed" : "loading";
  return { kind, ids, waiting: new Set(wanted).difference(new Set(ids)).size };
}

const newestFirst = (a, b) => (a.createdAt + a.jobId < b.createdAt + b.jobId ? 1 : -1);

function textOf({ jobId, status, labels, items }) {
  const told = items.map((item) => [label(item), item.title, item.url, item.error?.message, item.error?.code]);
  return JSON.stringify([jobId, status, labels, told]).replaceAll('"', "").toLowerCase();
}

/** What is loaded with a page more: the first keeps what it reaches and replaces the rest, one at a cursor is added. */
export function joined(before, { newest, oldest, nextCursor }, cursor) {
  const page = { newest, since: nextCursor ? oldest : "", cursor: nextCursor };
  if (cursor) return { ...page, newest: before?.newest ?? newest };
  return before?.since < page.since && oldest <= before.newest ? { ...before, newest } : page;
}

export const queueOf = (jobs) => jobs.filter(({ status }) => status === "pending")
  .sort((a, b) => b.priority - a.priority || newestFirst(b, a));
