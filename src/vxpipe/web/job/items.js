/** The table of a job's videos. */

import { badge, fill, h, progressBar, setText } from "../lib/dom.js";
import { clock, label, size, warning } from "../lib/format.js";

const HEADS = ["", "Video", "State", "Stage", "Progress", "Frames"];

export class ItemsTable {
  #rows = [];
  #body = h("tbody", { role: "rowgroup" });
  #goTo;

  /** @param {(index: number) => void} goTo shows the frames of an item */
  constructor(goTo) {
    this.#goTo = goTo;
    const heads = HEADS.map((text) => h("th", { scope: "col", role: "columnheader" }, text || h("span", { class: "unseen" }, "Number")));
    this.element = h("section", { "aria-labelledby": "items-title" }, h("h2", { id: "items-title" }, "Videos"),
      h("table", { role: "table", class: "items" }, h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)), this.#body));
  }

  update(items) {
    items.forEach((item, at) => {
      this.#rows[at] ??= this.#add(at);
      this.#rows[at](item);
    });
  }

  #add(at) {
    const cells = Object.fromEntries(["video", "state", "stage", "progress", "frames"].map((name) => [name, h("td", { role: "cell", class: name })]));
    const bar = progressBar(`Progress of video ${at + 1}`);
    const notes = h("td", { role: "cell", colspan: HEADS.length });
    const noteRow = h("tr", { role: "row", class: "notes" }, notes);
    fill(cells.progress, bar.element);
    this.#body.append(h("tr", { role: "row", class: "item" }, h("td", { role: "cell", class: "number" }, at + 1), Object.values(cells)), noteRow);
    let seen = {};
    return (item) => {
      setText(cells.video, label(item));
      if (item.status !== seen.status) fill(cells.state, badge(item.status));
      setText(cells.stage, item.status === "processing" ? stageText(item) : "");
      bar.update(item);
      if (item.frames !== seen.frames || item.status !== seen.status) fill(cells.frames, this.#frames(item));
      if (item.error !== seen.error || item.warnings !== seen.warnings || item.retryAt !== seen.retryAt) fill(notes, ...remarks(item));
      noteRow.hidden = !notes.childElementCount;
      seen = { ...item };
    };
  }

  #frames(item) {
    if (item.frames === null || item.frames === undefined) return null;
    if (item.status !== "success") return String(item.frames);
    return h("button", { type: "button", class: "link", onclick: () => this.#goTo(item.index) }, `${item.frames} frames`);
  }
}

function stageText({ stage, attempt, speed }) {
  return [stage ?? "starting", speed && `${size(speed)}/s`, attempt > 1 && `attempt ${attempt}`].filter(Boolean).join(", ");
}

function remarks({ error, warnings, retryAt, lastFailure }) {
  const again = retryAt && h("p", { class: "remark warn" }, h("strong", {}, `Tried again at ${clock(retryAt).slice(0, 8)}: `), lastFailure.message);
  const failed = error && h("p", { class: "remark error" }, h("strong", {}, error.message), " ", error.hint,
    error.retryable && h("span", { class: "quiet" }, " Another try may help."));
  return [failed, again, ...(warnings ?? []).map((each) => h("p", { class: "remark warn" }, h("strong", {}, "Warning: "), warning(each)))];
}
