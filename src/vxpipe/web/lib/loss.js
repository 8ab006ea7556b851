/** What follows from the loss of a connection: how long to wait, and what to say of it. Pure. */

const PAUSES = [1, 2, 4, 8, 16, 30];
const STEADY_MS = 5000;

/**
 * @param {number} failures how many losses in a row there were before
 * @param {{stoodMs: number, retryAfter: number, isOnline: boolean, wasLive: boolean, chance: number}} loss `chance`, 0 to 1,
 *   keeps pages from coming back all at once; `retryAfter` seconds were asked for by the service
 * @returns {{failures: number, seconds: number, state: "offline" | "stale" | "connecting"}}
 */
export function afterLoss(failures, { stoodMs, retryAfter, isOnline, wasLive, chance }) {
  const before = stoodMs > STEADY_MS ? 0 : failures;
  const seconds = Math.max(PAUSES[Math.min(before, PAUSES.length - 1)], retryAfter) * (1 + chance / 2);
  return { failures: before + 1, seconds, state: before > 0 || !isOnline ? "offline" : wasLive ? "stale" : "connecting" };
}
