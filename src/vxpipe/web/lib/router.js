/** The screen that the address asks for, and links that change it without a new document. */

import { at, below } from "./urls.js";

const main = document.getElementById("main");
let screens = [];
let shown = { path: null, open: { close() {} } };

/** A screen's `open(place, {id, query, hash})` gives `{close, moved}`. */
export function start(all) {
  screens = all;
  window.addEventListener("popstate", show);
  document.addEventListener("click", followed);
  show();
}

export function navigate(path) {
  history.pushState(null, "", at(path));
  show();
}

/** In the address; null or "" is left out. */
export function remember(values, hash = location.hash) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  url.hash = hash;
  history.replaceState(history.state, "", url);
}

const screenOf = (path) => screens.find(({ pattern }) => pattern.test(path));

function followed(event) {
  const link = event.target.closest?.("a:not([target], [download], [href^='#'])");
  const isPlain = !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.defaultPrevented);
  const path = link && isPlain ? below(link.href) : null;
  if (path === null || !screenOf(path)) return;
  event.preventDefault();
  navigate(path + link.search + link.hash);
}

function show() {
  const path = below(location.href);
  const where = { query: new URLSearchParams(location.search), hash: location.hash };
  if (path === shown.path) return shown.open.moved?.(where);
  const isFirst = shown.path === null;
  shown.open.close();
  const { name, pattern, open } = screenOf(path) ?? screens[0];
  for (const link of document.querySelectorAll("[data-screen]")) link.ariaCurrent = link.dataset.screen === name ? "page" : null;
  const place = document.createElement("div");
  place.className = "screen";
  main.replaceChildren(place);
  shown = { path, open: open(place, { ...where, id: pattern.exec(path)?.[1] }) };
  if (!isFirst) arrive(place);
}

/** A reader goes on from the new screen's heading, or from where the screen has put them. */
function arrive(place) {
  window.scrollTo(0, 0);
  if (!place.contains(document.activeElement)) (place.querySelector("h1") ?? main).focus({ preventScroll: true });
}
