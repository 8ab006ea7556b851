/** lit-html, as far as the page uses it. */

export { html, nothing, render, svg } from "../vendor/lit-html/lit-html.js";
export { keyed } from "../vendor/lit-html/directives/keyed.js";
export { live } from "../vendor/lit-html/directives/live.js";
export { ref } from "../vendor/lit-html/directives/ref.js";
export { repeat } from "../vendor/lit-html/directives/repeat.js";

/** A function that runs `work` at the end of a pause, once however often it is called in it. */
export function paced(work, pauseMs) {
  let timer = 0;
  const run = () => {
    timer = 0;
    work();
  };
  return () => {
    timer ||= setTimeout(run, pauseMs);
  };
}

/** A function that runs `work` once in the next animation frame, however often it is called before. */
export function perFrame(work) {
  let asked = 0;
  const run = () => {
    asked = 0;
    work();
  };
  return () => {
    asked ||= requestAnimationFrame(run);
  };
}
