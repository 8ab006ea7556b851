/** A job in a line of words: what it does, waits for, brought, or failed of. Pure. */

import { clock, plural, size, span } from "../lib/format.js";
import { isFinal } from "../lib/state.js";

/** The state to show: a failed job of which something succeeded is a thing of its own, and so is one that waits to try again. */
export function stateOf(job) {
  if (job.status === "failed" && job.counts.success) return "partly";
  return retryOf(job) ? "again" : job.status;
}

/** The video that a job waits for to be tried again, where nothing else is done meanwhile. */
const retryOf = (job) => (isFinal(job) || job.counts.processing ? undefined : job.items.find((item) => item.retryAt));

/** @param {number} ahead how many queued jobs come before it */
export function lineOf(job, ahead) {
  const { status, counts } = job;
  const done = counts.success > 0 && `${counts.success} of ${counts.total} completed`;
  const retry = retryOf(job);
  const told = {
    failed: () => failure(job, done),
    completed: () => brought(job),
    cancelled: () => [done || "nothing was completed"],
    pending: () => (retry ? again(retry) : [ahead ? `${plural(ahead, "job")} before it` : "next in line"]),
    running: () => (retry ? again(retry) : doing(job, done)),
  };
  return [...told[status](), ...asked(job.options)].filter(Boolean).join(" · ");
}

const again = ({ retryAt, lastFailure }) => [`will be tried again at ${clock(retryAt).slice(0, 8)}`, lastFailure?.message];

function doing({ items, counts, eta }, done) {
  const busy = items.filter((item) => item.status === "processing");
  const stages = [...new Set(busy.map((item) => item.stage ?? "starting"))].join(", ");
  const speed = busy.reduce((sum, item) => sum + (item.speed ?? 0), 0);
  return [stages || "between two steps", counts.total > 1 && done, speed > 0 && `${size(speed)}/s`, eta && `${span(eta)} left`];
}

/** The cause in the words of the first failure, and how many failed of something else. */
function failure({ items }, done) {
  const [first, ...more] = items.filter((item) => item.error);
  const others = more.filter((item) => item.error.message !== first.error.message).length;
  const attempt = first?.attempt > 1 && `attempt ${first.attempt}`;
  return [first?.error.message ?? "failed", done, attempt, others && plural(others, "other cause")];
}

function brought({ items, counts }) {
  const frames = items.reduce((sum, item) => sum + (item.frames ?? 0), 0);
  const warned = items.filter((item) => item.warnings?.length).length;
  return [plural(frames, "frame"), counts.total > 1 && plural(counts.total, "video"), warned && plural(warned, "warning")];
}

/** What was asked for beside the defaults, so that a run can be told from its repetition: `threshold 0.15`, `no sheet`. */
export function asked(value, name = "") {
  if (value === false || value === null) return [`no ${name}`];
  if (typeof value !== "object") return [value === true ? name : `${name} ${value}`];
  if (Array.isArray(value)) return [`${name} ${value.join(", ")}`];
  const parts = Object.entries(value);
  return parts.length || !name ? parts.flatMap(([part, inside]) => asked(inside, part === "enabled" ? name : part)) : [name];
}

const canRetry = (job) => isFinal(job) && job.counts.success < job.counts.total;

/** What can be done with a job. */
export const ACTIONS = {
  cancel: { word: "Cancel", icon: "cancelled", done: "cancelled", may: (job) => !isFinal(job) },
  retry: { word: "Retry", icon: "retry", done: "queued again", may: canRetry },
  delete: { word: "Delete", icon: "trash", done: "deleted", may: isFinal },
};
