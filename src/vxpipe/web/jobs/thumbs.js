/** The first pictures of completed jobs, asked for when their row comes into view. */

import { get } from "../lib/api.js";
import { html } from "../lib/html.js";
import { timestamp } from "../lib/format.js";
import { at } from "../lib/urls.js";

const SHOWN = 4;
const NEAR = "300px";

export class Thumbs {
  #frames = new Map();
  #changed;
  #sight = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: NEAR });

  /** @param {() => void} changed is called when there are pictures to show */
  constructor(changed) {
    this.#changed = changed;
  }

  close() {
    this.#sight.disconnect();
  }

  /** The strip of a job, and the reason to look for its pictures. */
  strip(job) {
    const frames = this.#frames.get(job.jobId) ?? [];
    return frames.map((frame) => html`<img src=${at(frame.url)} alt="" title=${timestamp(frame.t)} loading="lazy" decoding="async" width="64" height="36">`);
  }

  /** For lit's `ref`: watch a row's element until it was seen. */
  watch = (element) => {
    if (element) this.#sight.observe(element);
  };

  #seen(entries) {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      this.#sight.unobserve(target);
      this.#load(target.dataset.thumbs);
    }
  }

  async #load(id) {
    const [jobId, index] = id.split("/");
    if (this.#frames.has(jobId)) return;
    this.#frames.set(jobId, []);
    const detail = await get(`/jobs/${jobId}/items/${index}`).catch(() => null);
    if (!detail) return this.#frames.delete(jobId);
    const frames = detail.artifacts.filter((file) => file.kind === "frame");
    const step = Math.max(1, Math.floor(frames.length / SHOWN));
    this.#frames.set(jobId, frames.filter((_, place) => place % step === 0).slice(0, SHOWN));
    this.#changed();
  }
}

/** The item whose pictures stand for a job; "" where none has any. */
export function pictured(job) {
  const index = job.items.findIndex((item) => item.status === "success" && item.frames);
  return index < 0 ? "" : `${job.jobId}/${index}`;
}
