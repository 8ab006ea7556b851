/** What came out of each video: its files, the frames that were considered and its facts, read once when it has succeeded. */

import { get } from "../lib/api.js";

const NOTHING = { state: "none", detail: null, rows: [], facts: null, frames: [] };

/** `state` is "none", "loading", "ready" or "failed"; `detail` the item with its artifacts, `facts` its item.json. */
export class Results {
  #changed;
  #known = new Map();

  constructor(changed) {
    this.#changed = changed;
  }

  of({ jobId }, { index, status, attempt }) {
    if (status !== "success") return NOTHING;
    const key = `${index} ${attempt}`;
    if (!this.#known.has(key)) this.#load(key, `/jobs/${jobId}/items/${index}`);
    return this.#known.get(key);
  }

  async #load(key, path) {
    const put = (found) => {
      this.#known.set(key, { ...NOTHING, ...found });
      this.#changed();
    };
    put({ state: "loading" });
    put(await read(path).catch((problem) => ({ state: "failed", problem, again: () => this.#load(key, path) })));
  }
}

const NO_CANDIDATES = { candidates: [] };

async function read(path) {
  const detail = await get(path);
  const item = fileOf(detail, "item");
  const told = fileOf(detail, "manifest") ? await get(`${path}/candidates`).catch(unlessRefused) : NO_CANDIDATES;
  const rows = told.candidates.map((row, index) => ({ ...row, index }));
  // A program of the operator's writes no manifest or one of its own, and may tell no times.
  const byFile = new Map(rows.map((row) => [nameOf(row.file), row]));
  const files = detail.artifacts.filter(({ kind }) => kind === "frame").sort((a, b) => (a.t ?? 0) - (b.t ?? 0));
  const frames = files.map((file, index) => ({ ...file, key: String(file.t ?? index), row: byFile.get(nameOf(file.name)) }));
  return { state: "ready", detail, rows, facts: item && (await get(item.url)), frames };
}

function unlessRefused(problem) {
  if (problem.status !== 409) throw problem;
  return NO_CANDIDATES;
}

export const nameOf = (path) => path?.split("/").pop();

export const fileOf = (detail, kind) => detail.artifacts.find((each) => each.kind === kind);
