/** What follows from the loss of a connection: how long to wait, and what to say of it. Pure. */

const PAUSES = [1, 2, 4, 8, 16, 30];
const STEADY_MS = 5000;

/** `failures`: losses in a row before. `chance`, 0 to 1, keeps pages from coming back all at once. */
export function afterLoss(failures, { stoodMs, retryAfter, isOnline, wasLive, chance }) {
  const before = stoodMs > STEADY_MS ? 0 : failures;
  const seconds = Math.max(PAUSES[before] ?? PAUSES.at(-1), retryAfter) * (1 + chance / 2);
  return { failures: before + 1, seconds, state: before || !isOnline ? "offline" : wasLive ? "stale" : "connecting" };
}
