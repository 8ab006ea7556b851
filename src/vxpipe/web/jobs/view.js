/** What the list shows, worked out of what is known. Pure. */

import { label } from "../lib/format.js";
import { isFinal } from "../lib/state.js";

export const FILTERS = {
  all: "All", running: "Running", pending: "Queued", failed: "Failed", completed: "Completed", cancelled: "Cancelled",
};

/**
 * What was loaded of a filter: back to the job created at `since` ("": all), with the cursor of what follows. Unfinished jobs
 * are known without it.
 * @typedef {{newest: string, since: string, cursor: string | null}} Page
 *
 * The jobs to show, newest first. While the list is held its rows stay, whatever becomes of their jobs, and others wait.
 * @param {{jobs: object[], counts: object | null, page: Page | null, failed: object | null, filter: string,
 *   search: string, shown: string[], isHeld: boolean}} state
 * @returns {{kind: "rows" | "first" | "none" | "failed" | "loading", ids: string[], waiting: number}}
 */
export function view({ jobs, counts, page, failed, filter, search, shown, isHeld }) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const isWanted = (job) => (filter === "all" || job.status === filter)
    && (!isFinal(job) || job.createdAt >= (page?.since ?? "")) && words.every((word) => textOf(job).includes(word));
  const wanted = jobs.filter(isWanted).sort(newestFirst).map((job) => job.jobId);
  const there = new Set(jobs.map((job) => job.jobId));
  const held = isHeld ? shown.filter((id) => there.has(id)) : [];
  const ids = held.length ? held : wanted;
  const isEmpty = counts && !jobs.length && !Object.values(counts).some(Boolean);
  const kind = ids.length ? "rows" : isEmpty ? "first" : page ? "none" : failed ? "failed" : "loading";
  const seen = new Set(ids);
  return { kind, ids, waiting: wanted.filter((id) => !seen.has(id)).length };
}

const newestFirst = (a, b) => (a.createdAt + a.jobId < b.createdAt + b.jobId ? 1 : -1);

function textOf(job) {
  const labels = Object.entries(job.labels ?? {}).map(([name, value]) => `${name}:${value}`);
  const items = job.items.flatMap((item) => [label(item), item.title, item.url, item.error?.message, item.error?.code]);
  return [job.jobId, job.status, ...labels, ...items].filter(Boolean).join(" ").toLowerCase();
}

/** What was loaded with a page more, the first or the one at `cursor`: the first keeps what it reaches, and replaces the rest. */
export function joined(before, { newest, oldest, nextCursor }, cursor) {
  const page = { newest, since: nextCursor ? oldest : "", cursor: nextCursor };
  if (cursor) return { ...page, newest: before?.newest ?? newest };
  const isKept = before && before.since < page.since && oldest <= before.newest;
  return isKept ? { ...before, newest } : page;
}

/** How many queued jobs are taken before each. @returns {Map<string, number>} */
export function aheadOf(jobs) {
  const queued = jobs.filter((job) => job.status === "pending");
  queued.sort((a, b) => b.priority - a.priority || -newestFirst(a, b));
  return new Map(queued.map((job, place) => [job.jobId, place]));
}
