/** The lines of a log: all of them, and those that pass the filters. No DOM. */

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"];
const MOST = 200_000;

export class LogLines {
  #all = [];
  #most;
  filters = { level: "INFO", item: "", stage: "", text: "" };
  shown = [];
  stages = new Set();

  constructor(most = MOST) {
    this.#most = most;
  }

  get lastSeq() {
    return this.#all.at(-1)?.seq ?? 0;
  }

  /** Add lines in order; one that is there already is left out, and the oldest give way where they are too many. */
  add(lines) {
    for (const line of lines) {
      if (line.seq <= this.lastSeq) continue;
      this.#all.push(line);
      if (line.stage) this.stages.add(line.stage);
      if (this.#passes(line)) this.shown.push(line);
    }
    if (this.#all.length <= this.#most * 1.1) return;
    this.#all.splice(0, this.#all.length - this.#most);
    this.filter({});
  }

  filter(filters) {
    Object.assign(this.filters, filters);
    this.shown = this.#all.filter((line) => this.#passes(line));
  }

  #passes(line) {
    const { level, item, stage, text } = this.filters;
    if (LEVELS.indexOf(line.level) < LEVELS.indexOf(level) || (text && !line.msg.toLowerCase().includes(text.toLowerCase()))) return false;
    return (!item || line.item === Number(item)) && (!stage || line.stage === stage);
  }
}
