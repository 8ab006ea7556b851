/** The question before jobs are deleted, or work is broken off. */

import { html, nothing, render } from "../lib/html.js";
import { plural, title } from "../lib/format.js";

const dialog = document.getElementById("question");

/** Whether the reader wants that done with these jobs. @param {"delete" | "cancel"} name */
export function confirmed(jobs, name = "delete") {
  const named = jobs.length === 1 ? `“${title(jobs[0])}”` : plural(jobs.length, "job");
  const [word, text, not] = name === "delete" ? ["Delete", "The frames and all other files go too. This cannot be undone.", "Keep"] : ["Cancel", broken(jobs), "Go on"];
  render(html`<form method="dialog">
    <h2 id="question-title">${word} ${named}?</h2>
    <p>${text}</p>
    <div class="actions"><button class="danger" value="yes">${word}</button><button value="no" autofocus>${not}</button></div></form>`, dialog);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      render(nothing, dialog);
      resolve(dialog.returnValue === "yes");
    }, { once: true });
  });
}

function broken(jobs) {
  const [success, total] = ["success", "total"].map((name) => jobs.reduce((sum, { counts }) => sum + counts[name], 0));
  return `${success} of ${plural(total, "video")} ${success === 1 ? "is" : "are"} done and keep their frames. What is under way is lost; Retry begins it again.`;
}
