/** Light, dark, or as the system has it. `/theme.js` applies the choice at the next load. */

import { keep, recall } from "./stored.js";

const NEXT = { auto: "light", light: "dark", dark: "auto" };

export const theme = () => recall("theme") ?? "auto";

export function switchTheme() {
  const chosen = NEXT[theme()] ?? "auto";
  keep("theme", chosen === "auto" ? null : chosen);
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
