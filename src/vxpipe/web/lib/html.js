/** lit-html, as far as the page uses it. */

import { render } from "../vendor/lit-html/lit-html.js";

export { html, nothing, render, svg } from "../vendor/lit-html/lit-html.js";
export { live } from "../vendor/lit-html/directives/live.js";
export { ref } from "../vendor/lit-html/directives/ref.js";
export { repeat } from "../vendor/lit-html/directives/repeat.js";

/** A reader whose place goes with what was there goes on from the heading, or from `home`. */
export function renderScreen(template, place, home = "h1") {
  const wasIn = place.contains(document.activeElement);
  render(template, place);
  if (wasIn && !place.contains(document.activeElement)) place.querySelector(home)?.focus({ preventScroll: true });
}

/** Runs `work` after a pause, or in the next frame, once however often it is called before. */
export function paced(work, pauseMs) {
  let asked = 0;
  const run = () => {
    asked = 0;
    work();
  };
  return () => (asked ||= pauseMs ? setTimeout(run, pauseMs) : requestAnimationFrame(run));
}

export const perFrame = (work) => paced(work);
