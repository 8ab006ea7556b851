/** Requests to the service: JSON in and out, errors as Problem, a 401 asks for the key and goes on. */

import { askForKey, signedInAt } from "./login.js";
import { at } from "./urls.js";

const PATIENCE_MS = 15_000;

/** An answer that is no success (RFC 9457), or none at all (`status` 0). */
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = 0) {
    super(body.detail || body.title || `the service answered ${status}`);
    this.status = status;
    /** @type {{pointer: string, detail: string}[]} */
    this.errors = body.errors ?? [];
    this.retryAfter = retryAfter;
  }
}

export const get = async (path) => content(await request(path), "json");

export const getText = async (path) => content(await request(path, { headers: { Accept: "text/plain, */*" } }), "text");

/** GET a stream of events: the body as it comes. */
export async function open(path, signal) {
  return (await request(path, { signal, cache: "no-store", headers: { Accept: "text/event-stream, */*" } })).body;
}

export const remove = (path) => request(path, { method: "DELETE" });

/** POST `body` as JSON, or nothing. `signal` ends it early. */
export async function post(path, body, { headers = {}, signal } = {}) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } };
  return content(await request(path, { method: "POST", headers, signal, ...sent }), "json");
}

/** Random hex for an `Idempotency-Key`; crypto.randomUUID is missing on a plain http address. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function request(path, options = {}) {
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
async function reach(path, { signal, ...options }) {
  const headers = { Accept: "application/json, application/problem+json", ...options.headers };
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PATIENCE_MS);
  try {
    return await fetch(at(path), { ...options, headers, signal: AbortSignal.any([limit.signal, ...(signal ? [signal] : [])]) });
  } catch {
    throw new Problem(0, { detail: "The service cannot be reached." });
  } finally {
    clearTimeout(timer);
  }
}

/** The body of an answer, however long it takes as long as something comes. */
async function content(answer, form) {
  const limit = new AbortController();
  let timer = 0;
  const listen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => limit.abort(), PATIENCE_MS);
  };
  const heard = new TransformStream({ start: listen, transform: (chunk, on) => (listen(), on.enqueue(chunk)) });
  try {
    return await new Response(answer.body.pipeThrough(heard, limit))[form]();
  } catch {
    throw new Problem(0, { detail: "The answer of the service broke off." });
  } finally {
    clearTimeout(timer);
  }
}
