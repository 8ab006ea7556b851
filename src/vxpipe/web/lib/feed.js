/**
 * An EventSource that does not give up. A browser's own one is dead for good after any answer but 200, so every loss
 * closes it here and a new one is made after 1, 2, 4 .. 30 s, with the last id in the query. It rests while the tab is
 * hidden, and asks whether the service is there when nothing has come for a while: heartbeats are invisible to scripts.
 */

import { takeTurn } from "./turns.js";
import { at } from "./urls.js";

const PAUSES = [1, 2, 4, 8, 16, 30];
const STEADY_MS = 5000;
const OFFLINE_AFTER = 3;
const QUIET_MS = 20_000;
const WATCH_MS = 5000;
const ANSWER_MS = 5000;
const VISIT_SECONDS = 2;

/**
 * @typedef {"connecting" | "live" | "stale" | "offline" | "ended"} FeedState
 * @typedef {object} Parts
 * @property {string} path
 * @property {boolean} resumes whether the stream goes on after `lastEventId` and ends by itself with `follow=0`
 * @property {number} [after] the last event that is known already
 * @property {string[]} kinds the events to pass on
 * @property {(kind: string, data: any) => void} onEvent
 * @property {(state: FeedState, retryAt: number) => void} onState `retryAt` in ms since 1970, 0 where none is planned
 * @property {() => Promise<unknown>} check a request that tells why the stream may be refused; a 401 or 404 ends the feed.
 *   Where there is no turn for a stream that resumes, its answer is passed on as a `snapshot`: no past holds progress
 * @property {(problem: Error) => void} onRefused
 * @property {() => boolean} [isOver] whether nothing more can come
 */

export class Feed {
  #parts;
  #source = null;
  #release = null;
  #timer = 0;
  #turn = 0;
  #failures = 0;
  #openedAt = Infinity;
  #heardAt = 0;
  #lastId = 0;
  #visits = false;
  #wasLive = false;
  #over = false;
  #listening = new AbortController();
  #watch = setInterval(() => this.#look(), WATCH_MS);

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#lastId = parts.after ?? 0;
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#rest() : this.#connect()), { signal });
    for (const event of ["online", "signed-in"]) window.addEventListener(event, () => this.retry(), { signal });
    if (!document.hidden) this.#connect();
  }

  /** Try now instead of at the end of the pause. */
  retry() {
    if (this.#timer) this.#reconnect();
  }

  /** End for good. */
  close() {
    this.#over = true;
    this.#rest();
    clearInterval(this.#watch);
    this.#listening.abort();
  }

  async #connect() {
    if (this.#over) return;
    this.#rest();
    const turn = this.#turn;
    if (!this.#failures && !this.#visits) this.#parts.onState("connecting", 0);
    const release = await takeTurn();
    if (turn !== this.#turn) return release?.();
    this.#release = release;
    this.#visits = release === null;
    this.#open();
  }

  #open() {
    const source = new EventSource(this.#address());
    source.addEventListener("open", () => this.#opened());
    source.addEventListener("error", () => this.#lost());
    source.addEventListener("bye", (event) => this.#bye(JSON.parse(event.data).reason));
    for (const kind of this.#parts.kinds) source.addEventListener(kind, (event) => this.#heard(kind, event));
    this.#source = source;
  }

  #address() {
    const query = new URLSearchParams();
    if (this.#lastId) query.set("lastEventId", this.#lastId);
    if (this.#parts.resumes && !this.#release) query.set("follow", "0");
    const text = query.toString();
    return at(this.#parts.path) + (text && `?${text}`);
  }

  #opened() {
    this.#openedAt = this.#heardAt = performance.now();
    this.#wasLive = true;
    this.#parts.onState("live", 0);
  }

  #heard(kind, event) {
    this.#heardAt = performance.now();
    const data = JSON.parse(event.data);
    if (this.#parts.resumes && data.seq) {
      if (data.seq <= this.#lastId) return;
      this.#lastId = data.seq;
    }
    this.#parts.onEvent(kind, data);
    if (kind === "snapshot" && !this.#release && !this.#parts.resumes) this.#leave();
  }

  #bye(reason) {
    if (reason === "done" && !this.#release && !this.#parts.isOver?.()) return this.#leave();
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

  /** The end of a look in, where there was no turn for a stream. */
  async #leave() {
    this.#rest();
    const answer = this.#parts.resumes ? await this.#asked() : null;
    if (answer) this.#parts.onEvent("snapshot", answer);
    else if (this.#parts.resumes) return;
    this.#failures = 0;
    this.#timer = setTimeout(() => this.#connect(), VISIT_SECONDS * 1000);
  }

  #lost(atLeast = 0) {
    if (performance.now() - this.#openedAt > STEADY_MS) this.#failures = 0;
    this.#rest();
    const pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)];
    this.#failures += 1;
    const seconds = Math.max(pause, atLeast) * (1 + Math.random() / 2);
    this.#wait(seconds);
    const isOffline = this.#failures >= OFFLINE_AFTER || !navigator.onLine;
    this.#parts.onState(isOffline ? "offline" : this.#wasLive ? "stale" : "connecting", Date.now() + seconds * 1000);
  }

  #wait(seconds) {
    this.#timer = setTimeout(() => this.#reconnect(), seconds * 1000);
  }

  /** Ask first why the stream ended: EventSource tells nobody the status of a refusal. */
  async #reconnect() {
    this.#rest();
    if (await this.#asked()) this.#connect();
  }

  #look() {
    if (this.#source && performance.now() - this.#heardAt > QUIET_MS) this.#asked(ANSWER_MS);
  }

  /** What the service answers, where there is a limit within that; null after a no, and what follows from it is done. */
  async #asked(withinMs = 0) {
    const turn = this.#turn;
    this.#heardAt = performance.now();
    try {
      const answer = await Promise.race([this.#parts.check(), ...(withinMs ? [late(withinMs)] : [])]);
      return turn === this.#turn ? answer : null;
    } catch (problem) {
      if (turn === this.#turn) this.#refused(problem);
      return null;
    }
  }

  #refused(problem) {
    if (problem.status !== 401 && problem.status !== 404) return this.#lost(problem.retryAfter);
    this.close();
    this.#parts.onRefused(problem);
  }

  /** Let go of the connection and of any plan to make one. */
  #rest() {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#source?.close();
    this.#source = null;
    this.#release?.();
    this.#release = null;
    this.#openedAt = Infinity;
  }
}

const late = (ms) => new Promise((_, reject) => setTimeout(reject, ms, new Error("no answer")));
