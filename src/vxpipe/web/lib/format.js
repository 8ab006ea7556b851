/** Values as people read them. Pure. */

const MOMENT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium", hour12: false });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
const UNITS = [["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]];
const SIZES = [["GB", 1e9], ["MB", 1e6], ["kB", 1e3], ["B", 1]];

export function ago(iso) {
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  if (seconds < 5) return "just now";
  const [unit, length] = UNITS.find(([, least]) => seconds >= least);
  return `${Math.floor(seconds / length)} ${unit} ago`;
}

export const moment = (iso) => MOMENT.format(new Date(iso));

export const clock = (iso) => CLOCK.format(new Date(iso));

/** "1:02:03.480". */
export function timestamp(seconds) {
  const milliseconds = Math.round(seconds * 1000);
  const text = new Date(milliseconds).toISOString().slice(14, 23);
  const hours = Math.floor(milliseconds / 3_600_000);
  return hours ? `${hours}:${text}` : text.replace(/^0/, "");
}

/** "2 min 5 s". */
export function span(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${seconds < 10 ? Math.max(0, seconds).toFixed(1) : whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}

/** "38 MB", "7.6 GB". */
export function size(bytes) {
  const [unit, length] = SIZES.find(([, least]) => bytes >= 0.9995 * least) ?? SIZES.at(-1);
  const value = bytes / length;
  return `${value < 10 && length > 1e3 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

export const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

export function label({ platform, code, url }) {
  if (platform !== "direct" || !url) return `${platform}:${code}`;
  const { host, pathname } = new URL(url);
  return host + pathname;
}

export function title({ items: [first, ...others], jobId }) {
  const name = first ? first.title || label(first) : jobId;
  return others.length ? `${name} and ${others.length} more` : name;
}

export function summary({ total, success: completed, failed, cancelled }) {
  const told = Object.entries({ completed, failed, cancelled }).filter(([, count]) => count);
  return [plural(total, "video"), ...told.map(([word, count]) => `${count} ${word}`)].join(" · ");
}

export function warning({ code, message, ...facts }) {
  const told = Object.entries(facts).map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`);
  return told.length ? `${message} (${told.join(", ")})` : message;
}

export function sentence(text) {
  const head = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(head) ? head : `${head}.`;
}
