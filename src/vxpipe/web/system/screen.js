/** How the service stands: ready, busy with what, able to do what, failing of what. */

import { get } from "../lib/api.js";
import { showConnection } from "../lib/connection.js";
import { isLocked } from "../lib/curl.js";
import { html, nothing, perFrame, renderScreen } from "../lib/html.js";
import { badge, notice, skeleton } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { abilities, lastHour, platforms, tiles } from "./sections.js";

/** What is read, and how long after each answer again. */
const PARTS = { system: 3000, capabilities: 30_000, platforms: 30_000 };
const NAMES = Object.keys(PARTS);

export class SystemScreen {
  #place;
  #known = {};
  #problems = {};
  #timers = {};
  #asking = new Set();
  #gone = new AbortController();
  #draw = perFrame(() => this.#show());
  #isLocked = false;
  #fault = "";

  constructor(place) {
    document.title = "System – vxpipe";
    this.#place = place;
    const { signal } = this.#gone;
    document.addEventListener("visibilitychange", () => this.#readAll(), { signal });
    window.addEventListener("signed-in", () => this.#readAll(), { signal });
    showConnection("connecting");
    this.#show();
    this.#readAll();
    isLocked().then((isLocked) => {
      this.#isLocked = isLocked;
      this.#draw();
    });
  }

  close() {
    this.#gone.abort();
    this.#rest();
  }

  #rest() {
    for (const part of NAMES) clearTimeout(this.#timers[part]);
  }

  #readAll() {
    for (const part of NAMES) this.#read(part);
  }

  /** Read a part, and again a while after its answer; not for a hidden tab, and no more for one without a key. */
  async #read(part) {
    clearTimeout(this.#timers[part]);
    if (document.hidden || this.#asking.has(part)) return;
    this.#asking.add(part);
    this.#problems[part] = await get(`/${part}`).then((answer) => void (this.#known[part] = answer), (problem) => problem);
    this.#asking.delete(part);
    if (this.#gone.signal.aborted) return;
    this.#tell(this.#problems[part]);
    if (this.#problems[part]?.status === 401) this.#rest();
    else this.#timers[part] = setTimeout(() => this.#read(part), PARTS[part]);
    this.#draw();
  }

  #tell(problem) {
    if (!problem) showConnection("live");
    else if (problem.status === 401 || problem.status === 403) showConnection("ended");
    else showConnection("offline", Date.now() + PARTS.system, () => this.#readAll(), problem.status ? problem.message : "");
  }

  #signOut = async () => {
    const answer = await fetch(at("logout"), { method: "POST" }).catch(() => null);
    if (answer?.ok) return location.reload();
    this.#fault = "You are still signed in: the service cannot be reached.";
    this.#draw();
  };

  /** What is shown stays when the service does not answer; the pill says that it may be old. */
  #show() {
    const { system, capabilities: can, platforms: all } = this.#known;
    const missing = NAMES.filter((part) => !this.#known[part]);
    const problem = missing.map((part) => this.#problems[part]).find(Boolean);
    const again = html`<button @click=${() => this.#readAll()}>Try again</button>`;
    const waiting = missing.length ? skeleton(4) : nothing;
    renderScreen(html`<div class="screen-head"><h1 tabindex="-1">System</h1>${system ? readiness(system) : nothing}</div>
      ${problem ? notice("Not all of the service's state can be shown", problem.message, again) : waiting}
      ${system && can ? tiles(system, can) : nothing}
      ${system ? lastHour(system) : nothing}
      ${can ? abilities(can) : nothing}
      ${all ? platforms(all.platforms) : nothing}
      <p class="actions"><a href=${at("metrics")}>Figures for Prometheus</a><a href=${at("openapi.json")}>OpenAPI</a>
        ${this.#isLocked ? html`<button class="link" @click=${this.#signOut}>Sign out</button>` : nothing}
        <span class="fault" role="alert">${this.#fault}</span></p>`, this.#place);
  }
}

function readiness({ ready, reasons }) {
  return html`<p class="readiness actions" role="status">${badge(ready ? "completed" : "failed", ready ? "ready" : "not ready")}
    <span class=${ready ? "quiet" : "bad"}>${reasons.join("; ") || "takes work"}</span></p>`;
}
