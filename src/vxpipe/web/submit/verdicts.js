/**
 * What the service would do with each line: `POST /process?plan=1` judges by the very rules of a real request. One that
 * refuses lines says nothing of the others, so those are asked for once more.
 */

import { post } from "../lib/api.js";

const ROUNDS = 4;

/**
 * @typedef {import("./lines.js").Line & {state: "ready" | "double" | "fault", plan?: object, sameAs?: number}} Verdict
 * @typedef {{verdicts: Verdict[], faults: {pointer: string, detail: string}[], queue: object | null, problem: Error | null}} Judged
 *   `faults` are those of the options and of the batch as a whole
 */

/** @param {import("./lines.js").Line[]} lines @returns {Promise<Judged>} */
export async function judged(lines, options, signal) {
  const refused = new Map(lines.filter((line) => line.fault).map((line) => [line, line.fault]));
  for (let round = 0; round < ROUNDS; round += 1) {
    const asked = lines.filter((line) => !refused.has(line));
    if (!asked.length) return result(lines, refused, []);
    try {
      const plan = await post("/process?plan=1", { items: asked.map((line) => line.item), options }, { signal });
      return result(lines, refused, asked.map((line, at) => [line, plan.items[at]]), { queue: plan.queue });
    } catch (problem) {
      if (signal.aborted) throw problem;
      if (problem.code === "too_many_items") return inHalves(lines, options, signal, problem);
      const others = noted(problem, asked, refused);
      if (others.length || asked.every((line) => !refused.has(line))) return result(lines, refused, [], { faults: others, problem });
    }
  }
  return result(lines, refused, []);
}

/** More lines than one request may hold are judged in parts; that they are too many is said besides. */
async function inHalves(lines, options, signal, problem) {
  const middle = Math.ceil(lines.length / 2);
  const [first, second] = [await judged(lines.slice(0, middle), options, signal), await judged(lines.slice(middle), options, signal)];
  return { ...second, verdicts: [...first.verdicts, ...second.verdicts], faults: [...first.faults, ...second.faults], problem };
}

/** Put each fault with its line; those that have none are given back. */
export function noted(problem, asked, refused) {
  return (problem.errors ?? []).filter(({ pointer, detail }) => {
    const line = asked[/^#\/items\/(\d+)/.exec(pointer)?.[1]];
    if (line && !refused.has(line)) refused.set(line, detail);
    return !line;
  });
}

function result(lines, refused, planned, { queue = null, faults = [], problem = null } = {}) {
  const plans = new Map(planned);
  const first = new Map();
  const verdicts = lines.map((line) => {
    if (refused.has(line)) return { ...line, state: "fault", fault: refused.get(line) };
    const plan = plans.get(line);
    if (!plan) return { ...line, state: "unknown" };
    const name = JSON.stringify([plan.platform, plan.code, line.item.options ?? null]);
    const sameAs = first.get(name);
    first.set(name, sameAs ?? line.number);
    return { ...line, plan, state: sameAs === undefined ? "ready" : "double", sameAs };
  });
  return { verdicts, faults, queue, problem: problem && !problem.errors?.length ? problem : null };
}
