/** Requests to the service: JSON in and out, errors as Problem, a 401 asks for the key and goes on. */

import { askForKey, signedInAt } from "./login.js";
import { patience } from "./patience.js";
import { keep, recallObject } from "./stored.js";
import { at } from "./urls.js";

const PATIENCE_MS = 15_000;

/** An answer that is no success (RFC 9457), or none at all (`status` 0). Its message is for the reader. */
export class Problem extends Error {
  constructor(status, { detail, title, errors } = {}, retryAfter = 0) {
    const said = errors?.[0]?.detail || detail || title || `the service answered ${status}`;
    super(retryAfter ? `${said.replace(/\.?$/, ".")} Try again in ${retryAfter} s.` : said);
    Object.assign(this, { status, retryAfter });
  }

  /** Whether it may be well without anybody's doing. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const get = async (path) => content(await request(path), "json");

export const getText = async (path) => content(await request(path), "text");

/** A stream of events: its body as it comes. */
export const open = async (path, signal) => (await request(path, { signal, cache: "no-store" })).body;

export const remove = (path) => request(path, { method: "DELETE" });

export async function post(path, body, { headers, signal } = {}) {
  const sent = body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } };
  return content(await request(path, { method: "POST", signal, ...sent }), "json");
}

/** Hand a batch over. One whose answer was lost may be sent again, after a reload too: it is the same job. */
export async function sendBatch(batch) {
  const body = JSON.stringify(batch);
  const last = recallObject("sent");
  const key = last.body === body ? last.key : randomHex();
  keep("sent", JSON.stringify({ body, key }));
  const answer = await post("/process", batch, { headers: { "Idempotency-Key": key } });
  keep("sent", null);
  return answer;
}

/** crypto.randomUUID is missing on a plain http address. */
const randomHex = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(16).padStart(8, "0")).join("");

async function request(path, options) {
  for (;;) {
    const begun = performance.now();
    const answer = await reach(path, options);
    if (answer.ok) return answer;
    const problem = new Problem(answer.status, await answer.json().catch(() => ({})), Number(answer.headers.get("Retry-After")) || 0);
    const mayGoOn = problem.status === 401 && (signedInAt() > begun || (await askForKey()));
    if (!mayGoOn) throw problem;
  }
}

/** An answer, which begins in time however long it takes to come. */
async function reach(path, { signal, ...options } = {}) {
  const limit = patience(PATIENCE_MS);
  limit.renew();
  try {
    return await fetch(at(path), { ...options, signal: AbortSignal.any([limit.signal, signal].filter(Boolean)) });
  } catch {
    throw new Problem(0, { detail: "The service cannot be reached." });
  } finally {
    limit.end();
  }
}

/** The body of an answer, however long it takes as long as something comes. */
async function content(answer, form) {
  const limit = patience(PATIENCE_MS);
  const heard = new TransformStream({ start: limit.renew, transform: (chunk, on) => (limit.renew(), on.enqueue(chunk)) });
  try {
    return await new Response(answer.body.pipeThrough(heard, limit))[form]();
  } catch {
    throw new Problem(0, { detail: "The answer of the service broke off." });
  } finally {
    limit.end();
  }
}
