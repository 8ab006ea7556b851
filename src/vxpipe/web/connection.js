/** How the page is connected: a pill in the header, and a banner while there is no connection. */

import { announce, fill, h, setText } from "./dom.js";

const WORDS = { connecting: "connecting", live: "live", reconnecting: "reconnecting", offline: "offline" };
const pill = document.getElementById("connection");
const banner = document.getElementById("banner");
let ticking = 0;
let shown = "";

/**
 * Show the state of the view's feed; "ended" shows nothing.
 * @param {import("./feed.js").FeedState} state
 * @param {() => void} [retry]
 */
export function showConnection(state, retryAt = 0, retry = () => {}) {
  clearInterval(ticking);
  pill.hidden = !(state in WORDS);
  pill.className = `pill ${state}`;
  setText(pill, WORDS[state] ?? "");
  if (state === "offline") showBanner(retryAt, retry);
  else banner.hidden = true;
  if (state === "offline" || shown === "offline") announce(state === "offline" ? "Connection lost" : "Connected again");
  shown = state;
}

function showBanner(retryAt, retry) {
  const next = h("span", { "aria-live": "off" });
  const tick = () => setText(next, `Next try in ${Math.max(0, Math.ceil((retryAt - Date.now()) / 1000))} s.`);
  tick();
  ticking = setInterval(tick, 1000);
  const button = h("button", { type: "button", onclick: retry }, "Try now");
  fill(banner, h("span", {}, "No connection to the service. What you see may be out of date. "), next, button);
  banner.hidden = false;
}
