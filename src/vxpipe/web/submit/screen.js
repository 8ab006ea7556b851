/** The place to hand videos in: a draft of lines, what the service makes of each, the options that matter. */

import { announce } from "../lib/announce.js";
import { get, newKey, post } from "../lib/api.js";
import { copy } from "../lib/clipboard.js";
import { curl, isLocked } from "../lib/curl.js";
import { plural } from "../lib/format.js";
import { html, live, nothing, perFrame, ref, render } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { follow } from "../lib/jobs.js";
import { bindKeys } from "../lib/keys.js";
import { navigate, remember } from "../lib/router.js";
import { keep, recall } from "../lib/stored.js";
import { at } from "../lib/urls.js";
import { parseLines } from "./lines.js";
import { byField, optionsForm } from "./options.js";
import { DEFAULTS, formOf, recipeOf } from "./recipe.js";
import { verdictList } from "./told.js";
import { judged, noted } from "./verdicts.js";

const PAUSE_MS = 250;
const LARGEST_FILE = 1_000_000;
const NOTHING = { verdicts: [], faults: [], queue: null, problem: null };

/** @type {import("../lib/router.js").Screen["open"]} */
export function submitScreen(place, { query }) {
  document.title = "Submit – vxpipe";
  const screen = new SubmitScreen(place);
  screen.suggest(query.get("url"));
  return { close: () => screen.close(), moved: (where) => screen.suggest(where.query.get("url")) };
}

class SubmitScreen {
  #place;
  #draft = recall("draft") ?? "";
  #form = formOf(parsed(recall("options")));
  #lines = [];
  #judged = NOTHING;
  #labels = new Map();
  #isSending = false;
  #isDropping = false;
  #failure = "";
  #said = "";
  /** The key of the request last sent: the same draft sent twice is one job. */
  #sent = parsed(recall("sent"));
  #asking = new AbortController();
  #pause = 0;
  #draw = perFrame(() => this.#show());
  #unfollow = follow(() => {});
  #unbind = bindKeys("Submit", { e: ["Next line with a problem", () => this.#nextFault()], "/": ["The lines", () => this.#area.focus()] });

  constructor(place) {
    this.#place = place;
    this.#show();
    this.#edited(this.#draft, 0);
    get("/platforms").then(({ platforms }) => this.#know(platforms), () => {});
  }

  close() {
    this.#unfollow();
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

  get #area() {
    return this.#place.querySelector("#draft");
  }

  #know(platforms) {
    this.#labels = new Map(platforms.filter((each) => each.enabled).map((each) => [each.name, each.label]));
    this.#draw();
  }

  #add(text) {
    const has = new Set(this.#draft.split("\n").map((line) => line.trim()));
    const fresh = text.split(/\r?\n/).filter((line) => line.trim() && !has.has(line.trim()));
    this.#edited([this.#draft.trimEnd(), ...fresh].filter(Boolean).join("\n"));
  }

  #edited(draft, pause = PAUSE_MS) {
    this.#draft = draft;
    keep("draft", draft || null);
    const before = new Map(this.#judged.verdicts.map((verdict) => [verdict.text, verdict]));
    this.#lines = parseLines(draft);
    const verdicts = this.#lines.map((line) => (line.fault ? { ...line, state: "fault" } : { ...before.get(line.text), ...line, state: before.get(line.text)?.state ?? "unknown" }));
    this.#judged = { ...this.#judged, verdicts };
    this.#failure = "";
    this.#ask(pause);
  }

