/** The place to hand videos in: a draft of lines, what the service makes of each, the options that matter. */

import { get, post, sendBatch } from "../lib/api.js";
import { copy } from "../lib/clipboard.js";
import { showConnection } from "../lib/connection.js";
import { curl } from "../lib/curl.js";
import { plural, sentence } from "../lib/format.js";
import { html, perFrame, renderScreen } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { bindKeys } from "../lib/keys.js";
import { navigate, remember } from "../lib/router.js";
import { keep, recall, recallObject } from "../lib/stored.js";
import { at } from "../lib/urls.js";
import { editor, tally, verdicts } from "./lines.js";
import { optionsForm } from "./options.js";
import { fieldsOf, Form } from "./recipe.js";

const PAUSE_MS = 250;
const AGAIN_MS = 3000;
const LARGEST_FILE = 1e6;
const NOTHING = { lines: [], faults: [], notes: [], besides: {}, rest: "" };

// There is one draft: what is sent may come back after the reader left this screen, and came again.
let place = null;
let draft = "";
let form = null;
let judged = NOTHING;
let isCurrent = false; // whether `judged` is about the draft as it stands
let isSending = false;
let problem = null;
let said = "";
let pause = 0;
let asking = new AbortController();

export function submitScreen(here, where) {
  document.title = "Submit – vxpipe";
  [place, draft, judged, problem] = [here, recall("draft") ?? "", NOTHING, null];
  const unbind = bindKeys("Submit", { "/": ["The lines", () => area().focus()] });
  const close = () => {
    place = null;
    unbind();
    clearTimeout(pause);
    asking.abort();
  };
  showConnection("ended");
  show();
  ask(0);
  moved(where);
  if (matchMedia("(hover: hover)").matches) area().focus({ preventScroll: true }); // a finger would be given a keyboard
  return { close, moved };
}

const area = () => place.querySelector("#draft");

/** Takes what another page or a bookmark hands over. */
function moved({ query }) {
  const text = query.get("url");
  if (!text) return;
  remember({ url: null });
  add(text);
}

const add = (text) => edit([draft.trimEnd(), text.replace(/\r\n?/g, "\n").trim()].filter(Boolean).join("\n"));

function edit(text) {
  draft = text;
  keep("draft", draft || null);
  ask();
}

function choose(option) {
  const changed = option ? { ...form.changed, ...option } : {};
  form = new Form(form.fields, changed);
  keep("options", JSON.stringify(changed));
  ask();
}

/** Ask what would be done, once the reader pauses. Who did not want to sign in is not asked with every letter. */
function ask(after = PAUSE_MS) {
  [isCurrent, said] = [false, ""];
  draw();
  if (isDeclined()) return;
  problem = null;
  judgeIn(after);
}

const isDeclined = () => problem?.status === 401;

function judgeIn(milliseconds) {
  clearTimeout(pause);
  pause = setTimeout(judge, milliseconds);
}

async function judge() {
  clearTimeout(pause);
  asking.abort();
  const { signal } = (asking = new AbortController());
  try {
    form ??= new Form(fieldsOf(await get("/options")), recallObject("options"));
    const found = draft.trim() ? await post("/drafts", { text: draft, options: form.recipe() }, { signal }) : NOTHING;
    if (signal.aborted) return;
    if (problem?.isPassing) said = "The service is ready again.";
    [judged, isCurrent, problem] = [found, true, null];
  } catch (failure) {
    if (!signal.aborted) fail(failure);
  }
  draw();
}

/** A service that is away is asked again; what was told first stays until then. */
function fail(failure) {
  problem = failure.status === 401 ? failure : (problem ?? failure);
  if (!isCurrent) judged = NOTHING;
  if (failure.isPassing) judgeIn(failure.retryAfter * 1000 || AGAIN_MS);
}

async function isJudged() {
  if (!isCurrent) await judge();
  return isCurrent;
}

const batch = () => ({ items: judged.lines.filter(({ state }) => state === "ready").map(({ item }) => item), ...judged.besides });

async function submit(event) {
  event.preventDefault();
  if (isSending) return;
  [isSending, problem] = [true, null];
  draw();
  const here = place;
  if ((await isJudged()) && place === here && maySend()) await send(here);
  isSending = false;
  draw();
}

const maySend = () => judged.faults.length === 0 && batch().items.length > 0;

