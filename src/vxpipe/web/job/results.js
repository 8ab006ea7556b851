/** What came out of each video: its files, the rows of its manifest and its facts, read once when it has succeeded. */

import { get, getText } from "../lib/api.js";

const NOTHING = { detail: null, rows: [], facts: null, frames: [], problem: null };

/**
 * @typedef {object} Found
 * @property {"none" | "loading" | "ready" | "failed"} state
 * @property {any} detail the item with its artifacts
 * @property {any[]} rows the candidates, kept or not, in time order
 * @property {any} facts item.json
 * @property {any[]} frames the kept frames with what the manifest tells of each
 */
export class Results {
  #changed;
  #known = new Map();

  /** @param {() => void} changed is called when something has come */
  constructor(changed) {
    this.#changed = changed;
  }

  /** What is known of an item; what is not is asked for. @returns {Found} */
  of(job, index) {
    const item = job.items[index];
    if (item?.status !== "success") return { ...NOTHING, state: "none" };
    const key = `${index} ${item.attempt}`;
    if (!this.#known.has(key)) this.#load(key, job.jobId, index);
    return this.#known.get(key);
  }

  /** Ask once more. */
  retry(job, index) {
    this.#known.delete(`${index} ${job.items[index].attempt}`);
    this.#changed();
  }

  async #load(key, jobId, index) {
    this.#known.set(key, { ...NOTHING, state: "loading" });
    try {
      const detail = await get(`/jobs/${jobId}/items/${index}`);
      const [rows, facts] = await Promise.all([rowsOf(detail), factsOf(detail)]);
      this.#known.set(key, { state: "ready", detail, rows, facts, frames: framesOf(detail, rows), problem: null });
    } catch (problem) {
      this.#known.set(key, { ...NOTHING, state: "failed", problem });
    }
    this.#changed();
  }
}

/** A file without its folder: the manifest names that, the list of files does not. */
export const nameOf = (path) => path?.split("/").pop();

export const fileOf = (detail, kind) => detail.artifacts.find((each) => each.kind === kind);

async function rowsOf(detail) {
  const file = fileOf(detail, "manifest");
  if (!file) return [];
  const lines = (await getText(file.url)).split("\n").filter(Boolean);
  return lines.map((line, index) => ({ ...JSON.parse(line), index }));
}

async function factsOf(detail) {
  const file = fileOf(detail, "item");
  return file ? get(file.url) : null;
}

/** The frames in time order, each with its row; a program of the operator's writes no rows. */
function framesOf(detail, rows) {
  const byFile = new Map(rows.filter((row) => row.file).map((row) => [nameOf(row.file), row]));
  const files = detail.artifacts.filter((each) => each.kind === "frame");
  return files.sort((a, b) => (a.t ?? 0) - (b.t ?? 0)).map((file, index) => ({ ...file, index, row: byFile.get(nameOf(file.name)) ?? null }));
}
