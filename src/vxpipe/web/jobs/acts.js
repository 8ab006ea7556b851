/** Cancel, retry, delete: one job or several, and the question before it. */

import { post, remove } from "../lib/api.js";
import { ask } from "../lib/dialog.js";
import { plural, title } from "../lib/format.js";
import { html } from "../lib/html.js";
import { forget, put } from "../lib/jobs.js";

const AT_ONCE = 4;

const DO = {
  cancel: async (id) => put(await post(`/jobs/${id}/cancel`)),
  retry: async (id) => put(await post(`/jobs/${id}/retry`)),
  delete: async (id) => {
    await remove(`/jobs/${id}`).catch((problem) => {
      if (problem.status !== 404) throw problem; // it is gone already, and that was wanted
    });
    forget(id);
  },
};

/** Do it with each; how many it was done with, and what was said of the others. */
export async function act(name, ids) {
  const [left, refusals] = [[...ids], []];
  let done = 0;
  const work = async () => {
    for (let id = left.shift(); id; id = left.shift()) {
      await DO[name](id).then(() => (done += 1), (problem) => refusals.push(problem.message));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { done, refusals };
}

/** Whether the reader wants that done with these jobs; where nothing is lost by it, nobody is asked. */
export async function confirmed(jobs, name) {
  if (name !== "delete" && (name !== "cancel" || !jobs.some(({ counts }) => counts.processing))) return true;
  const named = jobs.length === 1 ? `“${title(jobs[0])}”` : plural(jobs.length, "job");
  const [word, text, not] = name === "delete"
    ? ["Delete", "The frames and all other files go too. This cannot be undone.", "Keep"] : ["Cancel", broken(jobs), "Go on"];
  return (await ask("question", `${word} ${named}?`, html`<p>${text}</p>
    <div class="actions"><button class="danger" value="yes">${word}</button><button autofocus>${not}</button></div>`)) === "yes";
}

function broken(jobs) {
  const [success, total] = ["success", "total"].map((name) => jobs.reduce((sum, { counts }) => sum + counts[name], 0));
  const kept = `${success} of ${plural(total, "video")} ${success === 1 ? "is" : "are"} completed and keep their frames.`;
  return `${kept} What is under way is lost; Retry begins it again.`;
}
