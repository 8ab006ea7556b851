/** The first pictures of completed jobs, asked for when their row comes into view. */

import { get } from "../lib/api.js";
import { html, nothing, ref } from "../lib/html.js";
import { at } from "../lib/urls.js";
import { called } from "../job/lightbox.js";

const SHOWN = 4;
const AT_ONCE = 2;

export class Thumbs {
  #frames = new Map();
  #changed;
  /** The rows in view that have none yet. */
  #wanted = new Set();
  #loading = 0;
  #sight = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "300px" });

  /** @param {() => void} changed is called when there are pictures to show */
  constructor(changed) {
    this.#changed = changed;
  }

  close() {
    this.#sight.disconnect();
    this.#wanted.clear();
  }

  /** A few pictures of the first video of a job that has some. */
  strip(job) {
    const index = job.items.findIndex((item) => item.status === "success" && item.frames);
    if (index < 0) return nothing;
    const address = `/jobs/${job.jobId}/items/${index}`;
    return html`<div class="strip" data-item=${address} ${ref(this.#watch)}>${(this.#frames.get(address) ?? []).map((frame) => html`
      <img src=${at(frame.url)} alt="" title=${called(frame)} loading="lazy" decoding="async" width="64" height="36">`)}</div>`;
  }

  #watch = (strip) => strip && this.#sight.observe(strip);

  #seen(entries) {
    for (const { isIntersecting, target } of entries) this.#wanted[isIntersecting ? "add" : "delete"](target);
    while (this.#loading < AT_ONCE && this.#wanted.size) this.#loadNext();
  }

  /** An answer holds all frames of a video: a few at a time, and none for rows that were only scrolled over. */
  async #loadNext() {
    const [strip] = this.#wanted;
    this.#wanted.delete(strip);
    this.#loading += 1;
    await this.#load(strip.dataset.item);
    this.#loading -= 1;
    if (this.#frames.has(strip.dataset.item)) this.#sight.unobserve(strip);
    this.#seen([]);
  }

  async #load(address) {
    if (this.#frames.has(address)) return;
    this.#frames.set(address, []);
    const item = await get(address).catch(() => null);
    if (!item) return this.#frames.delete(address);
    const frames = item.artifacts.filter((file) => file.kind === "frame");
    const step = Math.max(1, Math.floor(frames.length / SHOWN));
    this.#frames.set(address, frames.filter((_, place) => place % step === 0).slice(0, SHOWN));
    this.#changed();
  }
}
