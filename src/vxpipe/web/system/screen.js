/** How the service stands: ready, busy with what, able to do what, failing of what. */

import { get } from "../lib/api.js";
import { showConnection } from "../lib/connection.js";
import { html, nothing, renderScreen } from "../lib/html.js";
import { badge, notice, skeleton } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { abilities, lastHour, platforms, tiles } from "./sections.js";

const PARTS = ["system", "capabilities", "platforms"];
const PAUSE_MS = 3000;
const READY = { true: ["completed", "ready"], false: ["failed", "not ready"] };

const known = {};
let place = null;
let problem = null;
let fault = "";
let timer = 0;
let isReading = false;

export function systemScreen(element) {
  document.title = "System – vxpipe";
  [place, problem, fault] = [element, null, ""];
  showConnection("connecting");
  show();
  read();
  return { close: () => (place = null) };
}

document.addEventListener("visibilitychange", read);
window.addEventListener("signed-in", read);

/** Again and again while it is shown; not for a hidden tab, and no more for one without the right key. */
async function read() {
  clearTimeout(timer);
  if (!place || document.hidden || isReading) return;
  isReading = true;
  const outcomes = await Promise.allSettled(PARTS.map(readPart));
  isReading = false;
  if (!place) return;
  problem = outcomes.find(({ reason }) => reason)?.reason;
  show();
  const isRefused = [401, 403].includes(problem?.status);
  const state = !problem ? "live" : isRefused ? "ended" : "offline";
  showConnection(state, Date.now() + PAUSE_MS, read, problem?.status ? problem.message : "");
  if (!isRefused) timer = setTimeout(read, PAUSE_MS);
}

async function readPart(part) {
  known[part] = await get(`/${part}`);
  if (place) show();
}

async function signOut() {
  const answer = await fetch(at("logout"), { method: "POST" }).catch(() => null);
  if (answer?.ok) return location.reload();
  fault = "You are still signed in.";
  show();
}

/** What is shown stays when the service does not answer; the banner says that it may be old. */
function show() {
  const { system, capabilities: can, platforms: all } = known;
  const isWhole = PARTS.every((part) => known[part]);
  const again = html`<button @click=${read}>${problem?.status === 401 ? "Sign in" : "Try again"}</button>`;
  renderScreen(html`<div class="screen-head"><h1 tabindex="-1">System</h1>
      ${system ? html`<p class="readiness" role="status">${badge(...READY[system.ready])}
        ${system.reasons.join("; ") || "takes work"}</p>` : nothing}</div>
    ${isWhole ? nothing : problem ? notice("Not all of the service's state can be shown", problem.message, again) : skeleton(4)}
    ${system && can ? tiles(system, can) : nothing}
    ${system ? lastHour(system) : nothing}
    ${can ? abilities(can) : nothing}
    ${all ? platforms(all.platforms) : nothing}
    <p class="actions"><a href=${at("metrics")}>Figures for Prometheus</a><a href=${at("openapi.json")}>OpenAPI</a>
      ${system?.caller.signedIn || problem?.status === 403 ? html`<button class="link" @click=${signOut}>Sign out</button>` : nothing}
      <span class="fault" role="alert">${fault}</span></p>`, place);
}
