/** Other options for a video: what they would change, told at once, and a new run that does it. */

import { newKey, post } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { navigate } from "../lib/router.js";
import { targetOf } from "./commands.js";
import { optionsOf } from "./estimate.js";

const CALM_MS = 400;

export class Again {
  #redraw;
  #changes = {};
  #plan = null;
  #asked = 0;
  #busy = false;
  #fault = "";
  /** The key of the run last asked for: the same one asked for twice is one job. */
  #sent = { body: "", key: "" };

  constructor(redraw) {
    this.#redraw = redraw;
  }

  reset() {
    [this.#changes, this.#plan, this.#fault] = [{}, null, ""];
    clearTimeout(this.#asked);
    this.#asked = 0;
    this.#redraw();
  }

  /** The figures that a new run would use, where the old one used these. */
  wanted(used) {
    return { threshold: this.#changes.threshold ?? used.threshold, distance: this.#changes.distance ?? used.distance };
  }

  /** The crop that is tried; undefined: that of the run. */
  get crop() {
    return this.#changes.crop;
  }

  /** Try another value; undefined: that of the run. */
  change(name, value, job, item) {
    if (value === undefined) delete this.#changes[name];
    else this.#changes[name] = value;
    [this.#plan, this.#fault] = [null, ""];
    clearTimeout(this.#asked);
    if (Object.keys(this.#changes).length) this.#asked = setTimeout(() => this.#look(job, item), CALM_MS);
    this.#redraw();
  }

  /** @param {{told?: ReturnType<import("./estimate.js").estimate>}} parts without `told` only the crop is tried */
  template({ job, item, told = null, used }) {
    const wanted = this.wanted(used);
    const isChanged = Object.keys(this.#changes).length > 0;
    return html`<section class="card again" aria-labelledby="again-title">
      <h2 id="again-title">Try other options</h2>
      ${told ? html`<div class="sliders">${this.#slider("threshold", "Threshold of a cut", { used, wanted, most: 1, step: 0.01, job, item })}
        ${this.#slider("distance", "Distance of repeats, in bits", { used, wanted, most: 64, step: 1, job, item })}</div>` : nothing}
      <p role="status">${told ? sentence(told, isChanged) : nothing} ${this.#words()}</p>
      <div class="actions">
        <button class="primary" ?disabled=${!isChanged || this.#busy} @click=${() => this.#run(job, item)}>${icon("play")}Run again with these</button>
        ${isChanged ? html`<button @click=${() => this.reset()}>Back to those of this run</button>` : nothing}
        <span class="quiet">${this.#download()}</span></div>
      ${this.#fault ? html`<p class="fault" role="alert">${this.#fault}</p>` : nothing}</section>`;
  }

  #slider(name, word, { used, wanted, most, step, job, item }) {
    if (used[name] === null) return nothing;
    const change = (event) => this.change(name, Number(event.target.value) === used[name] ? undefined : Number(event.target.value), job, item);
    return html`<label class="slider">${word}<input type="range" min="0" max=${most} step=${step} .value=${String(wanted[name])} @input=${change}>
      <output class="figure">${wanted[name]}${wanted[name] === used[name] ? nothing : html` <span class="quiet">was ${used[name]}</span>`}</output></label>`;
  }

  #words() {
    const crop = this.#changes.crop;
    return crop === undefined ? nothing : `The crop would be ${typeof crop === "string" ? crop : (crop.aspect ?? `${crop.width} × ${crop.height} at ${crop.x}, ${crop.y}`)}.`;
  }

  #download() {
    if (!this.#plan) return "A new job; this one stays as it is.";
    return this.#plan.cached ? "The download is kept: nothing is fetched again." : "The video is downloaded again: no copy of it is kept.";
  }

  #body(job, item) {
    const given = optionsOf(job, item);
    const { threshold, distance, crop } = this.#changes;
    const options = { ...given, ...(crop === undefined ? {} : { crop }) };
    if (threshold !== undefined) options.frames = { ...given.frames, threshold };
    if (distance !== undefined) options.dedupe = { ...given.dedupe, distance };
    return { items: [targetOf(item)], options };
  }

  async #look(job, item) {
    const asked = this.#asked;
    const [plan, problem] = await post("/process?plan=1", this.#body(job, item)).then((told) => [told, null], (refused) => [null, refused]);
    if (asked !== this.#asked) return;
    if (problem) this.#tell(problem);
    this.#plan = plan?.items[0] ?? null;
    this.#redraw();
  }

  async #run(job, item) {
    this.#busy = true;
    const body = this.#body(job, item);
    const text = JSON.stringify(body);
    if (this.#sent.body !== text) this.#sent = { body: text, key: newKey() };
    try {
      const { jobId } = await post("/process", body, { headers: { "Idempotency-Key": this.#sent.key } });
      navigate(`jobs/${jobId}`);
    } catch (problem) {
      this.#tell(problem);
    }
    this.#busy = false;
    this.#redraw();
  }

  #tell(problem) {
    this.#fault = [problem.message, ...(problem.errors ?? []).map(({ detail }) => detail)].join(" ");
  }
}

function sentence({ shots, frames }, isChanged) {
  if (!isChanged) return `${plural(shots.now, "shot")}, ${plural(frames.now, "frame")} kept. Move a slider to see what would change.`;
  const many = frames.least === frames.most ? `about ${plural(frames.least, "frame")}` : `${frames.least} to ${plural(frames.most, "frame")}`;
  return `${plural(shots.then, "shot")} instead of ${shots.now}, ${many} instead of ${frames.now}. The run itself looks closer.`;
}
