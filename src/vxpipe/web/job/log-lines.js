/** The lines of a log: all of them, those that pass the filters, and those in which something is found. No DOM. */

export const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"];
const KEPT = 200_000;

export class LogLines {
  #all = [];
  #filters = { level: "DEBUG", item: null, stage: "" };
  #query = "";
  shown = [];
  /** Places in `shown` of the lines in which the query is found. */
  found = [];
  stages = new Set();

  get length() {
    return this.#all.length;
  }

  get lastSeq() {
    return this.#all.at(-1)?.seq ?? 0;
  }

  /** Add lines in order; one that is there already is left out. */
  add(lines) {
    for (const line of lines) if (line.seq > this.lastSeq) this.#take(line);
    if (this.#all.length > KEPT * 1.1) this.#forget();
  }

  filter(filters) {
    Object.assign(this.#filters, filters);
    this.shown = this.#all.filter((line) => this.#passes(line));
    this.find(this.#query);
  }

  find(query) {
    this.#query = query.toLowerCase();
    this.found = [];
    this.shown.forEach((line, place) => this.#note(line, place));
  }

  /** The place of the line with this number, or of the first after it; -1 where there is none. */
  placeOf(seq) {
    return this.shown.findIndex((line) => line.seq >= seq);
  }

  #take(line) {
    this.#all.push(line);
    if (line.stage) this.stages.add(line.stage);
    if (!this.#passes(line)) return;
    this.shown.push(line);
    this.#note(line, this.shown.length - 1);
  }

  #forget() {
    this.#all.splice(0, this.#all.length - KEPT);
    this.filter({});
  }

  #passes({ level, item, stage }) {
    const wanted = this.#filters;
    return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted.level) && (wanted.item === null || item === wanted.item) && (!wanted.stage || stage === wanted.stage);
  }

  #note(line, place) {
    if (this.#query && line.msg.toLowerCase().includes(this.#query)) this.found.push(place);
  }
}
