/** The question before jobs are deleted. */

import { html, nothing, render } from "../lib/html.js";
import { plural, title } from "../lib/format.js";

const dialog = document.getElementById("question");

/** Whether the reader wants these jobs gone. */
export function confirmed(jobs) {
  const named = jobs.length === 1 ? `“${title(jobs[0])}”` : plural(jobs.length, "job");
  render(html`<form method="dialog">
    <h2 id="question-title">Delete ${named}?</h2>
    <p>The frames and all other files go too. This cannot be undone.</p>
    <div class="actions"><button class="danger" value="yes">Delete</button><button value="no" autofocus>Keep</button></div></form>`, dialog);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      render(nothing, dialog);
      resolve(dialog.returnValue === "yes");
    }, { once: true });
  });
}
