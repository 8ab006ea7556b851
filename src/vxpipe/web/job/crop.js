/** What was cut off, before and after, in numbers; and other crops to try. */

import { html, nothing, svg } from "../lib/html.js";
import { card, copyButton, facts, notice, select } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { again, change } from "./again.js";
import { fileOf } from "./results.js";

const ASPECTS = ["16:9", "4:3", "1:1", "4:5", "9:16"];

export function cropTab(view) {
  const { source, crop } = view.found.detail;
  const picture = fileOf(view.found.detail, "uncropped") ?? (crop ? null : view.found.frames[0]);
  if (!source?.width) return notice("No crop", "Nothing is known of the picture of this video.");
  const whole = { x: 0, y: 0, width: source.width, height: source.height };
  const shown = picture
    ? html`${figure(view.ui, picture, whole, crop)}${crop ? slider(view) : nothing}`
    : html`<p class="quiet">The whole picture was not kept.</p>`;
  return html`<div class="fit wide">
      ${card(crop ? "What was cut off" : "Nothing was cut off", shown)}
      ${card("Numbers", numbers(whole, crop, view.found.facts?.borders?.sides))}</div>
    ${again(view, choice(view))}`;
}

function figure({ share, tried }, picture, whole, crop) {
  const { width, height } = whole;
  const box = tried.crop && triedBox(tried.crop, whole, crop ?? whole);
  return html`<svg class="crop-figure" viewBox="0 0 ${width} ${height}" role="img" aria-label="The whole picture, and what was kept">
    <image href=${at(picture.url)} width=${width} height=${height} preserveAspectRatio="none"></image>
    ${crop ? beforeAndAfter(whole, crop, (share / 100) * width) : rectangle("box", whole)}
    ${box ? rectangle("box tried", box) : nothing}</svg>`;
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

const slider = ({ ui, set }) => html`<label class="before-after"><span>cropped</span>
  <input type="range" .value=${String(ui.share)} @input=${({ target }) => set({ share: Number(target.value) })}
    aria-label="How much of the picture is shown as it came"><span>whole</span></label>`;

function numbers(whole, crop, sides) {
  const { x, y, width, height } = crop ?? whole;
  const off = { left: x, right: whole.width - x - width, above: y, below: whole.height - y - height };
  const text = `${x},${y},${width},${height}`;
  return html`${facts([
      ["Source", `${whole.width} × ${whole.height}`],
      ["Kept", `${width} × ${height} at ${x}, ${y}`],
      ["Cut off", Object.entries(off).map((side) => side.join(" ")).join(", ")],
      ["Confidence", crop?.confidence],
      ...Object.entries(sides ?? {}).map(([side, { kind, pixels, note }]) => [side, note ?? (kind && `${pixels} px, ${kind}`)]),
    ])}
    <div class="actions">${copyButton(text, "Copy the box")}<code>${text}</code></div>`;
}

function choice(view) {
  const { found: { facts: told }, ui } = view;
  const word = (crop) => crop.aspect ?? (crop.width ? "a box" : crop);
  const used = word(told?.options?.crop ?? "auto");
  const set = (crop) => change(view, "crop", crop === used ? undefined : ASPECTS.includes(crop) ? { aspect: crop } : crop);
  const words = new Set([used, "auto", "none", ...ASPECTS]);
  return html`<div>${select("Crop", word(ui.tried.crop ?? used), [...words].map((each) => [each]), set)}</div>`;
}

function triedBox(crop, whole, found) {
  if (!crop.aspect) return crop === "none" ? whole : null;
  const [wide, high] = crop.aspect.split(":").map(Number);
  const scale = Math.min(found.width / wide, found.height / high);
  const [width, height] = [wide * scale, high * scale];
  return { x: found.x + (found.width - width) / 2, y: found.y + (found.height - height) / 2, width, height };
}
