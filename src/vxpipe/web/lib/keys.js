/** Keyboard shortcuts: screens bind them, `?` lists those that hold now. They are off while somebody types. */

import { ask } from "./dialog.js";
import { html } from "./html.js";

const SEQUENCE_MS = 1200;
const TYPING = "input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select";
const groups = new Set();
let pending = "";
let forget = 0;

/**
 * Bind keys for as long as a screen is shown; "g j" is one after the other.
 * @param {string} title what they are for
 * @param {Record<string, [string, () => void]>} keys what each does, and how
 * @returns {() => void} what unbinds them
 */
export function bindKeys(title, keys) {
  const group = { title, keys };
  groups.add(group);
  return () => groups.delete(group);
}

document.addEventListener("keydown", (event) => {
  if (isCommand(event) || event.defaultPrevented) return;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
  if (event.key.length > 1 && event.key !== "Enter") return;
  const typed = pending ? `${pending} ${event.key}` : event.key;
  const known = [...groups].reverse().flatMap(({ keys }) => Object.entries(keys));
  const found = known.find(([key]) => key === typed);
  clearTimeout(forget);
  pending = !found && known.some(([key]) => key.startsWith(`${typed} `)) ? typed : "";
  forget = setTimeout(() => (pending = ""), SEQUENCE_MS);
  if (!found || (event.key === "Enter" && event.target.closest?.("a, button, summary"))) return;
  event.preventDefault();
  found[1][1]();
});

/** Keyboards that have "[" on a letter or a digit only type it with AltGr, which is Control and Alt to some systems, or Option. */
function isCommand(event) {
  if (event.getModifierState?.("AltGraph")) return false;
  return event.ctrlKey || event.metaKey || (event.altKey && /\w/.test(event.key));
}

export function showKeys() {
  ask("help", "Keyboard", html`<div class="fit">${[...groups].map(group)}</div>
    <div class="actions"><button class="primary" autofocus>Close</button></div>`);
}

function group({ title, keys }) {
  return html`<section><h3>${title}</h3><table>${Object.entries(keys).map(([key, [meaning]]) => html`
    <tr><th scope="row">${key.split(" ").map((each) => html`<kbd>${each}</kbd> `)}</th><td>${meaning}</td></tr>`)}</table></section>`;
}
