/** What was cut off: the whole picture with the box, before and after, the numbers; and other crops to try. */

import { html, nothing, svg } from "../lib/html.js";
import { notice } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { CopyButton } from "./copy.js";
import { figuresOf, optionsOf } from "./estimate.js";
import { fileOf } from "./results.js";

export class CropTab {
  #redraw;
  #share = 50;
  #copy;

  constructor(redraw) {
    this.#redraw = redraw;
    this.#copy = new CopyButton(redraw);
  }

  template({ job, item, found, again }) {
    const { source, crop } = found.detail;
    const picture = fileOf(found.detail, "uncropped") ?? (crop ? null : found.frames[0]);
    if (!source?.width) return notice("No crop", "Nothing is known of the picture of this video.");
    const tried = boxOf(again.crop, source, crop);
    return html`<div class="columns"><section class="card" aria-labelledby="crop-title">
        <h2 id="crop-title">${crop ? "What was cut off" : "Nothing was cut off"}</h2>
        ${picture ? this.#figure(picture, source, crop, tried) : html`<p class="quiet">The whole picture was not kept for this video.</p>`}
        ${crop && picture ? this.#slider() : nothing}</section>
      <section class="card" aria-label="Numbers">${this.#numbers(source, crop, found.facts)}${this.#choices(job, item, source, crop, again)}</section></div>
      ${again.template({ job, item, used: figuresOf(optionsOf(job, item)) })}`;
  }

  /** To the left of the slider the picture as it came, to the right what is kept of it. */
  #figure(picture, source, crop, tried) {
    const { width, height } = source;
    const split = (this.#share / 100) * width;
    const outside = crop ? `M0 0H${width}V${height}H0zM${crop.x} ${crop.y}v${crop.height}h${crop.width}v${-crop.height}z` : "";
    return html`<svg class="crop-figure" viewBox="0 0 ${width} ${height}" role="img" aria-label=${crop ? `The picture of ${width} by ${height} with the box of ${crop.width} by ${crop.height} at ${crop.x}, ${crop.y}` : `The picture of ${width} by ${height}`}>
      <image href=${at(picture.url)} width=${width} height=${height} preserveAspectRatio="none"></image>
      <rect class="whole" width=${width} height=${height}></rect>
      ${crop ? svg`<path class="dim" fill-rule="evenodd" d=${outside}></path>
        <clipPath id="after"><rect x=${split} y="0" width=${width - split} height=${height}></rect></clipPath>
        <path class="off" fill-rule="evenodd" d=${outside} clip-path="url(#after)"></path>
        <rect class="box" x=${crop.x} y=${crop.y} width=${crop.width} height=${crop.height}></rect>
        <line class="split" x1=${split} x2=${split} y1="0" y2=${height}></line>` : nothing}
      ${tried ? svg`<rect class="box tried" x=${tried.x} y=${tried.y} width=${tried.width} height=${tried.height}></rect>` : nothing}</svg>`;
  }

  #slider() {
    const move = (event) => {
      this.#share = Number(event.target.value);
      this.#redraw();
    };
    return html`<label class="before-after"><span>kept</span><input type="range" min="0" max="100" .value=${String(this.#share)} @input=${move} aria-label="How much of the picture is shown as it came, in percent"><span>as it came</span></label>`;
  }

  #numbers(source, crop, facts) {
    const kept = crop ?? { x: 0, y: 0, width: source.width, height: source.height };
    const right = source.width - kept.x - kept.width;
    const below = source.height - kept.y - kept.height;
    const share = Math.round((100 * kept.width * kept.height) / (source.width * source.height));
    const text = `${kept.width}x${kept.height}+${kept.x}+${kept.y}`;
    const rows = [["Source", `${source.width} × ${source.height}`], ["Kept", `${kept.width} × ${kept.height} at ${kept.x}, ${kept.y}`], ["Cut off", crop ? `left ${kept.x}, right ${right}, above ${kept.y}, below ${below}` : "nothing"],
      ["Area kept", `${share} %`], ["Confidence", crop?.confidence ?? "–"], ["Pictures looked at", facts?.borders?.frames ?? "–"]];
    return html`<h2>Numbers</h2><dl class="facts-list">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd class="figure">${value}</dd></div>`)}</dl>
      <div class="actions">${this.#copy.template(text, "Copy the box")}<code>${text}</code></div>`;
  }

  #choices(job, item, source, crop, again) {
    const used = optionsOf(job, item).crop ?? "auto";
    const now = again.crop ?? used;
    const kind = typeof now === "string" ? now : now.aspect ? "aspect" : "box";
    const set = (value) => again.change("crop", value === used ? undefined : value, job, item);
    const first = crop ?? { x: 0, y: 0, width: source.width, height: source.height };
    const made = { auto: "auto", none: "none", aspect: { aspect: "16:9" }, box: { x: first.x, y: first.y, width: first.width, height: first.height } };
    return html`<fieldset class="choices crop-choices"><legend>Another crop</legend>
        ${Object.keys(made).map((each) => html`<label><input type="radio" name="crop" .checked=${each === kind} @change=${() => set(made[each])}><span>${each}</span></label>`)}</fieldset>
      ${kind === "aspect" ? html`<label class="field">Width to height <input .value=${now.aspect} size="7" @change=${(event) => set(event.target.value.trim() ? { aspect: event.target.value.trim() } : undefined)}></label>` : nothing}
      ${kind === "box" ? html`<div class="box-fields">${["x", "y", "width", "height"].map((side) => html`<label class="field">${side}<input type="number" min="0" .value=${String(now[side])} @change=${(event) => set({ ...now, [side]: Number(event.target.value) })}></label>`)}</div>` : nothing}`;
  }
}

/** Where a crop that is tried lies; null where that is not known before the run. */
function boxOf(tried, { width, height }, found) {
  if (tried === undefined || tried === "auto") return null;
  if (tried === "none") return { x: 0, y: 0, width, height };
  if (!tried.aspect) return tried;
  const [wide, high] = tried.aspect.split(":").map(Number);
  if (!wide || !high) return null;
  const inside = found ?? { x: 0, y: 0, width, height };
  const scale = Math.min(inside.width / wide, inside.height / high);
  const size = { width: wide * scale, height: high * scale };
  return { x: inside.x + (inside.width - size.width) / 2, y: inside.y + (inside.height - size.height) / 2, ...size };
}
