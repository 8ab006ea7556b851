/** Requests to the service: a 401 asks for the key and goes on, other errors are thrown as Problem. */

import { askForKey } from "./login.js";
import { keep, recallObject } from "./stored.js";
import { at } from "./urls.js";

const HEARTBEATS_MS = 25_000; // a stream has one every 15 s

/** An answer that is no success (RFC 9457), or none at all (`status` 0), in words for the reader. */
export class Problem extends Error {
  constructor(status, { detail, title, errors } = {}, retryAfter = 0) {
    const said = errors?.[0]?.detail || detail || title || `the service answered ${status}`;
    super(retryAfter ? `${said.replace(/\.?$/, ".")} Try again in ${retryAfter} s.` : said);
    Object.assign(this, { status, retryAfter });
  }

  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const get = async (path) => (await request(path)).json().catch(brokeOff);

export const open = async (path, signal) => (await request(path, { signal, cache: "no-store" }, HEARTBEATS_MS)).body;

export const remove = (path) => request(path, { method: "DELETE" });

export async function post(path, body, { headers, signal } = {}) {
  const sent = body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } };
  return (await request(path, { method: "POST", signal, ...sent })).json().catch(brokeOff);
}

/** One whose answer was lost may be sent again, after a reload too: it is the same job. */
export async function sendBatch(batch) {
  const body = JSON.stringify(batch);
  const last = recallObject("sent");
  const key = last.body === body ? last.key : randomKey();
  keep("sent", JSON.stringify({ body, key }));
  const answer = await post("/process", batch, { headers: { "Idempotency-Key": key } });
  keep("sent", null);
  return answer;
}

/** crypto.randomUUID is missing on a plain http address. */
const randomKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

async function request(...asked) {
  for (;;) {
    const begun = performance.now();
    const answer = await reach(...asked);
    if (answer.ok) return answer;
    const problem = new Problem(answer.status, await answer.json().catch(() => ({})), Number(answer.headers.get("Retry-After")) || 0);
    if (problem.status !== 401 || !(await askForKey(begun))) throw problem;
  }
}

/** An answer that is no longer silent than this, before it begins and while it comes. */
async function reach(path, { signal, ...options } = {}, silenceMs = 15_000) {
  const limit = new AbortController();
  let timer = 0;
  const end = () => clearTimeout(timer);
  const heard = () => {
    end();
    timer = setTimeout(() => limit.abort(), silenceMs);
  };
  heard();
  try {
    const answer = await fetch(at(path), { ...options, signal: AbortSignal.any([limit.signal, signal].filter(Boolean)) });
    const passOn = { transform: (chunk, on) => (heard(), on.enqueue(chunk)), flush: end };
    const body = answer.status === 204 ? null : answer.body?.pipeThrough(new TransformStream(passOn), limit);
    return new Response(body, answer);
  } catch {
    end();
    throw new Problem(0, { detail: "The service cannot be reached." });
  }
}

const brokeOff = () => Promise.reject(new Problem(0, { detail: "The answer of the service broke off." }));
