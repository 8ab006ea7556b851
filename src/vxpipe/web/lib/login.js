/** The dialog that asks for the API key, over whatever is shown, and turns it into a cookie. */

import { html, nothing, render } from "./html.js";
import { at } from "./urls.js";

const dialog = document.getElementById("login");
let asking = null;
let since = 0;
let refused = null;

/** When this page last signed in, on the clock of performance.now(). */
export const signedInAt = () => since;

/** Ask for the key, once for all who need it; true when the service took it, false when the reader declined. */
export function askForKey() {
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

function ask() {
  refused = null;
  show();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      render(nothing, dialog);
      resolve(dialog.returnValue === "ok");
    }, { once: true });
  });
}

function show() {
  const why = since ? "Your session has ended. Sign in again and go on where you were." : "This service asks for a key.";
  render(html`<form @submit=${send}>
    <h2 id="login-title">${since ? "Sign in again" : "Sign in"}</h2>
    <p>${why} It is sent once; the browser then holds a session cookie that scripts cannot read.</p>
    <div class="field">
      <label for="api-key">API key</label>
      <input id="api-key" name="key" type="password" autocomplete="current-password" required autofocus
        aria-invalid=${refused ? "true" : nothing} aria-describedby="api-key-fault">
      <p class="fault" id="api-key-fault" role="alert">${refused}</p>
    </div>
    <div class="actions">
      <button class="primary" id="login-send">Continue</button>
      <button type="button" @click=${() => dialog.close()}>Not now</button>
    </div></form>`, dialog);
}

async function send(event) {
  event.preventDefault();
  const [input, button] = [dialog.querySelector("#api-key"), dialog.querySelector("#login-send")];
  button.disabled = true;
  refused = await login(input.value);
  button.disabled = false;
  if (refused === null) return dialog.close("ok");
  show();
  input.select();
}

/** Null when the key was taken, else what to tell the reader. */
async function login(apiKey) {
  try {
    const answer = await fetch(at("login"), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ apiKey }) });
    if (!answer.ok) return answer.status === 401 ? "This key is not valid." : `The service answered ${answer.status}. Try again.`;
    since = performance.now();
    window.dispatchEvent(new Event("signed-in"));
    return null;
  } catch {
    return "The service cannot be reached. Try again.";
  }
}
