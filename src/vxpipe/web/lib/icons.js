/** Icons, in the colour of the text around them. They say nothing that a word does not. */

import { svg } from "./html.js";

const PATHS = {
  pending: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2 1.6",
  running: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 7.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6",
  completed: "M3 8.5l3.3 3.3L13 4.8",
  failed: "M8 3v6M8 12v.6",
  partly: "M8 2.6l6 10.6H2zM8 6.6v3M8 11.4v.2",
  cancelled: "M4 4l8 8M12 4l-8 8",
  retry: "M13 8a5 5 0 1 1-1.6-3.7M13.2 2v3h-3",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.3 4.5l.6 9h6.2l.6-9",
  download: "M8 2.5v7.2M4.8 6.8L8 10l3.2-3.2M3 13.2h10",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  theme: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  help: "M6 6a2 2 0 1 1 2.6 1.9c-.5.2-.6.6-.6 1.4M8 11.6v.2",
  play: "M5 3.4l7.4 4.6L5 12.6z",
};

export const icon = (name, size = 16) => svg`<svg class="icon" viewBox="0 0 16 16" width=${size} height=${size} aria-hidden="true">
  <path d=${PATHS[name]}></path></svg>`;
