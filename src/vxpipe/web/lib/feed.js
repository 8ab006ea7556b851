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
  after = 0;
  #failures = 0;
  #openedAt = Infinity;
  #wasLive = false;
  #connected = new AbortController();
  #followed = new AbortController();
  #wake = () => {};

  constructor(parts) {
    Object.assign(this, parts);
    const { signal } = this.#followed;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#connected.abort() : this.retry()), { signal });
    for (const event of ["online", "signed-in"]) window.addEventListener(event, this.retry, { signal });
    this.#run();
  }

  retry = () => this.#wake();

  close() {
    this.#followed.abort();
    this.#connected.abort();
    this.retry();
  }

  async #run() {
    let isRested = true;
    while (!this.#followed.signal.aborted) {
      if (isRested) this.onState("connecting");
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
    const query = new URLSearchParams(this.after ? { lastEventId: this.after } : {});
    if (this.resumes && !isFollowing) query.set("follow", "0");
    const body = await open(`${this.path}?${query}`, signal);
    [this.#openedAt, this.#wasLive] = [performance.now(), true];
    this.onState("live");
    for await (const { kind, data } of events(body)) {
      if (kind === "bye") return this.#left(data.reason, isFollowing);
      if (data && this.#isNew(data)) this.onEvent(kind, data);
      if (kind === "snapshot" && !this.resumes && !isFollowing) return this.#visited();
    }
    throw new Problem(0);
  }

  #isNew({ seq }) {
    if (!seq || !this.resumes) return true;
    if (seq <= this.after) return false;
    this.after = seq;
    return true;
  }

  async #left(reason, isFollowing) {
    if (reason === "rotate") return Math.random();
    if (reason !== "done") throw new Problem(0);
    if (isFollowing || this.isOver()) return this.#end(() => this.onState("ended"));
    this.onEvent("snapshot", await this.check());
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
    if (problem.isPassing === false) return this.#end(() => this.onRefused(problem));
    const [stoodMs, chance] = [performance.now() - this.#openedAt, Math.random()];
    const loss = { stoodMs, chance, retryAfter: problem.retryAfter ?? 0, isOnline: navigator.onLine, wasLive: this.#wasLive };
    const { failures, seconds, state } = afterLoss(this.#failures, loss);
    this.#failures = failures;
    this.onState(state, Date.now() + seconds * 1000, problem.status ? problem.message : "");
    return seconds;
  }
}

/** Pure. `chance`, 0 to 1, keeps pages from coming back all at once. */
export function afterLoss(failures, { stoodMs, retryAfter, isOnline, wasLive, chance }) {
  const before = stoodMs > STEADY_MS ? 0 : failures;
  const seconds = Math.max(PAUSES[before] ?? PAUSES.at(-1), retryAfter) * (1 + chance / 2);
  return { failures: before + 1, seconds, state: before || !isOnline ? "offline" : wasLive ? "stale" : "connecting" };
}
