/** How the page is connected: a pill in the header, and a banner with a countdown while there is no connection. */

import { announce } from "./announce.js";
import { html, nothing, render } from "./html.js";

const MEANING = {
  connecting: "Connecting to the service",
  live: "Changes appear as they happen",
  stale: "The connection was lost a moment ago and is being made anew",
  offline: "The service cannot be reached",
};
const pill = document.getElementById("connection");
const banner = document.getElementById("banner");
let ticking = 0;
let wasLost = false;

/**
 * Show how the screen's feed stands; "ended" shows nothing.
 * @param {import("./feed.js").FeedState} state
 * @param {() => void} [retry]
 * @param {string} [why] what the service said, where it answered
 */
export function showConnection(state, retryAt, retry, why) {
  clearInterval(ticking);
  showPill(state);
  const isOffline = state === "offline";
  const tell = () => render(isOffline ? told(retryAt, retry, why) : nothing, banner);
  tell();
  if (isOffline) ticking = setInterval(tell, 1000);
  if (wasLost ? state === "live" : isOffline) announce(wasLost ? "Connected again" : "Connection lost");
  if (isOffline || state === "live") wasLost = isOffline;
}

function showPill(state) {
  pill.hidden = !(state in MEANING);
  pill.className = `pill ${state}`;
  pill.title = MEANING[state] ?? "";
  if (pill.textContent !== state) pill.textContent = state;
}

function told(retryAt, retry, why) {
  const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  return html`<div class="banner actions">
    <p><strong>${why || "No connection to the service."}</strong> What you see may be out of date; it stays readable.</p>
    <p aria-live="off">${seconds ? `Next try in ${seconds} s.` : "Trying …"}</p>
    <button @click=${retry}>Retry now</button></div>`;
}
