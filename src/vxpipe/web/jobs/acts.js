/** Cancel, retry, delete: one job or several, the question before it, and whether the reader may. */

import { get, post, remove } from "../lib/api.js";
import { ask } from "../lib/dialog.js";
import { plural, title } from "../lib/format.js";
import { html } from "../lib/html.js";
import { forget, put } from "../lib/jobs.js";

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
  const refusals = [];
  await Promise.all(ids.map((id) => DO[name](id).catch(({ message }) => refusals.push(message))));
  return { done: ids.length - refusals.length, refusals };
}

/** Whether the reader wants that done with these jobs; where nothing is lost by it, nobody is asked. */
export async function confirmed(jobs, name) {
  const [word, text, keep] = {
    cancel: ["Cancel", jobs.some(({ counts }) => counts.processing) && broken(jobs), "running"],
    delete: ["Delete", "The frames and all other files go too. This cannot be undone.", ""],
  }[name] ?? [];
  if (!text) return true;
  const [named, them] = jobs.length === 1 ? ["the job", "it"] : [plural(jobs.length, "job"), "them"];
  const about = jobs.length === 1 ? `“${title(jobs[0])}”` : named;
  return (await ask("question", `${word} ${about}?`, html`<p>${text}</p><div class="actions">
    <button class="danger" value="yes">${word} ${named}</button><button autofocus>Keep ${them} ${keep}</button></div>`)) === "yes";
}

function broken(jobs) {
  const [success, total] = ["success", "total"].map((name) => jobs.reduce((sum, { counts }) => sum + counts[name], 0));
  return `${success} of ${plural(total, "video")} completed and kept. What is under way is lost; Retry begins it again.`;
}

/** A reader whose key is not good for it is not offered it: jobs.css hides it. */
const learnRights = () => get("/system")
  .then(({ caller }) => (document.documentElement.dataset.may = caller.scopes.join(" "))).catch(() => {});

learnRights();
window.addEventListener("signed-in", learnRights);
