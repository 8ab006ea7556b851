/** What the browser keeps for the page; where it keeps nothing it throws, and the page itself keeps it. */

const kept = new Map();

export function recall(name) {
  try {
    return localStorage.getItem(`vxpipe.${name}`);
  } catch {
    return kept.get(name) ?? null;
  }
}

export function recallObject(name) {
  try {
    return JSON.parse(recall(name)) ?? {};
  } catch {
    return {};
  }
}

/** null forgets it. */
export function keep(name, text) {
  kept.set(name, text);
  try {
    if (text === null) localStorage.removeItem(`vxpipe.${name}`);
    else localStorage.setItem(`vxpipe.${name}`, text);
  } catch {
    // See above.
  }
}
