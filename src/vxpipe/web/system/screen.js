/** How the service stands: ready, busy with what, able to do what, failing of what. */

import { get } from "../lib/api.js";
import { showConnection } from "../lib/connection.js";
import { html, nothing, renderScreen } from "../lib/html.js";
import { badge, notice, skeleton } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { abilities, lastHour, platforms, tiles } from "./sections.js";

const PARTS = ["system", "capabilities", "platforms"];
const PAUSE_MS = 3000;
const SELDOM_MS = 30_000;

export class SystemScreen {
  #place;
  #known = {};
  #problems = {};
  #fault = "";
  #isReading = false;
  #timer = 0;
  /** When what changes seldom is read again. */
  #due = 0;
  #closed = new AbortController();

  constructor(place) {
    document.title = "System – vxpipe";
    this.#place = place;
    const { signal } = this.#closed;
    document.addEventListener("visibilitychange", this.#read, { signal });
    window.addEventListener("signed-in", this.#read, { signal });
    showConnection("connecting");
    this.#show();
    this.#read();
  }

  close() {
    this.#closed.abort();
    clearTimeout(this.#timer);
  }

  /** Again and again; not for a hidden tab, and no more for one without a key. */
  #read = async () => {
    clearTimeout(this.#timer);
    if (document.hidden || this.#isReading) return;
    this.#isReading = true;
    const isDue = Date.now() >= this.#due;
    if (isDue) this.#due = Date.now() + SELDOM_MS;
    await Promise.all(PARTS.filter((part) => isDue || part === "system" || this.#problems[part]).map((part) => this.#readPart(part)));
    this.#isReading = false;
    if (this.#closed.signal.aborted) return;
    const problem = this.#problem(PARTS);
    this.#tell(problem);
    if (problem?.status !== 401) this.#timer = setTimeout(this.#read, PAUSE_MS);
  };

  async #readPart(part) {
    this.#problems[part] = await get(`/${part}`).then((answer) => void (this.#known[part] = answer), (problem) => problem);
    this.#show();
  }

  #problem = (parts) => parts.map((part) => this.#problems[part]).find(Boolean);

  #tell(problem) {
    if (!problem) showConnection("live");
    else if (problem.status === 401 || problem.status === 403) showConnection("ended");
    else showConnection("offline", Date.now() + PAUSE_MS, this.#read, problem.status ? problem.message : "");
  }

  #signOut = async () => {
    const answer = await fetch(at("logout"), { method: "POST" }).catch(() => null);
    if (answer?.ok) return location.reload();
    this.#fault = "You are still signed in: the service cannot be reached.";
    this.#show();
  };

  /** What is shown stays when the service does not answer; the banner says that it may be old. */
  #show() {
    const { system, capabilities: can, platforms: all } = this.#known;
    const missing = PARTS.filter((part) => !this.#known[part]);
    const problem = this.#problem(missing);
    const again = html`<button @click=${this.#read}>${problem?.status === 401 ? "Sign in" : "Try again"}</button>`;
    renderScreen(html`<div class="screen-head"><h1 tabindex="-1">System</h1>${system ? readiness(system) : nothing}</div>
      ${problem ? notice("Not all of the service's state can be shown", problem.message, again) : missing.length ? skeleton(4) : nothing}
      ${system && can ? tiles(system, can) : nothing}
      ${system ? lastHour(system) : nothing}
      ${can ? abilities(can) : nothing}
      ${all ? platforms(all.platforms) : nothing}
      <p class="actions"><a href=${at("metrics")}>Figures for Prometheus</a><a href=${at("openapi.json")}>OpenAPI</a>
        ${system?.caller.signedIn ? html`<button class="link" @click=${this.#signOut}>Sign out</button>` : nothing}
        <span class="fault" role="alert">${this.#fault}</span></p>`, this.#place);
  }
}

function readiness({ ready, reasons }) {
  return html`<p class="readiness actions" role="status">${badge(ready ? "completed" : "failed", ready ? "ready" : "not ready")}
    <span class=${ready ? "quiet" : "bad"}>${reasons.join("; ") || "takes work"}</span></p>`;
}
