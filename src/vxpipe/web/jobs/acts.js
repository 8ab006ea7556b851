/** Cancel, retry, delete: one job or several. */

import { post, remove } from "../lib/api.js";
import { forget, put } from "../lib/jobs.js";

const AT_ONCE = 4;

const DO = {
  cancel: async (id) => put(await post(`/jobs/${id}/cancel`)),
  retry: async (id) => put(await post(`/jobs/${id}/retry`)),
  delete: async (id) => {
    await remove(`/jobs/${id}`);
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
