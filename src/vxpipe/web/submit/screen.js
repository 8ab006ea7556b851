/** The box to submit videos: a draft of lines, the options that matter, and what is wrong with either. */

import { announce } from "../lib/announce.js";
import { Problem, get, post } from "../lib/api.js";
import { fill, h, setText } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { navigate } from "../lib/router.js";
import { keep, recall } from "../lib/stored.js";
import { parseLines } from "./lines.js";
import { optionFields } from "./options.js";

const DRAFT = "draft";

/** @type {import("../lib/router.js").Screen["open"]} */
export function submitScreen(main) {
  document.title = "Submit – vxpipe";
  const taken = h("p", { class: "quiet" });
  fill(main, h("h1", { tabindex: -1 }, "Submit videos"), new SubmitForm().element, taken);
  get("/platforms").then(({ platforms }) => setText(taken, `Taken: ${platforms.map((each) => each.label).join(", ")}.`), () => {});
  return { close() {} };
}

class SubmitForm {
  #options = optionFields();
  #faults = h("ul", { class: "faults", id: "line-faults" });
  #failure = h("p", { class: "fault", role: "alert" });
  #count = h("span", { class: "quiet" });
  #send = h("button", { class: "primary" }, "Process");
  #gutter = h("div", { class: "gutter", "aria-hidden": "true" });
  #draft = h("textarea", {
    id: "draft", rows: 5, wrap: "off", spellcheck: "false", autocapitalize: "none", autocomplete: "off", name: "lines",
    "aria-describedby": "draft-hint line-faults",
    oninput: () => this.#edited(),
    onscroll: () => (this.#gutter.scrollTop = this.#draft.scrollTop),
    onkeydown: (event) => this.#key(event),
  });
  /** The key of the request last sent: the same draft sent twice is one job. */
  #sent = { body: "", key: "" };

  constructor() {
    this.#draft.value = recall(DRAFT) ?? "";
    this.element = h("form", { class: "submit", onsubmit: (event) => this.#submit(event) },
      h("label", { for: "draft" }, "Links or platform:code, one per line"),
      h("div", { class: "lines" }, this.#gutter, this.#draft),
      this.#faults, this.#options.element, this.#failure,
      h("div", { class: "actions" }, this.#send, h("span", { class: "quiet", id: "draft-hint" }, "or Ctrl+Enter"), this.#count));
    this.#edited();
  }

  #key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.element.requestSubmit();
    }
  }

  #edited() {
    keep(DRAFT, this.#draft.value);
    const count = parseLines(this.#draft.value).length;
    setText(this.#count, count ? plural(count, "video") : "");
    this.#showFaults([]);
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#send.disabled) return;
    const lines = parseLines(this.#draft.value);
    const faulty = lines.filter((line) => line.fault);
    this.#showFaults(faulty);
    this.#options.showFaults([]);
    setText(this.#failure, lines.length ? "" : "Name at least one video.");
    if (faulty.length || !lines.length) return this.#draft.focus();
    this.#send.disabled = true;
    await this.#post(lines);
    this.#send.disabled = false;
  }

  async #post(lines) {
    const body = { items: lines.map((line) => line.item), options: this.#options.read() };
    try {
      const { jobId } = await post("/process", body, { headers: { "Idempotency-Key": this.#keyOf(body) } });
      this.#sent = { body: "", key: "" };
      keep(DRAFT, null);
      announce("Job accepted");
      navigate(`jobs/${jobId}`);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.#refused(problem, lines);
    }
  }

  #keyOf(body) {
    const text = JSON.stringify(body);
    if (this.#sent.body !== text) this.#sent = { body: text, key: newKey() };
    return this.#sent.key;
  }

  /** Each error goes to its place: a line, an option, or the form as a whole. */
  #refused(problem, lines) {
    const options = problem.errors.filter(({ pointer }) => pointer.startsWith("#/options"));
    const others = this.#options.showFaults(options);
    const faulty = [];
    for (const { pointer, detail } of problem.errors) {
      const line = lines[/^#\/items\/(\d+)/.exec(pointer)?.[1]];
      if (line) faulty.push({ ...line, fault: detail });
      else if (!options.some((each) => each.pointer === pointer)) others.push(detail);
    }
    this.#showFaults(faulty);
    const wait = problem.retryAfter ? ` Try again in ${problem.retryAfter} s.` : "";
    const safe = problem.status === 0 ? " Your lines are kept; sending them again is safe." : "";
    setText(this.#failure, [sentence(problem.message) + wait + safe, ...others].join(" "));
    if (faulty.length) this.#draft.focus();
  }

  /** @param {import("./lines.js").Line[]} faulty */
  #showFaults(faulty) {
    const bad = new Set(faulty.map((line) => line.number));
    const lines = this.#draft.value.split("\n");
    fill(this.#gutter, lines.map((_, at) => h("span", { class: bad.has(at + 1) ? "bad" : "" }, at + 1)));
    this.#gutter.scrollTop = this.#draft.scrollTop;
    this.#draft.setAttribute("aria-invalid", String(bad.size > 0));
    fill(this.#faults, faulty.map((line) => h("li", {},
      h("button", { type: "button", class: "link", onclick: () => this.#select(line.number) }, `Line ${line.number}`),
      h("code", {}, line.text), h("span", {}, line.fault))));
  }

  #select(number) {
    const lines = this.#draft.value.split("\n");
    const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
    this.#draft.focus();
    this.#draft.setSelectionRange(start, start + lines[number - 1].length);
  }
}

/** Random hex; crypto.randomUUID is missing on a plain http address. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sentence(text) {
  const head = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(head) ? head : `${head}.`;
}
