/** A pill in the header tells how the page is connected, a banner counts down while it is not. */

import { announce } from "./announce.js";
import { html, nothing, render } from "./html.js";

const pill = document.getElementById("connection");
const banner = document.getElementById("banner");
let ticking = 0;
let wasLost = false;

/** `state`: connecting, live, stale (lost a moment ago), offline, ended. `why`: what a service that answered said. */
export function showConnection(state, retryAt, retry, why) {
  clearInterval(ticking);
  Object.assign(pill, { hidden: state === "ended", className: `pill ${state}`, textContent: state });
  const isOffline = state === "offline";
  const tell = () => render(isOffline ? told(retryAt, retry, why) : nothing, banner);
  tell();
  if (isOffline) ticking = setInterval(tell, 1000);
  if (!isOffline && state !== "live") return;
  if (isOffline !== wasLost) announce(isOffline ? "Connection lost" : "Connected again");
  wasLost = isOffline;
}

function told(retryAt, retry, why) {
  const seconds = Math.ceil((retryAt - Date.now()) / 1000);
  return html`<div class="banner actions">
    <p><strong>${why || "No connection to the service."}</strong> What you see may be out of date; it stays readable.</p>
    <p aria-live="off">${seconds > 0 ? `Next try in ${seconds} s.` : "Trying …"}</p>
    <button @click=${retry}>Retry now</button></div>`;
}
