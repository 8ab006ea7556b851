/** What came out of each video: its files, the rows of its manifest and its facts, read once when it has succeeded. */

import { get, getText } from "../lib/api.js";

const NOTHING = { detail: null, rows: [], facts: null, frames: [], problem: null };

/** `state` is "none", "loading", "ready" or "failed"; `detail` the item with its artifacts, `facts` its item.json. */
export class Results {
  #changed;
  #known = new Map();

  constructor(changed) {
    this.#changed = changed;
  }

  of({ jobId }, { index, status, attempt }) {
    if (status !== "success") return { ...NOTHING, state: "none" };
    const key = `${index} ${attempt}`;
    if (!this.#known.has(key)) this.#load(key, `/jobs/${jobId}/items/${index}`);
    return this.#known.get(key);
  }

  retry() {
    for (const [key, { state }] of this.#known) if (state === "failed") this.#known.delete(key);
    this.#changed();
  }

  async #load(key, path) {
    this.#known.set(key, { ...NOTHING, state: "loading" });
    this.#known.set(key, await read(path).catch((problem) => ({ ...NOTHING, state: "failed", problem })));
    this.#changed();
  }
}

async function read(path) {
  const detail = await get(path);
  const [manifest, item] = ["manifest", "item"].map((kind) => fileOf(detail, kind)?.url);
  const [text, facts] = await Promise.all([manifest ? getText(manifest) : "", item ? get(item) : null]);
  const rows = text.split("\n").filter(Boolean).map((line, index) => ({ ...JSON.parse(line), index }));
  // A program of the operator's writes no rows, and may tell no times.
  const byFile = new Map(rows.map((row) => [nameOf(row.file), row]));
  const files = detail.artifacts.filter(({ kind }) => kind === "frame").sort((a, b) => (a.t ?? 0) - (b.t ?? 0));
  const frames = files.map((file, index) => ({ ...file, index, row: byFile.get(nameOf(file.name)) ?? null }));
  return { ...NOTHING, state: "ready", detail, rows, facts, frames };
}

/** A file without its folder: the manifest names that, the list of files does not. */
export const nameOf = (path) => path?.split("/").pop();

export const fileOf = (detail, kind) => detail.artifacts.find((each) => each.kind === kind);

export const nearestOf = (timed, t) =>
  timed.reduce((best, each) => (Math.abs(each.t - t) < Math.abs(best.t - t) ? each : best), timed[0]);
