/** A browser grants an origin six connections over HTTP/1.1, and a stream holds one for good: three are for the visible tabs. */

import { ROOT } from "./urls.js";

const STREAMS = 3;

/** What gives the turn back; null while all are taken. Plain http beyond this machine has no locks. */
export async function takeTurn() {
  if (!navigator.locks) return () => {};
  for (let place = 0; place < STREAMS; place += 1) {
    const release = await tryLock(`vxpipe stream ${ROOT.pathname} ${place}`);
    if (release) return release;
  }
  return null;
}

const tryLock = (name) => new Promise((taken) => {
  navigator.locks.request(name, { ifAvailable: true }, (lock) => lock ? new Promise(taken) : taken(null));
});
