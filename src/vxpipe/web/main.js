/** The page's entry: the screens, and what surrounds them all. */

import { jobScreen } from "./job/screen.js";
import { JobsScreen } from "./jobs/screen.js";
import { html, render } from "./lib/html.js";
import { bindKeys, showKeys } from "./lib/keys.js";
import { iconButton } from "./lib/parts.js";
import { navigate, start } from "./lib/router.js";
import { switchTheme, theme } from "./lib/theme.js";
import { submitScreen } from "./submit/screen.js";
import { SystemScreen } from "./system/screen.js";

const SCREENS = [
  { name: "submit", pattern: /^$/, open: submitScreen },
  { name: "jobs", pattern: /^jobs$/, open: (place, where) => new JobsScreen(place, where) },
  { name: "job", nav: "jobs", pattern: /^jobs\/([\w-]+)$/, open: jobScreen },
  { name: "system", pattern: /^system$/, open: (place) => new SystemScreen(place) },
];

/** Links of the document itself are relative to where it was loaded: they stay true when the address changes. */
function fixLinks() {
  for (const link of document.querySelectorAll("[rel=icon], header a")) link.setAttribute("href", new URL(link.href).pathname);
}

function showTools() {
  const change = () => {
    switchTheme();
    showTools();
  };
  render(html`${iconButton(theme(), `Theme: ${theme()}. Switch`, change)}${iconButton("help", "Keyboard shortcuts (?)", showKeys)}`,
    document.getElementById("tools"));
}

bindKeys("Everywhere", {
  "g s": ["Submit", () => navigate("")],
  "g j": ["Jobs", () => navigate("jobs")],
  "g y": ["System", () => navigate("system")],
  n: ["Submit videos", () => navigate("")],
  "?": ["These keys", showKeys],
});
fixLinks();
showTools();
start(SCREENS, document.getElementById("main"));
