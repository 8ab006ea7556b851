/** Cancel, retry, delete: one job or several, the question before it, and whether the reader may. */

import { get, post, remove } from "../lib/api.js";
import { ask } from "../lib/dialog.js";
import { plural, title } from "../lib/format.js";
import { html } from "../lib/html.js";
import { forget, put } from "../lib/jobs.js";

/** Do it with each; how many it was done with, and what was said of the others. */
export async function act(name, ids) {
  const refusals = [];
  await Promise.all(ids.map((id) => actOn(id, name).catch(({ message }) => refusals.push(message))));
  return { done: ids.length - refusals.length, refusals };
}

async function actOn(id, name) {
  if (name !== "delete") return put(await post(`/jobs/${id}/${name}`));
  await remove(`/jobs/${id}`).catch((problem) => {
    if (problem.status !== 404) throw problem; // it is gone already, and that was wanted
  });
  forget(id);
}

/** Whether the reader wants that done with these jobs; where nothing is lost by it, nobody is asked. */
export async function confirmed(jobs, name) {
  const sum = (state) => jobs.reduce((all, { counts }) => all + counts[state], 0);
  if (name === "retry" || (name === "cancel" && !sum("processing"))) return true;
  const [named, them] = jobs.length === 1 ? ["the job", "it"] : [plural(jobs.length, "job"), "them"];
  const kept = `${sum("success")} of ${plural(sum("total"), "video")} completed and kept.`;
  const [word, keep, text] = name === "cancel"
    ? ["Cancel", `Keep ${them} running`, `${kept} What is under way is lost.`]
    : ["Delete", `Keep ${them}`, "The frames and all other files go too. This cannot be undone."];
  return (await ask("question", `${word} ${jobs.length === 1 ? `“${title(jobs[0])}”` : named}?`, html`<p>${text}</p>
    <div class="actions"><button class="danger" value="yes">${word} ${named}</button><button autofocus>${keep}</button></div>`)) === "yes";
}

/** A reader is not offered what the key is not good for: jobs.css hides it. */
const learnRights = () => get("/system")
  .then(({ caller }) => (document.documentElement.dataset.may = caller.scopes.join(" "))).catch(() => {});

learnRights();
window.addEventListener("signed-in", learnRights);
