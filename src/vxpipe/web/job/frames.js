/** The results of a job's finished videos: frames in a grid, and the files that come with them. */

import { get } from "../lib/api.js";
import { fill, h, notice } from "../lib/dom.js";
import { label, plural, size, timestamp } from "../lib/format.js";
import { at } from "../lib/urls.js";

const OPEN_AT_ONCE = 3;
const STEP = 120;
const FILES = { "sheet.jpg": "Contact sheet", "clip.mp4": "Clip" };

export class Results {
  #jobId;
  #sections = new Map();
  #hint = h("p", { class: "quiet" }, "The frames of each video appear here when it is done.");

  constructor(jobId) {
    this.#jobId = jobId;
    this.element = h("section", { "aria-labelledby": "frames-title" }, h("h2", { id: "frames-title" }, "Frames"), this.#hint);
  }

  update(items) {
    for (const item of items) {
      const known = this.#sections.get(item.index);
      if (item.status === "success") known ?? this.#add(item);
      else if (known) this.#remove(item.index);
    }
    this.#hint.hidden = this.#sections.size > 0;
  }

  /** Open an item's frames and bring them into view. */
  goTo(index) {
    const section = this.#sections.get(index);
    if (!section) return;
    section.open = true;
    section.scrollIntoView({ block: "start" });
    section.querySelector("summary").focus({ preventScroll: true });
  }

  /** Sections stay in the order of the videos, whichever is done first. */
  #add(item) {
    const body = h("div", {});
    const section = h("details", { class: "result" },
      h("summary", {}, h("span", { class: "name" }, `${item.index + 1}. ${label(item)}`), h("span", { class: "quiet" }, plural(item.frames ?? 0, "frame"))), body);
    section.addEventListener("toggle", () => section.open && !body.childElementCount && this.#load(item.index, body));
    const after = [...this.#sections.keys()].filter((index) => index > item.index).sort((a, b) => a - b)[0];
    this.element.insertBefore(section, this.#sections.get(after) ?? null);
    this.#sections.set(item.index, section);
    section.open = this.#sections.size <= OPEN_AT_ONCE;
  }

  #remove(index) {
    this.#sections.get(index).remove();
    this.#sections.delete(index);
  }

  async #load(index, body) {
    fill(body, h("p", { class: "quiet" }, "Loading …"));
    try {
      fill(body, ...shown(await get(`/jobs/${this.#jobId}/items/${index}`)));
    } catch (problem) {
      fill(body, notice("The frames cannot be shown", problem.message, { label: "Try again", run: () => this.#load(index, body) }));
    }
  }
}

function shown(detail) {
  const frames = detail.artifacts.filter((file) => file.kind === "frame").sort((a, b) => a.t - b.t);
  const files = detail.artifacts.filter((file) => file.kind !== "frame");
  return [h("p", { class: "facts" }, facts(detail)), h("ul", { class: "files" }, files.map(fileLink)), grid(frames)];
}

function facts({ source, crop }) {
  const s = source ?? {};
  const known = [s.title, s.uploader, s.width && `${s.width}×${s.height}`, s.fps && `${Number(s.fps.toFixed(2))} fps`,
    s.codec, s.duration && timestamp(s.duration)];
  const cut = crop ? `cropped to ${crop.width}×${crop.height} at ${crop.x}, ${crop.y}` : "no borders removed";
  return [...known, cut].filter(Boolean).join(" · ");
}

function fileLink({ url, name, bytes }) {
  return h("li", {}, newTab(at(url), {}, FILES[name] ?? name), h("span", { class: "quiet" }, ` ${size(bytes)}`));
}

/** The frames in steps: hundreds of full pictures at once are more than a page should hold. */
function grid(frames) {
  const box = h("div", { class: "grid" });
  const more = h("button", { type: "button", onclick: () => add() });
  const add = () => {
    box.append(...frames.slice(box.childElementCount, box.childElementCount + STEP).map(figure));
    const left = frames.length - box.childElementCount;
    more.hidden = !left;
    more.textContent = `Show more (${left} left)`;
  };
  add();
  return h("div", {}, box, more);
}

function figure({ url, width, height, t }) {
  const time = timestamp(t);
  const image = h("img", { src: at(url), width, height, loading: "lazy", decoding: "async", alt: `Frame at ${time}` });
  return h("figure", {}, newTab(at(url), {}, image), h("figcaption", {}, time));
}

function newTab(href, props, ...children) {
  return h("a", { href, target: "_blank", rel: "noopener", ...props }, ...children);
}
