/** What is known of a job, and what each event changes in it. No DOM, no network. */

const FINAL_JOB = new Set(["completed", "failed", "cancelled"]);
const FINAL_ITEM = new Set(["success", "failed", "cancelled"]);

export const isFinal = (job) => FINAL_JOB.has(job.status);

/** Apply an event of a stream to a job, in place; whether its status is another now. */
export function apply(job, kind, event) {
  const before = job.status;
  if (kind === "status") {
    const { status, progress, updatedAt, finishedAt } = event;
    Object.assign(job, { status, progress, updatedAt, finishedAt, eta: undefined });
  }
  if (kind === "item") applyItem(job, event);
  if (kind === "progress") applyProgress(job, event);
  if (event.ts > job.updatedAt) job.updatedAt = event.ts;
  return job.status !== before;
}

function applyItem(job, { jobId, ts, seq, ...item }) {
  job.items[item.index] = { ...job.items[item.index], ...item };
  job.counts = countsOf(job);
  job.progress = progressOf(job);
}

/** A tick may come after the end of its item: only one that is being worked on moves, and never back. */
function applyProgress(job, { index, stage, progress, speed, eta, elapsed }) {
  const item = job.items[index];
  if (item?.status !== "processing") return;
  Object.assign(item, { stage, speed, eta, elapsed, progress: Math.max(item.progress, progress) });
  job.eta = job.counts.waiting || job.counts.processing > 1 ? job.eta : eta;
  job.progress = progressOf(job);
}

/** The service's own rule: the mean of the items, an ended one counting whole; 100 only for a completed job. */
function progressOf(job) {
  if (job.status === "completed") return 100;
  const sum = job.items.reduce((total, item) => total + (FINAL_ITEM.has(item.status) ? 100 : item.progress), 0);
  return Math.min(99, Math.floor(sum / Math.max(1, job.items.length)));
}

function countsOf(job) {
  const counts = { total: job.items.length, waiting: 0, processing: 0, success: 0, failed: 0, cancelled: 0 };
  for (const item of job.items) counts[item.status] += 1;
  return counts;
}
