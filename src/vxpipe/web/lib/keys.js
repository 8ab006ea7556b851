/** Keyboard shortcuts: screens bind them, `?` lists them, and they are off while somebody types. */

import { ask } from "./dialog.js";
import { html } from "./html.js";

const SEQUENCE_MS = 1200;
const TYPING = "input:not([type=checkbox], [type=range]), textarea, select";
const groups = new Set();
let pending = "";
let forget = 0;

/** Bind `{key: [meaning, act]}`; the function that comes back ends it. "g j" is one after the other. */
export function bindKeys(title, keys) {
  const group = { title, keys: Object.entries(keys) };
  groups.add(group);
  return () => groups.delete(group);
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (isCommand(event) || event.defaultPrevented || (key.length > 1 && key !== "Enter")) return;
  if (target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
  const typed = pending + key;
  const bound = [...groups].reverse().flatMap(({ keys }) => keys);
  const [, found] = bound.find(([each]) => each === typed) ?? [];
  clearTimeout(forget);
  pending = !found && bound.some(([each]) => each.startsWith(`${typed} `)) ? `${typed} ` : "";
  forget = setTimeout(() => (pending = ""), SEQUENCE_MS);
  if (!found || (key === "Enter" && target.closest?.("a, button, summary"))) return;
  event.preventDefault();
  found[1]();
});

/** Some keyboards type "[" with AltGr, which is Control and Alt to some systems, or Option. */
function isCommand(event) {
  if (event.getModifierState?.("AltGraph")) return false;
  return event.ctrlKey || event.metaKey || (event.altKey && /\w/.test(event.key));
}

export function showKeys() {
  const row = ([key, [meaning]]) => html`<tr><th scope="row"><kbd>${key}</kbd></th><td>${meaning}</td></tr>`;
  const group = ({ title, keys }) => html`<section><h3>${title}</h3><table>${keys.map(row)}</table></section>`;
  ask("help", "Keyboard", html`<div class="fit">${[...groups].map(group)}</div>
    <div class="actions"><button class="primary" autofocus>Close</button></div>`);
}
