/** The dialog that asks for the API key and turns it into a cookie. */

import { h, setText } from "./dom.js";
import { within } from "./within.js";

let asking = null;
let since = 0;

/** When this page last signed in, on the clock of performance.now(). */
export const signedInAt = () => since;

/** Ask for the key, once for all who need it; true when the service took it, false when the reader declined. */
export function askForKey() {
  asking ??= show().finally(() => {
    asking = null;
  });
  return asking;
}

function show() {
  const input = h("input", { type: "password", id: "api-key", autocomplete: "current-password", required: true, "aria-describedby": "key-fault" });
  const fault = h("p", { class: "fault", id: "key-fault", role: "alert" });
  const send = h("button", { class: "primary" }, "Continue");
  const form = h("form", {},
    h("h2", { id: "key-title" }, "API key"),
    h("p", {}, "This service asks for a key. It is sent once; the browser then holds a session cookie that scripts cannot read."),
    h("label", { for: "api-key" }, "Key"), input, fault,
    h("div", { class: "actions" }, send, h("button", { type: "button", onclick: () => dialog.close() }, "Not now")));
  const dialog = h("dialog", { "aria-labelledby": "key-title" }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    const refused = await login(input.value);
    send.disabled = false;
    if (refused === null) return dialog.close("ok");
    setText(fault, refused);
    input.setAttribute("aria-invalid", "true");
    input.select();
  });
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "ok");
  }));
}

/** Null when the key was taken, else what to tell the reader. */
async function login(apiKey) {
  try {
    const answer = await fetch(within("/login"), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ apiKey }) });
    if (answer.ok) {
      since = performance.now();
      return null;
    }
    return answer.status === 401 ? "This key is not valid." : `The service answered ${answer.status}. Try again.`;
  } catch {
    return "The service cannot be reached. Try again.";
  }
}
