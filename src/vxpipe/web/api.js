/** Requests to the service: JSON in and out, errors as Problem, a 401 asks for the key and goes on. */

import { askForKey, signedInAt } from "./login.js";
import { within } from "./within.js";

/** An answer that is no success (RFC 9457), or none at all (`status` 0). */
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = 0) {
    super(body.detail || body.title || `the service answered ${status}`);
    this.status = status;
    this.code = body.code ?? "";
    /** @type {{pointer: string, detail: string}[]} */
    this.errors = body.errors ?? [];
    this.retryAfter = retryAfter;
  }
}

/** GET a path. */
export const get = (path) => request(path);

/** POST `body` as JSON, or nothing. */
export function post(path, body, headers = {}) {
  if (body === undefined) return request(path, { method: "POST", headers });
  return request(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } });
}

async function request(path, options = {}) {
  for (;;) {
    const begun = performance.now();
    const answer = await reach(path, options);
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    const problem = await problemOf(answer);
    const mayGoOn = problem.status === 401 && (signedInAt() > begun || (await askForKey()));
    if (!mayGoOn) throw problem;
  }
}

async function reach(path, options) {
  const headers = { Accept: "application/json, application/problem+json", ...options.headers };
  try {
    return await fetch(within(path), { ...options, headers });
  } catch {
    throw new Problem(0, { detail: "The service cannot be reached." });
  }
}

async function problemOf(answer) {
  const body = await answer.json().catch(() => ({}));
  return new Problem(answer.status, body, Number(answer.headers.get("Retry-After")) || 0);
}
