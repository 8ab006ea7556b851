/** The platforms, and which of them are left alone for a while. */

import { clock, span } from "../lib/format.js";
import { html } from "../lib/html.js";
import { badge } from "../lib/parts.js";

const STATES = {
  closed: () => badge("completed", "open"),
  half_open: () => badge("partly", "on trial"),
  open: ({ until, reason }) => html`${badge("failed", "left alone")}
    <span class="quiet">${[until && `until ${clock(until).slice(0, 5)}`, reason?.replaceAll("_", " ")].filter(Boolean).join(": ")}</span>`,
};
const LEFT_ALONE_FIRST = { open: 0, half_open: 1, closed: 2 };

export function platformTable(platforms) {
  const rows = platforms.filter((each) => each.enabled).sort((a, b) => LEFT_ALONE_FIRST[a.breaker.state] - LEFT_ALONE_FIRST[b.breaker.state]);
  return html`<section class="card" aria-labelledby="platforms-title"><h2 id="platforms-title">Platforms</h2>
    <div class="scrolls" tabindex="0" role="region" aria-labelledby="platforms-title"><table class="plain">
      <thead><tr><th scope="col">Platform</th><th scope="col">State</th><th scope="col">Pace</th><th scope="col">Signed in</th></tr></thead>
      <tbody>${rows.map(row)}</tbody></table></div></section>`;
}

function row({ label, breaker, concurrency, interval, credentials }) {
  return html`<tr><th scope="row">${label}</th><td>${STATES[breaker.state](breaker)}</td>
    <td class="quiet">${concurrency} at once${interval ? `, one in ${span(interval)}` : ""}</td><td class="quiet">${signedIn(credentials)}</td></tr>`;
}

function signedIn({ cookies, expired, keys }) {
  if (expired) return html`<span class="bad">cookies expired</span>`;
  return [cookies && "cookies", keys && "key"].filter(Boolean).join(", ") || "no";
}
