/** What the list shows before there is any job: how to get the first one. */

import { curl } from "../lib/curl.js";
import { html } from "../lib/html.js";
import { at } from "../lib/urls.js";

const EXAMPLES = ["youtube:aqz-KE-bpKQ", "https://vimeo.com/56015672"];

export function firstSteps() {
  const [platform, code] = EXAMPLES[0].split(":");
  const link = at(`?url=${encodeURIComponent(EXAMPLES.join("\n"))}`);
  return html`<section class="first">
    <h2>No jobs yet</h2>
    <ol>
      <li><strong>Name videos.</strong> Links or codes such as <code>${EXAMPLES[0]}</code>, as many as you like.</li>
      <li><strong>Watch.</strong> Each is downloaded and looked through; its progress and log are live here.</li>
      <li><strong>Take the frames.</strong> One per shot, without borders and doubles, with exact times; one by one or as a ZIP.</li>
    </ol>
    <p class="actions"><a class="button primary" href=${at("")}>Submit videos</a><a class="button" href=${link}>Try two samples</a></p>
    <details><summary>Or from a terminal</summary><pre>${curl({ items: [{ platform, code }] }, false)}</pre>
      <p class="quiet">Add <code>-H 'X-API-Key: …'</code> where the service asks for a key.</p></details>
  </section>`;
}
