/** How the service stands: ready, busy with what, able to do what, failing of what. */

import { get } from "../lib/api.js";
import { html, nothing, perFrame, render } from "../lib/html.js";
import { follow } from "../lib/jobs.js";
import { badge, notice, skeleton } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { abilities, tools } from "./abilities.js";
import { lastHour, tiles } from "./activity.js";
import { platformTable } from "./platforms.js";

const OFTEN_MS = 3000;
const SELDOM_MS = 30_000;

/** @type {import("../lib/router.js").Screen["open"]} */
export function systemScreen(place) {
  document.title = "System – vxpipe";
  const screen = new SystemScreen(place);
  return { close: () => screen.close() };
}

class SystemScreen {
  #place;
  #system = null;
  #capabilities = null;
  #platforms = [];
  #problem = null;
  #draw = perFrame(() => this.#show());
  #unfollow = follow(() => {});
  #clocks = [setInterval(() => this.#often(), OFTEN_MS), setInterval(() => this.#seldom(), SELDOM_MS)];

  constructor(place) {
    this.#place = place;
    this.#show();
    this.#often();
    this.#seldom();
  }

  close() {
    this.#unfollow();
    this.#clocks.forEach(clearInterval);
  }

  async #often() {
    await this.#take(async () => {
      this.#system = await get("/system");
    });
  }

  async #seldom() {
    await this.#take(async () => {
      [this.#capabilities, { platforms: this.#platforms }] = await Promise.all([get("/capabilities"), get("/platforms")]);
    });
  }

  /** What is shown stays when the service does not answer; the pill says that it may be old. */
  async #take(read) {
    if (document.hidden) return;
    try {
      await read();
      this.#problem = null;
    } catch (problem) {
      this.#problem = problem;
    }
    this.#draw();
  }

  #show() {
    render(html`
      <div class="screen-head"><h1 tabindex="-1">System</h1>${this.#system ? readiness(this.#system) : nothing}</div>
      ${this.#body()}`, this.#place);
  }

  #body() {
    const [system, can] = [this.#system, this.#capabilities];
    if (this.#problem && !system) return notice("The state of the service cannot be shown", this.#problem.message, html`<button @click=${() => this.#often()}>Try again</button>`);
    if (!system || !can) return skeleton(4);
    return html`
      ${tiles(system, can)}
      ${system.activity ? lastHour(system.activity.lastHour) : html`<p class="quiet">What all callers do together is shown to keys that see all jobs.</p>`}
      ${abilities(can)}
      <div class="two">${platformTable(this.#platforms)}${tools(can)}</div>
      <p class="actions"><a href=${at("metrics")}>Figures for Prometheus</a><a href=${at("openapi.json")}>OpenAPI</a><a href=${at("docs")}>API</a></p>`;
  }
}

function readiness({ ready, reasons }) {
  return html`<p class="readiness" role="status">${badge(ready ? "completed" : "failed", ready ? "ready" : "not ready")}
    ${reasons.length ? html`<span class="bad">${reasons.join("; ")}</span>` : html`<span class="quiet">takes work</span>`}</p>`;
}