async function send(here) {
  const [sent, { rest }] = [draft, judged];
  try {
    const { jobId } = await sendBatch(batch());
    forget(sent, rest);
    if (place === here) navigate(`jobs/${jobId}`);
    else if (place) ask(0);
  } catch (failure) {
    if (!failure.status) failure.message += " Your lines are kept; sending them again is safe.";
    if (place === here) fail(failure);
  }
}

/** What could not be sent stays, and what was typed since. */
function forget(sent, rest) {
  const before = new Set(sent.split("\n"));
  draft = [rest, ...draft.split("\n").filter((line) => !before.has(line))].filter(Boolean).join("\n");
  keep("draft", draft || null);
}

async function copyCommand() {
  if (!(await isJudged())) return;
  const isCopied = await copy(curl(batch()));
  say(isCopied ? "The command is in your clipboard." : "The browser did not let it be copied.");
}

function say(text) {
  said = text;
  draw();
}

/** Whether it is for us. Text over the text area is the browser's own matter: it may be a part of the draft that is moved. */
function dragged(event) {
  const { types } = event.dataTransfer;
  const isOurs = event.target.id !== "draft" || types.includes("Files") || types.includes("text/uri-list");
  if (isOurs) event.preventDefault();
  event.currentTarget.classList.toggle("dropping", isOurs && event.type === "dragover");
  return isOurs;
}

function dropped(event) {
  if (!dragged(event)) return;
  const data = event.dataTransfer;
  if (data.files.length) take([...data.files]);
  else add(data.getData("text/uri-list") || data.getData("text/plain"));
}

async function take(files) {
  const lists = files.filter(({ size, type }) => size <= LARGEST_FILE && !/^(video|audio|image)/.test(type));
  const other = files.find((file) => !lists.includes(file));
  const texts = await Promise.all(lists.map((file) => file.text())).catch(() => null);
  if (!texts) return say("The browser cannot read that.");
  add(texts.join("\n"));
  if (other) say(`${other.name} is no list of links, or a very long one. Videos are processed where they lie: vxpipe run FILE`);
}

const draw = perFrame(() => place && show());

const show = () => renderScreen(html`
  <h1 tabindex="-1">Submit videos</h1>
  <form class="submit card" @submit=${submit} novalidate @dragover=${dragged} @dragleave=${dragged} @drop=${dropped}>
    <div class="actions"><label for="draft">Links or platform:code, one per line</label>
      <span class="quiet" id="draft-hint">CSV and JSON work too; drop a text file here</span>${tally(judged.lines)}</div>
    <div class="fit wide">
      ${editor(draft, judged.lines, edit, submit)}
      <div class="verdict-frame" aria-busy=${!isCurrent}>${told()}</div></div>
    ${form && optionsForm(form, judged.faults, choose)}
    ${problem && html`<p class="fault" role="alert">${problem.message}</p>`}
    ${isDeclined() ? html`<p><button type="button" @click=${judge}>Sign in</button></p>` : ""}
    ${actions()}
  </form>
  <p class="quiet">Drag <a href=${SEND} @click=${(event) => event.preventDefault()}>Send to vxpipe</a> to your bookmarks: it brings the
    page you are on here. The draft is kept in this browser.</p>`, place);

const SEND = `javascript:location.href=${JSON.stringify(location.origin + at("?url="))}+encodeURIComponent(location.href)`;

function told() {
  if (!judged.lines.length) return html`<p class="quiet">What will be done with each line appears here, as you type.
    <a href=${at("system")}>Which platforms are taken</a></p>`;
  return html`${verdicts(judged.lines)}
    ${judged.notes.map((text) => html`<p class="quiet">${sentence(text)}</p>`)}`;
}

function actions() {
  const count = batch().items.length;
  const word = isSending ? "Sending …" : `Process ${count ? plural(count, "video") : ""}`;
  return html`<div class="actions">
    <button class="primary large" ?disabled=${isSending || !maySend()}>${icon("play")}${word}</button>
    <button type="button" ?disabled=${!maySend()} @click=${copyCommand}>${icon("copy")}Copy as curl</button>
    <label class="button file">Open a list<input type="file" class="unseen" multiple
      @change=${({ target }) => take([...target.files]).then(() => (target.value = ""))}></label>
    <span class="quiet" role="status">${said || html`<kbd>Ctrl</kbd> <kbd>Enter</kbd> sends`}</span>
  </div>`;
}
