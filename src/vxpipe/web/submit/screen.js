/** The place to hand videos in: a draft of lines, what the service makes of each, the options that matter. */

import { get, post, sendBatch } from "../lib/api.js";
import { copy } from "../lib/clipboard.js";
import { showConnection } from "../lib/connection.js";
import { curl } from "../lib/curl.js";
import { plural, sentence } from "../lib/format.js";
import { html, nothing, perFrame, renderScreen } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { bindKeys } from "../lib/keys.js";
import { navigate, remember } from "../lib/router.js";
import { keep, recall, recallObject } from "../lib/stored.js";
import { at } from "../lib/urls.js";
import { editor, stateOf, tally, verdicts } from "./lines.js";
import { optionsForm } from "./options.js";
import { fieldsOf, Form } from "./recipe.js";

const PAUSE_MS = 250;
const AGAIN_MS = 3000;
const LARGEST_FILE = 1_000_000;
/** What is sent may come back after the reader left this screen, and came again. */
let draft = "";
let shown = null;

const NOTHING = { lines: [], faults: [], notes: [], besides: {}, rest: "" };

/** @type {import("../lib/router.js").Screen["open"]} */
export function submitScreen(place, { query }) {
  document.title = "Submit – vxpipe";
  const screen = new SubmitScreen(place);
  screen.suggest(query.get("url"));
  if (matchMedia("(hover: hover)").matches) screen.focus(); // a finger would be given a keyboard
  return { close: () => screen.close(), moved: (where) => screen.suggest(where.query.get("url")) };
}

class SubmitScreen {
  #place;
  #form = null;
  /** What the service said of the draft, as it was when it was asked. */
  #judged = NOTHING;
  #isCurrent = false;
  #isSending = false;
  #problem = null;
  #said = "";
  #asking = new AbortController();
  #gone = new AbortController();
  #pause = 0;
  #draw = perFrame(() => this.#show());
  #unbind = bindKeys("Submit", { "/": ["The lines", () => this.#area.focus()] });

  constructor(place) {
    this.#place = place;
    shown = this;
    draft = recall("draft") ?? "";
    window.addEventListener("signed-in", () => this.#isDeclined && this.#judge(), { signal: this.#gone.signal });
    showConnection("ended");
    this.#show();
    this.#ask(0);
  }

  close() {
    shown = null;
    this.#gone.abort();
    this.#unbind();
    clearTimeout(this.#pause);
    this.#asking.abort();
  }

  /** Lines that another page or a bookmark hands over. */
  suggest(text) {
    if (!text) return;
    remember({ url: null });
    this.#add(text);
  }

  focus() {
    this.#area.focus({ preventScroll: true });
  }

  get #area() {
    return this.#place.querySelector("#draft");
  }

  #add(text) {
    this.#edited([draft.trimEnd(), text.replace(/\r\n?/g, "\n").trim()].filter(Boolean).join("\n"));
  }

