/** What the browser keeps for the page. One that keeps nothing for this site throws: then nothing is kept. */

const PREFIX = "vxpipe.";

export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Keep a text; null forgets it. */
export function keep(name, text) {
  try {
    if (text === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
  } catch {
    // Nothing is kept.
  }
}
