/** A stream of events that does not give up: it comes back after every loss, and rests while the tab is hidden. */

import { open, Problem } from "./api.js";
import { afterLoss } from "./loss.js";
import { events } from "./sse.js";
import { takeTurn } from "./turns.js";

const VISIT_SECONDS = 2;
const SILENCE_MS = 25_000; // the service says something every 15 s
const SILENT = "silent";

/**
 * @typedef {"connecting" | "live" | "stale" | "offline" | "ended"} FeedState
 * @typedef {object} Parts
 * @property {string} path
 * @property {boolean} resumes whether the stream goes on after `lastEventId`, and ends by itself with `follow=0`
 * @property {number} [after] the last event that is known already
 * @property {(kind: string, data: any) => void} onEvent
 * @property {(state: FeedState, retryAt?: number, why?: string) => void} onState `retryAt` in ms since 1970; `why`: what the
 *   service said, where it answered
 * @property {(problem: Problem) => void} onRefused the stream is not there or not for this reader
 * @property {() => Promise<object>} [check] what becomes a `snapshot` after a visit: the past holds no progress
 * @property {() => boolean} [isOver] whether nothing more can come
 */

export class Feed {
  #parts;
  #lastId;
  #failures = 0;
  #openedAt = Infinity;
  #wasLive = false;
  #silence = 0;
  #connected = new AbortController();
  #followed = new AbortController();
  #wake = () => {};

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#lastId = parts.after ?? 0;
    const { signal } = this.#followed;
    document.addEventListener("visibilitychange", () => this.#turned(), { signal });
    for (const event of ["online", "signed-in"]) window.addEventListener(event, () => this.retry(), { signal });
    this.#run();
  }

  /** Try now instead of at the end of the pause. */
  retry() {
    this.#wake();
  }

  close() {
    this.#followed.abort();
    this.#connected.abort();
    this.#wake();
  }

  #turned() {
    if (document.hidden) this.#connected.abort();
    else this.#wake();
  }

  async #run() {
    let isRested = true;
    while (!this.#followed.signal.aborted) {
      if (isRested) this.#parts.onState("connecting");
      isRested = document.hidden;
      await this.#pause(isRested ? Infinity : await this.#connection());
    }
  }

  #pause(seconds) {
    return new Promise((go) => {
      this.#wake = go;
      if (seconds < Infinity) setTimeout(go, seconds * 1000);
    });
  }

  /** Connect, and pass on what comes; a tab without a turn leaves with what there is. @returns after how many seconds again */
  async #connection() {
    const { signal } = (this.#connected = new AbortController());
    const giveBack = await takeTurn();
    this.#openedAt = Infinity;
    try {
      return await this.#read(giveBack !== null, signal);
    } catch (problem) {
      return signal.aborted && signal.reason !== SILENT ? 0 : this.#lost(problem);
    } finally {
      clearTimeout(this.#silence);
      this.#connected.abort();
      giveBack?.();
    }
  }

  async #read(isFollowing, signal) {
    const { path, resumes, onEvent, onState } = this.#parts;
    const query = new URLSearchParams(this.#lastId ? { lastEventId: this.#lastId } : {});
    if (resumes && !isFollowing) query.set("follow", "0");
    const body = await open(`${path}?${query}`, signal);
    this.#openedAt = performance.now();
    this.#wasLive = true;
    onState("live");
    this.#listen();
    for await (const { kind, data } of events(body, () => this.#listen())) {
      if (kind === "bye") return this.#left(data.reason, isFollowing);
      if (data && this.#isNew(data)) onEvent(kind, data);
      if (kind === "snapshot" && !resumes && !isFollowing) return this.#visited();
    }
    throw new Problem(0);
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#connected.abort(SILENT), SILENCE_MS);
  }

  #isNew({ seq }) {
    if (!seq || !this.#parts.resumes) return true;
    if (seq <= this.#lastId) return false;
    this.#lastId = seq;
    return true;
  }

  async #left(reason, isFollowing) {
    if (reason === "rotate") return Math.random();
    if (reason !== "done") throw new Problem(0);
    if (isFollowing || this.#parts.isOver?.()) return this.#end();
    this.#parts.onEvent("snapshot", await this.#parts.check());
    return this.#visited();
  }

  #visited() {
    this.#failures = 0;
    return VISIT_SECONDS;
  }

  #end() {
    this.close();
    this.#parts.onState("ended");
    return 0;
  }

  #lost(problem) {
    if (problem.isPassing === false) {
      this.close();
      this.#parts.onRefused(problem);
      return 0;
    }
    const [stoodMs, chance] = [performance.now() - this.#openedAt, Math.random()];
    const loss = { stoodMs, chance, retryAfter: problem.retryAfter ?? 0, isOnline: navigator.onLine, wasLive: this.#wasLive };
    const { failures, seconds, state } = afterLoss(this.#failures, loss);
    this.#failures = failures;
    this.#parts.onState(state, Date.now() + seconds * 1000, problem.status ? problem.message : "");
    return seconds;
  }
}
