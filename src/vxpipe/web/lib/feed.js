/** A stream of events that does not give up: it comes back after every loss, and rests while the tab is hidden. */

import { open, Problem } from "./api.js";
import { patience } from "./patience.js";
import { events } from "./sse.js";
import { takeTurn } from "./turns.js";

const VISIT_SECONDS = 2;
const SILENCE_MS = 25_000; // the service says something every 15 s
const PAUSES = [1, 2, 4, 8, 16, 30];
const STEADY_MS = 5000;

/**
 * `onEvent(kind, data)`, `onState(state, retryAt, why)` (as `showConnection` takes them), and `onRefused(problem)`: the stream is
 * not there or not for this reader. One that `resumes` goes on after the event numbered `after`, and ends by itself: `check()` is
 * its whole state, for a tab that only looks in; `isOver()` says whether nothing more can come.
 */
export class Feed {
  #parts;
  #lastId;
  #failures = 0;
  #openedAt = Infinity;
  #wasLive = false;
  #connected = new AbortController();
  #followed = new AbortController();
  #wake = () => {};

  constructor(parts) {
    [this.#parts, this.#lastId] = [parts, parts.after ?? 0];
    const { signal } = this.#followed;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#connected.abort() : this.retry()), { signal });
    for (const event of ["online", "signed-in"]) window.addEventListener(event, () => this.retry(), { signal });
    this.#run();
  }

  retry() {
    this.#wake();
  }

  close() {
    this.#followed.abort();
    this.#connected.abort();
    this.#wake();
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

  /** Connect, pass on what comes, and tell after how many seconds to come again. */
  async #connection() {
    const { signal } = (this.#connected = new AbortController());
    const giveBack = await takeTurn();
    this.#openedAt = Infinity;
    try {
      return await this.#read(giveBack !== null, signal);
    } catch (problem) {
      return signal.aborted ? 0 : this.#lost(problem);
    } finally {
      this.#connected.abort();
      giveBack?.();
    }
  }

  /** A tab without a turn leaves with what there is. */
  async #read(isFollowing, wanted) {
    const { path, resumes, onEvent, onState } = this.#parts;
    const query = new URLSearchParams(this.#lastId ? { lastEventId: this.#lastId } : {});
    if (resumes && !isFollowing) query.set("follow", "0");
    const silence = patience(SILENCE_MS);
    try {
      const body = await open(`${path}?${query}`, AbortSignal.any([wanted, silence.signal]));
      [this.#openedAt, this.#wasLive] = [performance.now(), true];
      silence.renew();
      onState("live");
      for await (const { kind, data } of events(body, silence.renew)) {
        if (kind === "bye") return await this.#left(data.reason, isFollowing);
        if (data && this.#isNew(data)) onEvent(kind, data);
        if (kind === "snapshot" && !resumes && !isFollowing) return this.#visited();
      }
    } finally {
      silence.end();
    }
    throw new Problem(0);
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
    if (isFollowing || this.#parts.isOver()) return this.#end(() => this.#parts.onState("ended"));
    this.#parts.onEvent("snapshot", await this.#parts.check());
    return this.#visited();
  }

  #visited() {
    this.#failures = 0;
    return VISIT_SECONDS;
  }

  #end(tell) {
    this.close();
    tell();
    return 0;
  }

  #lost(problem) {
    if (problem.isPassing === false) return this.#end(() => this.#parts.onRefused(problem));
    const [stoodMs, chance] = [performance.now() - this.#openedAt, Math.random()];
    const loss = { stoodMs, chance, retryAfter: problem.retryAfter ?? 0, isOnline: navigator.onLine, wasLive: this.#wasLive };
    const { failures, seconds, state } = afterLoss(this.#failures, loss);
    this.#failures = failures;
    this.#parts.onState(state, Date.now() + seconds * 1000, problem.status ? problem.message : "");
    return seconds;
  }
}

/** What follows from a loss after so many `failures` in a row. `chance`, 0 to 1, keeps pages from coming back all at once. Pure. */
export function afterLoss(failures, { stoodMs, retryAfter, isOnline, wasLive, chance }) {
  const before = stoodMs > STEADY_MS ? 0 : failures;
  const seconds = Math.max(PAUSES[before] ?? PAUSES.at(-1), retryAfter) * (1 + chance / 2);
  return { failures: before + 1, seconds, state: before || !isOnline ? "offline" : wasLive ? "stale" : "connecting" };
}
