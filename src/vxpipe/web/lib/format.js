/** Values as people read them. Pure. */

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });
const MOMENT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium", hour12: false });
const STEPS = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [Infinity, "day", 86400]];
const two = (number) => String(number).padStart(2, "0");

/** "5 minutes ago". */
export function ago(iso, now = Date.now()) {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  if (seconds < 5) return "just now";
  const [, unit, size] = STEPS.find(([limit]) => seconds < limit);
  return RELATIVE.format(-Math.floor(seconds / size), unit);
}

/** Date and time in the reader's own zone. */
export function moment(iso) {
  return MOMENT.format(new Date(iso));
}

/** The time of day of a log line, with milliseconds. */
export function clock(iso) {
  const at = new Date(iso);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** A place in a video, "1:02:03.480". */
export function timestamp(seconds) {
  const whole = Math.round(seconds * 1000);
  const [hours, minutes] = [Math.floor(whole / 3_600_000), Math.floor(whole / 60_000) % 60];
  const rest = `${two(Math.floor(whole / 1000) % 60)}.${String(whole % 1000).padStart(3, "0")}`;
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** A span of time, "2 min 5 s". */
export function span(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${seconds < 10 ? Math.max(0, seconds).toFixed(1) : whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}

/** "38 MB", "76 GB". */
export function size(bytes) {
  const at = [1e9, 1e6, 1e3, 1].findIndex((unit) => bytes >= unit);
  const value = bytes / [1e9, 1e6, 1e3, 1][Math.max(at, 0)];
  return `${at < 0 ? 0 : value < 10 && at < 2 ? value.toFixed(1) : Math.round(value)} ${["GB", "MB", "kB", "B"][at] ?? "B"}`;
}

export function plural(count, word) {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}

/** What an item is called. */
export function label(item) {
  if (item.platform !== "direct" || !item.url) return `${item.platform}:${item.code}`;
  const { host, pathname } = new URL(item.url);
  return host + pathname;
}

/** What a job is called: its first video, by its title as soon as that is known, and how many more. */
export function title(job) {
  const [first] = job.items;
  if (!first) return job.jobId;
  const name = first.title || label(first);
  return job.items.length > 1 ? `${name} and ${job.items.length - 1} more` : name;
}

/** "3 videos, 1 done, 1 failed". */
export function summary(counts) {
  const parts = [["success", "done"], ["failed", "failed"], ["cancelled", "cancelled"]]
    .filter(([state]) => counts[state])
    .map(([state, word]) => `${counts[state]} ${word}`);
  return [plural(counts.total, "video"), ...parts].join(" · ");
}

/** A warning of an item: its message, or its facts in words. */
export function warning(warned) {
  if (typeof warned === "string") return warned;
  const { code, message, ...facts } = warned;
  const told = Object.entries(facts).map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`);
  const head = message ?? String(code ?? "warning").replaceAll("_", " ");
  return told.length ? `${head} (${told.join(", ")})` : head;
}
