/** A job in a line of words: what it does, waits for, brought, or failed of. Pure. */

import { clock, plural, size, span } from "../lib/format.js";
import { isFinal } from "../lib/state.js";

/** The state to show: a failed job of which something succeeded is a thing of its own. */
export function stateOf({ status, counts }) {
  if (status === "failed" && counts.success) return { name: "partly", word: "partly failed" };
  return { name: status, word: status === "pending" ? "queued" : status };
}

/** @param {number} ahead how many queued jobs come before it */
export function lineOf(job, ahead) {
  if (job.status === "failed") return failure(job);
  if (job.status === "completed") return brought(job);
  if (job.status === "cancelled") return ["cancelled", job.counts.success && `${job.counts.success} of ${job.counts.total} done`];
  const retry = job.items.find((item) => item.retryAt);
  if (retry && job.counts.processing === 0) return [`tried again at ${clock(retry.retryAt).slice(0, 8)}`, retry.lastFailure?.message];
  if (job.status === "pending") return [ahead ? `${plural(ahead, "job")} before it` : "next in line"];
  return doing(job);
}

function doing(job) {
  const items = job.items.filter((item) => item.status === "processing");
  const stages = [...new Set(items.map((item) => item.stage ?? "starting"))].join(", ");
  const speed = items.reduce((sum, item) => sum + (item.speed ?? 0), 0);
  const { total } = job.counts;
  const done = total - job.counts.waiting - job.counts.processing;
  return [stages || "between two steps", total > 1 && `${done} of ${total} done`, speed > 0 && `${size(speed)}/s`, job.eta && `${span(job.eta)} left`];
}

/** The cause in the words of the first failure, and how many failed of something else. */
function failure(job) {
  const failed = job.items.filter((item) => item.error);
  const [first] = failed;
  if (!first) return ["failed"];
  const others = failed.filter((item) => item.error.message !== first.error.message).length;
  const tries = first.attempt > 1 && `attempt ${first.attempt}`;
  const share = job.counts.success ? `${job.counts.success} of ${job.counts.total} done` : failed.length > 1 && `${failed.length} videos`;
  return [first.error.message, share, tries, others && `${plural(others, "other cause")}`];
}

function brought(job) {
  const frames = job.items.reduce((sum, item) => sum + (item.frames ?? 0), 0);
  const warned = job.items.filter((item) => item.warnings?.length).length;
  const took = job.finishedAt && span((Date.parse(job.finishedAt) - Date.parse(job.createdAt)) / 1000);
  return [plural(frames, "frame"), job.counts.total > 1 && plural(job.counts.total, "video"), took && `in ${took}`, warned && plural(warned, "warning")];
}

/** What was asked for beside the defaults, so that a run can be told from its repetition: `threshold 0.15`, `no sheet`. */
export function asked(value, name = "") {
  if (value === false || value === null) return [`no ${name}`];
  if (typeof value !== "object") return [value === true ? name : `${name} ${value}`];
  if (Array.isArray(value)) return [`${name} ${value.join(", ")}`];
  const parts = Object.entries(value);
  return parts.length || !name ? parts.flatMap(([part, inside]) => asked(inside, part === "enabled" ? name : part)) : [name];
}

/** What can be done with a job. */
export const ACTIONS = {
  cancel: { word: "Cancel", done: "cancelled", may: (job) => !isFinal(job) },
  retry: { word: "Retry", done: "queued again", may: (job) => isFinal(job) && job.counts.success < job.counts.total },
  delete: { word: "Delete", done: "deleted", may: isFinal },
};
