/** The dialog that turns an API key into a cookie, over whatever is shown. */

import { ask } from "./dialog.js";
import { html } from "./html.js";
import { at } from "./urls.js";

let asking = null;
let [since, answered] = [0, 0];

/** Whether a key was taken after a request had begun. The reader is asked once for all of them, and not for those begun before an answer. */
export async function askForKey(begun) {
  if (answered < begun) asking ??= ask("login", since ? "Sign in again" : "Sign in", form(), send).finally(over);
  await asking;
  return since > begun;
}

function over() {
  asking = null;
  answered = performance.now();
}

function form() {
  const why = since ? "Your session has ended. Sign in again and go on where you were." : "This service asks for a key.";
  return html`<p>${why} It is sent once; the browser then holds a session cookie that scripts cannot read.</p>
    <div class="field"><label for="api-key">API key</label>
      <input id="api-key" type="password" autocomplete="current-password" required autofocus aria-describedby="api-key-fault">
      <p class="fault" id="api-key-fault" role="alert"></p></div>
    <div class="actions"><button class="primary">Continue</button>
      <button value="no" formnovalidate>Not now</button></div>`;
}

async function send(event) {
  if (event.submitter?.value) return; // the form's own end
  event.preventDefault();
  const [input, fault, button] = event.target.querySelectorAll("input, .fault, .primary");
  button.disabled = true;
  fault.textContent = await refusal(input.value.trim());
  button.disabled = false;
  if (!fault.textContent) return input.closest("dialog").close("ok");
  input.ariaInvalid = "true";
  input.select();
}

/** What to tell the reader; "" where the key was taken. */
async function refusal(apiKey) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(at("login"), { method: "POST", headers, body: JSON.stringify({ apiKey }) }).catch(() => null);
  if (!answer) return "The service cannot be reached. Try again.";
  if (answer.status === 401) return "This key is not valid.";
  if (!answer.ok) return `The service answered ${answer.status}. Try again.`;
  since = performance.now();
  window.dispatchEvent(new Event("signed-in"));
  return "";
}
