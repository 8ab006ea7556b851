/** The live log of a job: follows its end until the reader scrolls up, keeps the newest lines, filters by level. */

import { fill, h, setText } from "../lib/dom.js";
import { perFrame } from "../lib/html.js";
import { clock, plural } from "../lib/format.js";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"];
const SHOWN = 5000;
const KEPT = 20_000;
const NEAR_PX = 12;

export class LogView {
  #lines = [];
  #dropped = 0;
  #fresh = [];
  #unread = 0;
  #follows = true;
  #lastTop = 0;
  #least = 0;
  #hidden = h("p", { class: "quiet", hidden: true });
  #box = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": "Log", tabindex: 0, onscroll: () => this.#scrolled() });
  #jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.#follow(true) });
  #toggle = h("input", { type: "checkbox", id: "follow", checked: true, onchange: () => this.#follow(this.#toggle.checked) });
  #flush = perFrame(() => this.#show());

  constructor() {
    const level = h("select", { id: "level", onchange: () => this.#filter(level.value) },
      LEVELS.map((name) => h("option", { value: name, selected: name === "DEBUG" }, name === "DEBUG" ? "all" : name.toLowerCase())));
    this.element = h("section", { class: "log-view", "aria-labelledby": "log-title" },
      h("div", { class: "bar-line" }, h("h2", { id: "log-title" }, "Log"),
        h("label", { class: "check" }, this.#toggle, "Follow"),
        h("label", { class: "check" }, "From level", level)),
      this.#hidden, h("div", { class: "log-frame" }, this.#box, this.#jump));
    fill(this.#box, h("p", { class: "quiet empty" }, "Nothing has been logged yet."));
  }

  /** Add one line; it is drawn with the next frame. */
  add(line) {
    this.#lines.push(line);
    this.#fresh.push(line);
    if (this.#lines.length > KEPT * 1.1) this.#dropped += this.#lines.splice(0, this.#lines.length - KEPT).length;
    if (this.#fresh.length > KEPT) this.#fresh.splice(0, this.#fresh.length - KEPT);
    this.#flush();
  }

  #show() {
    const fresh = this.#fresh.filter((line) => this.#passes(line));
    this.#fresh = [];
    if (fresh.length) this.#append(fresh);
    this.#trim();
    this.#note();
    if (this.#follows) this.#toEnd();
    else this.#unread += fresh.length;
    this.#jump.hidden = this.#follows || !this.#unread;
    setText(this.#jump, `${plural(this.#unread, "new line")}: jump to end`);
  }

  #append(lines) {
    this.#box.querySelector(".empty")?.remove();
    this.#box.append(...lines.slice(-SHOWN).map(row));
  }

  /** A reader who scrolled up keeps the ground under their feet a while longer. */
  #trim() {
    const limit = this.#follows ? SHOWN : SHOWN * 2;
    const surplus = this.#box.childElementCount - limit;
    for (let left = surplus; left > 0; left -= 1) this.#box.firstElementChild.remove();
  }

  #note() {
    const passing = this.#least ? this.#lines.filter((line) => this.#passes(line)).length : this.#lines.length;
    const missing = passing + this.#dropped - this.#box.querySelectorAll(".row").length;
    this.#hidden.hidden = missing <= 0;
    setText(this.#hidden, `${plural(missing, "earlier line")} not shown.`);
  }

  #filter(level) {
    this.#least = LEVELS.indexOf(level);
    this.#fresh = this.#lines.slice();
    fill(this.#box, h("p", { class: "quiet empty" }, "No lines of this level."));
    this.#follow(true);
  }

  #passes(line) {
    return LEVELS.indexOf(line.level) >= this.#least;
  }

  #follow(on) {
    this.#follows = on;
    this.#toggle.checked = on;
    if (on) this.#unread = 0;
    this.#flush();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (isAtEnd !== this.#follows && (isAtEnd || scrollTop < this.#lastTop)) this.#follow(isAtEnd);
    this.#lastTop = scrollTop;
  }

  #toEnd() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#lastTop = this.#box.scrollTop;
  }
}

function row(line) {
  const about = [line.item === undefined ? "" : `#${line.item + 1}`, line.stage ?? ""].join(" ").trim();
  return h("div", { class: `row ${line.level}` },
    h("time", { datetime: line.ts }, clock(line.ts)),
    h("span", { class: "level" }, line.level === "WARNING" ? "WARN" : line.level),
    h("span", { class: "about" }, about),
    h("span", { class: "msg" }, line.msg));
}
