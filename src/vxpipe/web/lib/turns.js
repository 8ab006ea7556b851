/**
 * A browser grants an origin six connections over HTTP/1.1, and a stream holds one for good: the visible tabs hold three streams
 * between them, and one that gets none looks in every two seconds (feed.js).
 */

import { ROOT } from "./urls.js";

const STREAMS = 3;

/** The function that gives the turn back, or null while all are taken. Plain http beyond this machine has no locks. */
export async function takeTurn() {
  if (!navigator.locks) return () => {};
  for (let place = 0; place < STREAMS; place += 1) {
    const release = await tryLock(`vxpipe stream ${ROOT.pathname} ${place}`);
    if (release) return release;
  }
  return null;
}

/** A lock is held until the promise that its callback gives is kept. */
const tryLock = (name) => new Promise((taken) => {
  navigator.locks.request(name, { ifAvailable: true }, (lock) => lock ? new Promise(taken) : taken(null));
});
