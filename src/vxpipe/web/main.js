/** The screens, and what surrounds them. */

import { jobScreen } from "./job/screen.js";
import { jobsScreen } from "./jobs/screen.js";
import { html, render } from "./lib/html.js";
import { bindKeys, showKeys } from "./lib/keys.js";
import { iconButton } from "./lib/parts.js";
import { navigate, start } from "./lib/router.js";
import { keep } from "./lib/stored.js";
import { submitScreen } from "./submit/screen.js";
import { systemScreen } from "./system/screen.js";

const NEXT_THEME = { light: "dark", dark: "auto" };

function showTools() {
  const { dataset } = document.documentElement;
  const change = () => {
    dataset.theme = NEXT_THEME[dataset.theme] ?? "light";
    keep("theme", dataset.theme);
    showTools();
  };
  render(html`${iconButton("theme", `Theme: ${dataset.theme ?? "auto"}. Switch`, change)}
    ${iconButton("help", "Keyboard shortcuts (?)", showKeys)}`, document.getElementById("tools"));
}

bindKeys("Everywhere", {
  "g s": ["Submit", () => navigate("")],
  "g j": ["Jobs", () => navigate("jobs")],
  "g y": ["System", () => navigate("system")],
  n: ["Submit videos", () => navigate("")],
  "?": ["These keys", showKeys],
});
showTools();
// Relative links would lead elsewhere once the address changes.
for (const link of document.querySelectorAll("[rel=icon], header a")) link.href = new URL(link.href).pathname;
start([
  { name: "submit", pattern: /^$/, open: submitScreen },
  { name: "jobs", pattern: /^jobs$/, open: jobsScreen },
  { name: "jobs", pattern: /^jobs\/([\w-]+)$/, open: jobScreen },
  { name: "system", pattern: /^system$/, open: systemScreen },
]);
