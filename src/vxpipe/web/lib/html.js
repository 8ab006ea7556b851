/** lit-html, as far as the page uses it. */

import { render } from "../vendor/lit-html/lit-html.js";

export { html, nothing, render, svg } from "../vendor/lit-html/lit-html.js";
export { live } from "../vendor/lit-html/directives/live.js";
export { ref } from "../vendor/lit-html/directives/ref.js";
export { repeat } from "../vendor/lit-html/directives/repeat.js";

/** Render a screen; a reader whose place in it goes with what was there goes on from the heading. */
export function renderScreen(template, place) {
  const wasIn = place.contains(document.activeElement);
  render(template, place);
  if (wasIn && !place.contains(document.activeElement)) place.querySelector("h1")?.focus({ preventScroll: true });
}

/** A function that runs `work` at the end of a pause, once however often it is called in it. */
export const paced = (work, pauseMs) => once(work, (run) => setTimeout(run, pauseMs));

/** The same for the next animation frame. */
export const perFrame = (work) => once(work, requestAnimationFrame);

function once(work, schedule) {
  let isAsked = false;
  const run = () => {
    isAsked = false;
    work();
  };
  return () => {
    if (!isAsked) schedule(run);
    isAsked = true;
  };
}
