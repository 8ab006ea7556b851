/**
 * A browser grants an origin six connections over HTTP/1.1, and a stream holds one for good. So the visible tabs of a
 * browser hold three streams between them; a tab that gets none looks in every two seconds instead (feed.js).
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

function tryLock(name) {
  return new Promise((taken) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return taken(null);
      return new Promise((release) => taken(release));
    });
  });
}
