/** The dialog that asks for the API key, over whatever is shown, and turns it into a cookie. */

import { ask } from "./dialog.js";
import { html } from "./html.js";
import { at } from "./urls.js";

let asking = null;
let since = 0;

/** When this page last signed in, on the clock of performance.now(). */
export const signedInAt = () => since;

/** Ask for the key, once for all who need it; true when the service took it, false when the reader declined. */
export async function askForKey() {
  const title = since ? "Sign in again" : "Sign in";
  asking ??= ask("login", title, form(), send).finally(() => (asking = null));
  return (await asking) === "ok";
}

function form() {
  const why = since ? "Your session has ended. Sign in again and go on where you were." : "This service asks for a key.";
  return html`<p>${why} It is sent once; the browser then holds a session cookie that scripts cannot read.</p>
    <div class="field">
      <label for="api-key">API key</label>
      <input id="api-key" name="key" type="password" autocomplete="current-password" required autofocus
        aria-describedby="api-key-fault">
      <p class="fault" id="api-key-fault" role="alert"></p>
    </div>
    <div class="actions">
      <button class="primary">Continue</button>
      <button type="button" @click=${(event) => event.target.closest("dialog").close()}>Not now</button>
    </div>`;
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const [input, button] = [form.querySelector("input"), form.querySelector(".primary")];
  button.disabled = true;
  const refused = await login(input.value.trim());
  button.disabled = false;
  if (refused === null) return form.closest("dialog").close("ok");
  form.querySelector(".fault").textContent = refused;
  input.setAttribute("aria-invalid", "true");
  input.select();
}

/** Null when the key was taken, else what to tell the reader. */
async function login(apiKey) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(at("login"), { method: "POST", headers, body: JSON.stringify({ apiKey }) }).catch(() => null);
  if (!answer) return "The service cannot be reached. Try again.";
  if (answer.status === 401) return "This key is not valid.";
  if (!answer.ok) return `The service answered ${answer.status}. Try again.`;
  since = performance.now();
  window.dispatchEvent(new Event("signed-in"));
  return null;
}
