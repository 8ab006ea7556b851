/** Which jobs the list shows, and in which order: it holds still while somebody is at it. No DOM, no network. */

import { isFinal } from "../lib/state.js";
import { label } from "../lib/format.js";

/** The filters, with the statuses that each shows. */
export const FILTERS = [
  { name: "all", word: "All", has: () => true },
  { name: "running", word: "Running", has: (job) => job.status === "running" },
  { name: "pending", word: "Queued", has: (job) => job.status === "pending" },
  { name: "failed", word: "Failed", has: (job) => job.status === "failed" },
  { name: "completed", word: "Completed", has: (job) => job.status === "completed" },
  { name: "cancelled", word: "Cancelled", has: (job) => job.status === "cancelled" },
];

export class JobList {
  filter = "all";
  search = "";
  /** Whether rows stay where they are. */
  isHeld = false;
  #shown = [];
  #texts = new WeakMap();

  /**
   * The ids to show, newest first. While it is held the rows that there are stay, whatever becomes of their jobs,
   * and none comes.
   * @param {Map<string, object>} known
   * @param {(job: object) => boolean} isReached whether the pages that were loaded go back so far
   */
  ids(known, isReached) {
    const wanted = this.#wanted(known, isReached);
    if (this.isHeld && this.#shown.length) this.#shown = this.#shown.filter((id) => known.has(id));
    else this.#shown = wanted;
    return this.#shown;
  }

  /** How many jobs wait for the list to be let go. */
  waiting(known, isReached) {
    if (!this.isHeld) return 0;
    const shown = new Set(this.#shown);
    return this.#wanted(known, isReached).filter((id) => !shown.has(id)).length;
  }

  #wanted(known, isReached) {
    const { has } = FILTERS.find(({ name }) => name === this.filter);
    const words = this.search.toLowerCase().split(/\s+/).filter(Boolean);
    return [...known.values()]
      .filter((job) => has(job) && isReached(job) && words.every((word) => this.#textOf(job).includes(word)))
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : a.jobId < b.jobId ? 1 : -1))
      .map((job) => job.jobId);
  }

  /** What a search looks through; of a job that has ended it is made once. */
  #textOf(job) {
    const text = this.#texts.get(job) ?? textOf(job);
    if (isFinal(job)) this.#texts.set(job, text);
    return text;
  }
}

function textOf(job) {
  const labels = Object.entries(job.labels ?? {}).map(([name, value]) => `${name}:${value}`);
  const items = job.items.flatMap((item) => [label(item), item.title, item.url, item.error?.message, item.error?.code]);
  return [job.jobId, job.status, ...labels, ...items].filter(Boolean).join(" ").toLowerCase();
}

/** How many known jobs each filter has. */
export function countsOf(known) {
  const counts = Object.fromEntries(FILTERS.map(({ name }) => [name, 0]));
  for (const job of known.values()) {
    for (const { name, has } of FILTERS) if (has(job)) counts[name] += 1;
  }
  return counts;
}
