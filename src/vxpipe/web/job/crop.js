/** What was cut off: the whole picture with the box, before and after, the numbers; and other crops to try. */

import { html, nothing, svg } from "../lib/html.js";
import { card, copyButton, facts, notice, select } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { again, toldOf, tryCrop } from "./again.js";
import { fileOf } from "./results.js";

const SIDES = ["x", "y", "width", "height"];

export function cropTab(view) {
  const { source, crop } = view.found.detail;
  const picture = fileOf(view.found.detail, "uncropped") ?? (crop ? null : view.found.frames[0]);
  if (!source?.width) return notice("No crop", "Nothing is known of the picture of this video.");
  const whole = { x: 0, y: 0, width: source.width, height: source.height };
  const box = crop ?? whole;
  const shown = picture
    ? html`${figure(view, picture, whole, crop)}${crop ? slider(view) : nothing}`
    : html`<p class="quiet">The whole picture was not kept for this video.</p>`;
  return html`<div class="fit wide">
      ${card(crop ? "What was cut off" : "Nothing was cut off", shown)}
      ${card("Numbers", numbers(whole, box, crop))}</div>
    ${again(view, toldOf(view), choice(view, box))}`;
}

/** To the left of the slider the picture as it came, what was cut off dimmed; to the right only what was kept. */
function figure({ ui }, picture, whole, crop) {
  const { width, height } = whole;
  const tried = triedBox(ui.tried.crop, whole, crop ?? whole);
  const kept = crop ? `, kept ${crop.width} by ${crop.height} at ${crop.x}, ${crop.y}` : "";
  return html`<svg class="crop-figure" viewBox="0 0 ${width} ${height}" role="img"
    aria-label="The picture of ${width} by ${height}${kept}">
    <image href=${at(picture.url)} width=${width} height=${height} preserveAspectRatio="none"></image>
    ${crop ? beforeAndAfter(whole, crop, (ui.share / 100) * width) : rectangle("whole", whole)}
    ${tried ? rectangle("box tried", tried) : nothing}</svg>`;
}

const rectangle = (look, { x, y, width, height }) =>
  svg`<rect class=${look} x=${x} y=${y} width=${width} height=${height}></rect>`;

function beforeAndAfter({ width, height }, crop, split) {
  const outside = `M0 0H${width}V${height}H0zM${crop.x} ${crop.y}v${crop.height}h${crop.width}v${-crop.height}z`;
  return svg`<path class="dim" fill-rule="evenodd" d=${outside}></path>
    <clipPath id="after">${rectangle("", { x: split, y: 0, width: width - split, height })}</clipPath>
    <path class="off" fill-rule="evenodd" d=${outside} clip-path="url(#after)"></path>
    ${rectangle("box", crop)}
    <line class="split" x1=${split} x2=${split} y1="0" y2=${height}></line>`;
}

function slider({ ui, set }) {
  return html`<label class="before-after"><span>all kept</span>
    <input type="range" min="0" max="100" .value=${String(ui.share)} @input=${({ target }) => set({ share: Number(target.value) })}
      aria-label="How much of the picture is shown as it came, in percent"><span>as it came</span></label>`;
}

function numbers(whole, box, crop) {
  const [right, below] = [whole.width - box.x - box.width, whole.height - box.y - box.height];
  const text = `${box.width}x${box.height}+${box.x}+${box.y}`;
  return html`${facts([
      ["Source", `${whole.width} × ${whole.height}`],
      ["Kept", `${box.width} × ${box.height} at ${box.x}, ${box.y}`],
      ["Cut off", crop ? `left ${box.x}, right ${right}, above ${box.y}, below ${below}` : "nothing"],
    ])}
    <div class="actions">${copyButton(text, "Copy the box")}<code>${text}</code></div>`;
}

function choice(view, { x, y, width, height }) {
  const used = view.found.facts?.options?.crop ?? "auto";
  const now = view.ui.tried.crop ?? used;
  const kinds = { auto: "auto", none: "none", aspect: { aspect: "16:9" }, box: { x, y, width, height } };
  const kind = now.aspect ? "aspect" : now.width === undefined ? now : "box";
  const set = (crop) => tryCrop(view, JSON.stringify(crop) === JSON.stringify(used) ? undefined : crop);
  const field = (word, value, changed) => html`<label class="check">${word}
    <input size="5" .value=${String(value)} @change=${({ target }) => target.value && set(changed(target.value))}></label>`;
  return html`<div class="toolbar actions">${select("Crop", kind, Object.keys(kinds).map((each) => [each]), (each) => set(kinds[each]))}
    ${kind === "aspect" ? field("Width to height", now.aspect, (aspect) => ({ aspect })) : nothing}
    ${kind === "box" ? SIDES.map((side) => field(side, now[side], (text) => ({ ...now, [side]: Number(text) }))) : nothing}</div>`;
}

/** Where a crop that is tried lies; null where that is not known before the run. */
function triedBox(crop, whole, found) {
  if (crop === undefined || crop === "auto") return null;
  if (crop === "none") return whole;
  if (!crop.aspect) return crop;
  const [wide, high] = crop.aspect.split(":").map(Number);
  if (!wide || !high) return null;
  const scale = Math.min(found.width / wide, found.height / high);
  const [width, height] = [wide * scale, high * scale];
  return { x: found.x + (found.width - width) / 2, y: found.y + (found.height - height) / 2, width, height };
}
