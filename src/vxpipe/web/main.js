/** The page's entry: which view the address asks for. */

import { showConnection } from "./connection.js";
import { fill } from "./dom.js";
import { jobView } from "./job.js";
import { jobsView } from "./jobs.js";

/** A view fills `main` and gives back what ends it. */
const ROUTES = [
  [/^#\/jobs\/([\w-]+)$/, jobView],
  [/^/, jobsView],
];

const main = document.getElementById("main");
let leave = () => {};

function show() {
  leave();
  showConnection("ended");
  fill(main);
  const [pattern, view] = ROUTES.find(([form]) => form.test(location.hash));
  leave = view(main, ...location.hash.match(pattern).slice(1));
}

/** A reader who followed a link goes on from the new view's heading. */
function moved() {
  show();
  window.scrollTo(0, 0);
  main.querySelector("h1")?.focus();
}

window.addEventListener("hashchange", moved);
show();
