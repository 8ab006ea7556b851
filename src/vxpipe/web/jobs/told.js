/** A job in a line of words: what it does, waits for, brought, or failed of. Pure. */

import { clock, plural, size, span } from "../lib/format.js";
import { isFinal } from "../lib/state.js";

/** The video that a job waits for to be tried again, where nothing else is done meanwhile. */
const retryOf = (job) => (isFinal(job) || job.counts.processing ? undefined : job.items.find((item) => item.retryAt));

export function stateOf(job) {
  if (job.status === "failed" && job.counts.success) return "partly";
  return retryOf(job) ? "again" : job.status;
}

const TOLD = {
  pending: (_, { ahead }) => [ahead ? `${plural(ahead, "job")} before it` : "next in line"],
  running: doing,
  again,
  completed: brought,
  partly: failure,
  failed: failure,
  cancelled: (_, { done }) => [done || "nothing was completed"],
};

/** `ahead`: how many queued jobs come before it. */
export function lineOf(job, ahead) {
  const { success, total } = job.counts;
  const done = success > 0 && `${success} of ${total} completed`;
  return [...TOLD[stateOf(job)](job, { done, ahead }), ...asked(job.options)].filter(Boolean).join(" · ");
}

function doing({ items, counts, eta }, { done }) {
  const busy = items.filter(({ status }) => status === "processing");
  const stages = [...new Set(busy.map(({ stage }) => stage ?? "starting"))].join(", ");
  const speed = busy.reduce((sum, item) => sum + (item.speed ?? 0), 0);
  return [stages || "waits for its turn", counts.total > 1 && done, speed > 0 && `${size(speed)}/s`, eta && `${span(eta)} left`];
}

function again(job) {
  const { retryAt, lastFailure } = retryOf(job);
  return [`will be tried again at ${clock(retryAt).slice(0, 8)}`, lastFailure?.message];
}

function brought({ items, counts }) {
  const frames = items.reduce((sum, item) => sum + (item.frames ?? 0), 0);
  const warned = items.filter((item) => item.warnings?.length).length;
  return [plural(frames, "frame"), counts.total > 1 && plural(counts.total, "video"), warned > 0 && plural(warned, "warning")];
}

function failure({ items }, { done }) {
  const failed = items.filter(({ error }) => error);
  const [cause = "failed", ...others] = new Set(failed.map(({ error }) => error.message));
  const attempt = failed[0]?.attempt;
  return [cause, done, attempt > 1 && `attempt ${attempt}`, others.length > 0 && plural(others.length, "other cause")];
}

/** What was asked for beside the defaults tells a run from its repetition: `threshold 0.15`, `no sheet`. */
export function asked(value, name = "") {
  if (value === false || value === null) return [`no ${name}`];
  if (typeof value !== "object") return [value === true ? name : `${name} ${value}`];
  if (Array.isArray(value)) return [`${name} ${value.join(", ")}`];
  const parts = Object.entries(value);
  return parts.length || !name ? parts.flatMap(([part, inside]) => asked(inside, part === "enabled" ? name : part)) : [name];
}

export const ACTIONS = {
  cancel: { word: "Cancel", icon: "cancelled", done: "cancelled", may: (job) => !isFinal(job) },
  retry: { word: "Retry", icon: "retry", done: "queued again", may: (job) => isFinal(job) && job.counts.success < job.counts.total },
  delete: { word: "Delete", icon: "trash", done: "deleted", may: isFinal },
};