  #edited = (text) => {
    draft = text;
    keep("draft", draft || null);
    this.#ask();
  };

  #choose(form) {
    this.#form = form;
    keep("options", JSON.stringify(form.changed));
    this.#ask();
  }

  /** Ask what would be done, once the reader pauses. */
  #ask(pause = PAUSE_MS) {
    [this.#isCurrent, this.#said] = [false, ""];
    this.#draw();
    if (this.#isDeclined) return;
    this.#problem = null;
    this.#judgeIn(pause);
  }

  /** Who did not want to sign in is not asked with every letter. */
  get #isDeclined() {
    return this.#problem?.status === 401;
  }

  #judgeIn(milliseconds) {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#judge(), milliseconds);
  }

  /** Have the draft judged as it stands; a service that is away or busy is asked again. */
  async #judge() {
    clearTimeout(this.#pause);
    this.#asking.abort();
    const { signal } = (this.#asking = new AbortController());
    try {
      this.#form ??= new Form(fieldsOf(await get("/options")), recallObject("options"));
      const asked = { text: draft, options: this.#form.recipe() };
      const judged = asked.text.trim() ? await post("/drafts", asked, { signal }) : NOTHING;
      if (!signal.aborted) this.#learn(judged);
    } catch (problem) {
      if (!signal.aborted) this.#fail(problem);
    }
    this.#draw();
  }

  #learn(judged) {
    [this.#judged, this.#isCurrent] = [judged, true];
    if (this.#problem?.isPassing) this.#said = "The service is ready again.";
    if (this.#problem?.isPassing || this.#isDeclined) this.#problem = null;
  }

  #fail({ status, message, isPassing, retryAfter }, more = "") {
    if (status === 401) this.#problem = null;
    this.#problem ??= { text: sentence(message) + more, isPassing, status };
    if (!this.#isCurrent) this.#judged = NOTHING;
    if (isPassing) this.#judgeIn(retryAfter * 1000 || AGAIN_MS);
  }

  #ready() {
    return this.#judged.lines.filter((line) => stateOf(line) === "ready");
  }

  #body() {
    return { items: this.#ready().map(({ item }) => item), ...this.#judged.besides };
  }

  #submit = async (event) => {
    event?.preventDefault();
    if (this.#isSending) return;
    [this.#isSending, this.#problem] = [true, null];
    this.#draw();
    if (!this.#isCurrent) await this.#judge();
    if (this.#isCurrent && shown === this) await this.#send();
    this.#isSending = false;
    this.#draw();
  };

  async #send() {
    const [judged, sent, body] = [this.#judged, draft, this.#body()];
    if (judged.faults.length) return this.#place.querySelector("[aria-invalid]")?.focus();
    if (!body.items.length) return this.#area.focus();
    try {
      const { jobId } = await sendBatch(body);
      this.#forget(sent, judged);
      if (shown === this) navigate(`jobs/${jobId}`);
      else shown?.#ask(0);
    } catch (problem) {
      if (shown === this) this.#fail(problem, problem.status === 0 ? " Your lines are kept; sending them again is safe." : "");
    }
  }

  /** What could not be sent stays, and what was typed since. */
  #forget(sent, { rest }) {
    const before = new Set(sent.split("\n"));
    const typed = draft.split("\n").filter((line) => !before.has(line));
    draft = [rest, ...typed].filter(Boolean).join("\n");
    keep("draft", draft || null);
  }

  #copy = async () => {
    if (!this.#isCurrent) await this.#judge();
    if (!this.#isCurrent) return;
    const isCopied = await copy(curl(this.#body()));
    this.#say(isCopied ? "The command is in your clipboard." : "The browser did not let it be copied.");
  };

  #say(text) {
    this.#said = text;
    this.#draw();
  }

  #select = (number) => {
    const lines = draft.split("\n");
    const start = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0);
    this.#area.focus();
    this.#area.setSelectionRange(start, start + (lines[number - 1]?.length ?? 0));
  };

  #drop = (number) => {
    this.#edited(draft.split("\n").filter((_, index) => index + 1 !== number).join("\n"));
    this.#area.focus();
  };

  #dropped = (event) => {
    mark(event);
    if (isText(event)) return;
    const { files } = event.dataTransfer;
    if (files.length) return this.#take([...files]);
    this.#add(event.dataTransfer.getData("text/uri-list") || event.dataTransfer.getData("text/plain"));
  };

  /** Lists in files; a video itself is not sent from here. */
  async #take(files) {
    const isList = (file) => file.size <= LARGEST_FILE && !/^(video|audio|image)/.test(file.type);
    const other = files.find((file) => !isList(file));
    const texts = await Promise.all(files.filter(isList).map((file) => file.text())).catch(() => null);
    if (!texts) return this.#say("The browser cannot read that.");
    if (texts.length) this.#add(texts.join("\n"));
    if (other) this.#say(`${other.name} is no list of links, or a very long one. Files of videos are processed where they lie: vxpipe run FILE`);
  }

  #show() {
    const { lines } = this.#judged;
    renderScreen(html`
      <h1 tabindex="-1">Submit videos</h1>
      <form class="submit card" @submit=${this.#submit} novalidate @dragover=${mark} @dragleave=${mark} @drop=${this.#dropped}>
        <div class="submit-head actions"><label for="draft">Links or platform:code, one per line</label>
          <span class="quiet" id="draft-hint">CSV and JSON work too; drop a text file here</span>${tally(lines)}</div>
        <div class="fit wide">
          ${editor(draft, lines, { edited: this.#edited, submit: this.#submit })}
          <div class="verdict-frame" aria-busy=${String(!this.#isCurrent)}>${this.#verdicts()}</div></div>
        ${this.#options()}
        ${this.#faults().map((text) => html`<p class="fault" role="alert">${text}</p>`)}
        ${this.#isDeclined ? html`<p><button type="button" @click=${() => this.#judge()}>Sign in</button></p>` : nothing}
        ${this.#actions()}
      </form>
      ${foot()}`, this.#place);
  }

  #verdicts() {
    const { lines, notes } = this.#judged;
    const isJson = /^\s*[[{]/.test(draft);
    if (!lines.length) return html`<p class="quiet">What will be done with each line appears here, as you type.
      <a href=${at("system")}>Which platforms are taken</a></p>`;
    return html`${verdicts(lines, { select: this.#select, drop: isJson ? null : this.#drop })}
      ${notes.map((text) => html`<p class="quiet">${sentence(text)}</p>`)}`;
  }

  #options() {
    if (!this.#form) return "";
    const faults = new Map(this.#judged.faults.map(({ pointer, detail }) => [this.#form.fieldAt(pointer), detail]));
    const change = (field, value) => this.#choose(this.#form.with(field, value));
    return optionsForm(this.#form, { faults, change, reset: () => this.#choose(new Form(this.#form.fields)) });
  }

  #faults() {
    const named = ({ pointer, detail }) => sentence([this.#form.fieldAt(pointer)?.title, detail].filter(Boolean).join(": "));
    return this.#problem ? [this.#problem.text] : this.#judged.faults.map(named);
  }

  #actions() {
    const count = this.#ready().length;
    const may = count && !this.#judged.faults.length;
    const word = this.#isSending ? "Sending …" : count ? `Process ${plural(count, "video")}` : "Process";
    return html`<div class="actions">
      <button class="primary large" ?disabled=${this.#isSending || !may}>${icon("play")}${word}</button>
      <button type="button" ?disabled=${!may} @click=${this.#copy}>${icon("copy")}Copy as curl</button>
      <label class="button file">Open a list<input type="file" class="unseen" multiple
        @change=${(event) => this.#take([...event.target.files]).then(() => (event.target.value = ""))}></label>
      <span class="quiet" role="status">${this.#said || html`<kbd>Ctrl</kbd> <kbd>Enter</kbd> sends`}</span>
    </div>`;
  }
}

/** Text over the text area is the browser's own matter: it may be a part of the draft that is moved. A link is a line. */
const isText = ({ target, dataTransfer }) =>
  target.id === "draft" && !["Files", "text/uri-list"].some((type) => dataTransfer.types.includes(type));

function mark(event) {
  if (!isText(event)) event.preventDefault();
  event.currentTarget.classList.toggle("dropping", event.type === "dragover" && !isText(event));
}

function foot() {
  const send = `javascript:location.href=${JSON.stringify(location.origin + at("?url="))}+encodeURIComponent(location.href)`;
  return html`<p class="quiet">Drag <a href=${send} @click=${(event) => event.preventDefault()}>Send to vxpipe</a> to your
    bookmarks: it brings the page you are on here. The draft is kept in this browser.</p>`;
}
