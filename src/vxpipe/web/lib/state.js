/** What is known of a job, and what each event changes in it. No DOM, no network. */

const FINAL = ["completed", "success", "failed", "cancelled"];

export const isFinal = ({ status }) => FINAL.includes(status);

/** In place; whether its status is another now. */
export function apply(job, kind, event) {
  const before = job.status;
  CHANGE[kind]?.(job, event);
  if (event.ts > job.updatedAt) job.updatedAt = event.ts;
  return job.status !== before;
}

const CHANGE = {
  status(job, { status, progress, updatedAt, finishedAt }) {
    Object.assign(job, { status, progress, updatedAt, finishedAt, eta: undefined });
  },
  item(job, { jobId, ts, seq, ...item }) {
    job.items[item.index] = { ...job.items[item.index], ...item };
    Object.assign(job, { counts: countsOf(job), progress: progressOf(job) });
  },
  /** A tick may come late: only an item at work moves, and never back. */
  progress(job, { index, stage, progress, speed, eta, elapsed }) {
    const item = job.items[index];
    if (item?.status !== "processing") return;
    Object.assign(item, { stage, speed, eta, elapsed, progress: Math.max(item.progress, progress) });
    if (!job.counts.waiting && job.counts.processing < 2) job.eta = eta;
    job.progress = progressOf(job);
  },
};

/** The service's own rule: the mean, failed items whole; 100 only for a completed job. */
function progressOf({ status, items }) {
  const sum = items.reduce((total, item) => total + (item.status === "failed" ? 100 : item.progress), 0);
  return status === "completed" ? 100 : Math.min(99, Math.floor(sum / items.length));
}

function countsOf({ items }) {
  const counts = { total: items.length, waiting: 0, processing: 0, success: 0, failed: 0, cancelled: 0 };
  for (const { status } of items) counts[status] += 1;
  return counts;
}
