/** A stream of events that does not give up: it comes back after every loss, and rests while the tab is hidden. */

import { open, Problem } from "./api.js";
import { events } from "./sse.js";
import { takeTurn } from "./turns.js";

const VISIT_SECONDS = 2;
const PAUSES = [1, 2, 4, 8, 16, 30];
const STEADY_MS = 5000;

/**
 * It calls `onEvent(kind, data)`, `onState(...)` as `showConnection` takes it, and `onRefused(problem)`. One that `resumes` goes
 * on after the event numbered `after`; a tab without a turn asks `check()` for its whole state, and whether all `isOver()`.
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

  /** After how many seconds to come again. */
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
  async #read(isFollowing, signal) {
    const { path, resumes, onEvent, onState } = this.#parts;
    const query = new URLSearchParams(this.#lastId ? { lastEventId: this.#lastId } : {});
    if (resumes && !isFollowing) query.set("follow", "0");
    const body = await open(`${path}?${query}`, signal);
    [this.#openedAt, this.#wasLive] = [performance.now(), true];
    onState("live");
    for await (const { kind, data } of events(body)) {
      if (kind === "bye") return this.#left(data.reason, isFollowing);
      if (data && this.#isNew(data)) onEvent(kind, data);
      if (kind === "snapshot" && !resumes && !isFollowing) return this.#visited();
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

/** Pure. `chance`, 0 to 1, keeps pages from coming back all at once. */
export function afterLoss(failures, { stoodMs, retryAfter, isOnline, wasLive, chance }) {
  const before = stoodMs > STEADY_MS ? 0 : failures;
  const seconds = Math.max(PAUSES[before] ?? PAUSES.at(-1), retryAfter) * (1 + chance / 2);
  return { failures: before + 1, seconds, state: before || !isOnline ? "offline" : wasLive ? "stale" : "connecting" };
}
