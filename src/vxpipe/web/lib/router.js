/** Which screen the address asks for, and links that change it without a new document. */

import { at, below } from "./urls.js";

/**
 * @typedef {{id: string, query: URLSearchParams, hash: string}} Where
 * @typedef {{close: () => void, moved?: (where: Where) => void}} Open
 * @typedef {{name: string, nav?: string, pattern: RegExp, open: (main: HTMLElement, where: Where) => Open}} Screen
 */

let screens = [];
let main = null;
let shown = { path: null, open: { close() {} } };

/** Show the address's screen now and whenever it changes. @param {Screen[]} all */
export function start(all, element) {
  [screens, main] = [all, element];
  window.addEventListener("popstate", show);
  document.addEventListener("click", followed);
  show();
}

export function navigate(path) {
  history.pushState(null, "", at(path));
  show();
}

/** Keep a part of the screen's state in the address; a value of null or "" is left out. */
export function remember(values, hash = location.hash) {
  const query = new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(location.search)), ...values });
  for (const [name, value] of Object.entries(values)) if (value === null || value === "") query.delete(name);
  history.replaceState(history.state, "", `${location.pathname}${query.size ? `?${query}` : ""}${hash}`);
}

const screenOf = (path) => screens.find(({ pattern }) => pattern.test(path));

function followed(event) {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  const path = below(link.href);
  if (path === null || !screenOf(path) || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  navigate(path + link.search + link.hash);
}

function show() {
  const path = below(location.href);
  const where = { id: "", query: new URLSearchParams(location.search), hash: location.hash };
  if (path === shown.path) return shown.open.moved?.(where);
  const isFirst = shown.path === null;
  shown.open.close();
  const screen = screenOf(path) ?? screens[0];
  const name = screen.nav ?? screen.name;
  for (const link of document.querySelectorAll("[data-screen]")) link.ariaCurrent = link.dataset.screen === name ? "page" : null;
  const place = document.createElement("div");
  place.className = `screen ${screen.name}-screen`;
  main.replaceChildren(place);
  shown = { path, open: screen.open(place, { ...where, id: screen.pattern.exec(path)?.[1] ?? "" }) };
  if (!isFirst) arrive();
}

/** A reader who followed a link goes on from the new screen's heading, or from where the screen has put them. */
function arrive() {
  window.scrollTo(0, 0);
  if (!main.firstElementChild.contains(document.activeElement)) (main.querySelector("h1") ?? main).focus({ preventScroll: true });
}
