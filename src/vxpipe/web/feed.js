/**
 * An EventSource that does not give up. A browser's own one is dead for good after any answer but 200, so every loss
 * closes it here and a new one is made after 1, 2, 4 .. 30 s, with the last id in the query. It rests while the tab is
 * hidden: a browser grants an origin six connections in all.
 */

import { within } from "./within.js";

const PAUSES = [1, 2, 4, 8, 16, 30];
const STEADY_MS = 5000;
const OFFLINE_AFTER = 3;

/**
 * @typedef {"connecting" | "live" | "reconnecting" | "offline" | "ended"} FeedState
 * @typedef {object} Parts
 * @property {string} path
 * @property {string[]} kinds the events to pass on
 * @property {(kind: string, data: any) => void} onEvent
 * @property {(state: FeedState, retryAt: number) => void} onState `retryAt` in ms since 1970, 0 where none is planned
 * @property {() => Promise<unknown>} check a request that tells why the stream may be refused; a 401 or 404 ends the feed
 * @property {(problem: Error) => void} onRefused
 */

export class Feed {
  #parts;
  #source = null;
  #timer = 0;
  #turn = 0;
  #failures = 0;
  #openedAt = Infinity;
  #lastId = 0;
  #over = false;
  #listening = new AbortController();

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#rest() : this.#connect()), { signal });
    window.addEventListener("online", () => this.retry(), { signal });
    if (!document.hidden) this.#connect();
  }

  /** Try now instead of at the end of the pause. */
  retry() {
    if (!this.#timer) return;
    this.#failures = 0;
    this.#reconnect();
  }

  /** End for good. */
  close() {
    this.#over = true;
    this.#rest();
    this.#listening.abort();
  }

  #connect() {
    if (this.#over) return;
    this.#rest();
    const { path, kinds, onState } = this.#parts;
    const source = new EventSource(within(this.#lastId ? `${path}?lastEventId=${this.#lastId}` : path));
    if (!this.#failures) onState("connecting", 0);
    source.addEventListener("open", () => this.#opened());
    source.addEventListener("error", () => this.#lost());
    source.addEventListener("bye", (event) => this.#bye(JSON.parse(event.data).reason));
    for (const kind of kinds) source.addEventListener(kind, (event) => this.#heard(kind, event));
    this.#source = source;
  }

  #opened() {
    this.#openedAt = performance.now();
    this.#parts.onState("live", 0);
  }

  #heard(kind, event) {
    const data = JSON.parse(event.data);
    if (data.seq) {
      if (data.seq <= this.#lastId) return;
      this.#lastId = data.seq;
    }
    this.#parts.onEvent(kind, data);
  }

  #bye(reason) {
    if (reason === "done") {
      this.close();
      this.#parts.onState("ended", 0);
    } else if (reason === "rotate") {
      this.#rest();
      this.#wait(Math.random());
    } else {
      this.#lost();
    }
  }

  #lost(atLeast = 0) {
    if (performance.now() - this.#openedAt > STEADY_MS) this.#failures = 0;
    this.#rest();
    const pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)];
    this.#failures += 1;
    const seconds = Math.max(pause, atLeast) * (1 + Math.random() / 2);
    this.#wait(seconds);
    const isOffline = this.#failures >= OFFLINE_AFTER || !navigator.onLine;
    this.#parts.onState(isOffline ? "offline" : "reconnecting", Date.now() + seconds * 1000);
  }

  #wait(seconds) {
    this.#timer = setTimeout(() => this.#reconnect(), seconds * 1000);
  }

  /** Ask first why the stream ended: EventSource tells nobody the status of a refusal. */
  async #reconnect() {
    this.#rest();
    const turn = this.#turn;
    try {
      await this.#parts.check();
    } catch (problem) {
      if (turn === this.#turn) this.#refused(problem);
      return;
    }
    if (turn === this.#turn) this.#connect();
  }

  #refused(problem) {
    if (problem.status !== 401 && problem.status !== 404) return this.#lost(problem.retryAfter);
    this.close();
    this.#parts.onState("ended", 0);
    this.#parts.onRefused(problem);
  }

  /** Let go of the connection and of any plan to make one. */
  #rest() {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#source?.close();
    this.#source = null;
    this.#openedAt = Infinity;
  }
}
