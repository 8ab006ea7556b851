/** What the browser keeps for the page. One that keeps nothing for this site throws: then it lasts as long as the page. */

const kept = new Map();

export function recall(name) {
  try {
    return localStorage.getItem(`vxpipe.${name}`);
  } catch {
    return kept.get(name) ?? null;
  }
}

/** What was kept as JSON; without it an empty object. */
export function recallObject(name) {
  try {
    return JSON.parse(recall(name)) ?? {};
  } catch {
    return {};
  }
}

/** Keep a text; null forgets it. */
export function keep(name, text) {
  kept.set(name, text);
  try {
    if (text === null) localStorage.removeItem(`vxpipe.${name}`);
    else localStorage.setItem(`vxpipe.${name}`, text);
  } catch {
    // It is kept for as long as this page.
  }
}