  /** Ask what would be done, once the reader pauses. */
  #ask(pause) {
    clearTimeout(this.#pause);
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#pause = setTimeout(async () => {
      try {
        this.#judged = this.#lines.length ? await judged(this.#lines, recipeOf(this.#form), signal) : NOTHING;
        this.#draw();
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }, pause);
    this.#draw();
  }

  #change = (name, value) => {
    this.#form = { ...this.#form, [name]: value };
    keep("options", JSON.stringify(this.#form));
    this.#ask(PAUSE_MS);
  };

  #reset = () => {
    this.#form = { ...DEFAULTS };
    keep("options", null);
    this.#ask(0);
  };

  #wanted() {
    return this.#judged.verdicts.filter(({ state }) => state === "ready" || state === "unknown");
  }

  #body() {
    const options = recipeOf(this.#form);
    return { items: this.#wanted().map((line) => line.item), ...(Object.keys(options).length && { options }) };
  }

  #submit = async (event) => {
    event?.preventDefault();
    const wanted = this.#wanted();
    if (this.#isSending || !wanted.length) return this.#area.focus();
    this.#isSending = true;
    this.#draw();
    await this.#send(wanted);
    this.#isSending = false;
    this.#draw();
  };

  async #send(wanted) {
    const [body, draft, { verdicts }] = [this.#body(), this.#draft, this.#judged];
    const headers = { "Idempotency-Key": this.#keyOf(JSON.stringify(body)) };
    const [answer, problem] = await post("/process", body, { headers }).then((told) => [told, null], (refused) => [null, refused]);
    if (problem) return this.#refused(problem, wanted);
    this.#forget(draft, verdicts);
    announce("Job accepted");
    navigate(`jobs/${answer.jobId}`);
  }

  /** Of the draft that was sent only what has a problem stays, and of a line with several links those; and what was typed since. */
  #forget(draft, verdicts) {
    const sent = new Set(verdicts.filter(({ state }) => state !== "fault").map(({ number }) => number));
    const faults = verdicts.filter(({ state }) => state === "fault");
    const kept = new Set(faults.map(({ number }) => number).filter((number) => !sent.has(number)));
    const gone = new Set(draft.split("\n").filter((_, at) => !kept.has(at + 1)));
    const others = faults.filter(({ number }) => sent.has(number)).map(({ item, text }) => item?.url ?? text);
    const left = [...others, ...this.#draft.split("\n").filter((line) => !gone.has(line))].join("\n");
    this.#draft = left;
    keep("draft", left || null);
    keep("sent", null);
  }

  #keyOf(body) {
    if (this.#sent.body !== body) this.#sent = { body, key: newKey() };
    keep("sent", JSON.stringify(this.#sent));
    return this.#sent.key;
  }

  #refused(problem, wanted) {
    const refused = new Map();
    const others = noted(problem, wanted, refused);
    const verdicts = this.#judged.verdicts.map((verdict) => (refused.has(verdict) ? { ...verdict, state: "fault", fault: refused.get(verdict) } : verdict));
    this.#judged = { ...this.#judged, verdicts, faults: others };
    const wait = problem.retryAfter ? ` Try again in ${problem.retryAfter} s.` : "";
    const safe = problem.status === 0 ? " Your lines are kept; sending them again is safe." : "";
    const what = refused.size ? `${plural(refused.size, "line")} cannot be taken; nothing was sent` : problem.message;
    this.#failure = sentence(what) + wait + safe;
  }

  #copy = async () => {
    await copy(curl(this.#body(), await isLocked()));
    this.#say("The command is in your clipboard.");
  };

  #say(text) {
    this.#said = text;
    this.#draw();
  }

  #select = (number) => {
    const lines = this.#draft.split("\n");
    const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
    this.#area.focus();
    this.#area.setSelectionRange(start, start + (lines[number - 1]?.length ?? 0));
  };

  #drop = (number) => {
    this.#edited(this.#draft.split("\n").filter((_, at) => at + 1 !== number).join("\n"), 0);
    this.#area.focus();
  };

  #nextFault() {
    const fault = this.#judged.verdicts.find(({ state }) => state === "fault");
    if (fault) this.#select(fault.number);
  }

  #dropped = async (event) => {
    event.preventDefault();
    this.#dragged(false);
    await this.#take([...event.dataTransfer.files], event.dataTransfer.getData("text/uri-list") || event.dataTransfer.getData("text/plain"));
  };

  #dragged(isDropping) {
    if (this.#isDropping === isDropping) return;
    this.#isDropping = isDropping;
    this.#draw();
  }

  /** Text files of links; a video itself is not sent from here. */
  async #take(files, text = "") {
    const [fitting, others] = [files.filter((file) => file.size <= LARGEST_FILE), files.filter((file) => file.size > LARGEST_FILE)];
    const texts = await Promise.all(fitting.map((file) => file.text()));
    this.#add([...texts, files.length ? "" : text].join("\n"));
    if (others.length) this.#say(`${others[0].name} is too large for a list of links.`);
  }

  #show() {
    const count = this.#wanted().length;
    const places = byField(this.#judged.faults);
    render(html`
      <h1 tabindex="-1">Submit videos</h1>
      <form class="submit card ${this.#isDropping ? "dropping" : ""}" @submit=${this.#submit} novalidate
        @dragover=${(event) => { event.preventDefault(); this.#dragged(true); }} @dragleave=${(event) => event.currentTarget.contains(event.relatedTarget) || this.#dragged(false)} @drop=${this.#dropped}>
        <div class="submit-head"><label for="draft">Links or platform:code, one per line</label><span class="quiet" id="draft-hint">CSV and JSON work too; drop a text file here</span>${this.#tally()}</div>
        <div class="draft-and-verdicts">${this.#editor()}${this.#verdicts()}</div>
        ${optionsForm(this.#form, { faults: places, change: this.#change, reset: this.#reset })}
        ${[this.#failure, places[""], this.#judged.problem?.message].filter(Boolean).slice(0, 1).map((text) => html`<p class="fault" role="alert">${sentence(text)}</p>`)}
        <div class="actions">
          <button class="primary large" ?disabled=${this.#isSending || !count}>${icon("play")}${this.#isSending ? "Sending …" : count ? `Process ${plural(count, "video")}` : "Process"}</button>
          <button type="button" ?disabled=${!count} @click=${this.#copy}>${icon("copy")}Copy as curl</button>
          <label class="button file">Open a file<input type="file" class="unseen" accept=".txt,.csv,.tsv,.json,.ndjson,text/*" multiple
            @change=${(event) => this.#take([...event.target.files]).then(() => (event.target.value = ""))}></label>
          <span class="quiet" role="status">${this.#said || html`<kbd>Ctrl</kbd> <kbd>Enter</kbd> sends`}</span>
        </div>
      </form>
      ${this.#foot()}`, this.#place);
  }

  #tally() {
    const states = this.#judged.verdicts.map(({ state }) => state);
    const of = (state) => states.filter((each) => each === state).length;
    const parts = [[of("ready"), "ready", "ok"], [of("double"), of("double") === 1 ? "double" : "doubles", "quiet"], [of("fault"), of("fault") === 1 ? "problem" : "problems", "bad"]];
    return html`<span class="tally" role="status">${parts.filter(([count]) => count).map(([count, word, look]) => html`<span class=${look}>${count} ${word}</span>`)}</span>`;
  }

  #editor() {
    const states = new Map(this.#judged.verdicts.map(({ number, state }) => [number, state]));
    const lines = this.#draft.split("\n");
    return html`<div class="lines">
      <div class="gutter" aria-hidden="true">${lines.map((_, at) => html`<span class=${states.get(at + 1) ?? ""}>${at + 1}</span>`)}</div>
      <textarea id="draft" rows="9" wrap="off" spellcheck="false" autocapitalize="none" autocomplete="off" aria-describedby="draft-hint"
        placeholder="https://youtu.be/aqz-KE-bpKQ&#10;vimeo:56015672" .value=${live(this.#draft)}
        @input=${(event) => this.#edited(event.target.value)} @scroll=${(event) => (event.target.previousElementSibling.scrollTop = event.target.scrollTop)}
        @keydown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && this.#submit(event)}
        ${ref(focusOnce)}></textarea></div>`;
  }

  #verdicts() {
    const { verdicts, queue } = this.#judged;
    if (!verdicts.length) return html`<div class="verdicts-empty"><p>What will be done with each line appears here, as you type.</p>${this.#taken()}</div>`;
    const doubles = verdicts.filter(({ state }) => state === "double").map(({ number }) => number);
    const dropAll = () => this.#edited(this.#draft.split("\n").filter((_, at) => !doubles.includes(at + 1)).join("\n"), 0);
    return html`<div class="verdict-frame">${verdictList(verdicts, { labels: this.#labels, select: this.#select, drop: this.#drop })}
      <p class="quiet verdict-foot">${doubles.length > 1 ? html`<button type="button" class="link" @click=${dropAll}>Remove all doubles</button>` : nothing}
        ${queue && !queue.fits ? html`<span class="bad">The queue has room for ${queue.room} more.</span>` : queue?.depth ? `${plural(queue.depth, "video")} wait in the queue.` : nothing}</p></div>`;
  }

  #taken() {
    const labels = [...new Set(this.#labels.values())];
    return labels.length ? html`<details><summary>${labels.length} platforms are taken</summary><p class="quiet">${labels.join(", ")}.</p></details>` : nothing;
  }

  #foot() {
    const send = `javascript:location.href=${JSON.stringify(location.origin + at("?url="))}+encodeURIComponent(location.href)`;
    return html`<p class="quiet foot">Drag <a href=${send} @click=${(event) => event.preventDefault()}>Send to vxpipe</a> to your bookmarks: it brings the page you are on here.
      The draft is kept in this browser.</p>`;
  }
}

function focusOnce(area) {
  if (area && matchMedia("(hover: hover)").matches) area.focus({ preventScroll: true });
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function sentence(text) {
  const head = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(head) ? head : `${head}.`;
}
