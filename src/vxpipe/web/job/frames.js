/** The kept frames in a grid, of one shot or all; and the contact sheet. */

import { plural, size } from "../lib/format.js";
import { html, nothing, repeat } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { more, notice, select } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { called, openFrame, told } from "./lightbox.js";
import { fileOf, nameOf } from "./results.js";

const SIZES = [["S", "small"], ["M", "medium"], ["L", "large"]];
const STEP = 120;

export function framesTab(view) {
  const { job, item, ui, set } = view;
  const all = view.found.frames;
  if (!all.length) return notice("No frames", "This video gave files of another kind only; Details lists them.");
  const frames = all.filter(({ row }) => ui.shot === "" || String(row?.scene) === ui.shot);
  const most = ui.frames + STEP;
  const bytes = frames.reduce((sum, each) => sum + each.bytes, 0);
  const archive = at(`/jobs/${job.jobId}/items/${item.index}/archive.zip`);
  return html`<div class="toolbar actions">
      ${shots(view)}${select("Size", ui.size, SIZES, (size) => set({ size }))}
      <span class="quiet" role="status">${plural(frames.length, "frame")} · ${size(bytes)}</span>
      <a class="button apart" href=${archive} download>${icon("download")}Download all (ZIP)</a>
    </div>
    <ul class="grid size-${ui.size}">${repeat(frames.slice(0, most), ({ id }) => id, (frame, place) => figure(view, frames, place))}</ul>
    ${more(frames.length - most, () => set({ frames: most }))}`;
}

function shots({ found, ui, set }) {
  const scenes = [...new Set(found.frames.filter(({ row }) => row).map(({ row }) => row.scene))];
  const options = [["", "all"], ...scenes.map((scene) => [scene, scene + 1])];
  return scenes.length > 1 ? select("Shot", ui.shot, options, (shot) => set({ shot, frames: 0 })) : nothing;
}

function figure(view, frames, place) {
  const frame = frames[place];
  const name = called(frame);
  return html`<li><figure>
    <button class="picture bare" @click=${() => openFrame(view, frames, place)} aria-label="Open frame ${name}, ${told(frame)}">
      <img src=${at(frame.url)} width=${frame.width} height=${frame.height} loading="lazy" decoding="async" alt=""></button>
    <figcaption><span class="figure">${name}</span><span class="quiet">${frame.row ? `shot ${frame.row.scene + 1}` : ""}</span>
      <a href=${at(frame.url)} download=${nameOf(frame.name)} aria-label="Download frame ${name}" title="Download">${icon("download")}</a>
    </figcaption></figure></li>`;
}

export function sheetTab({ item, found }) {
  const sheet = fileOf(found.detail, "sheet");
  if (!sheet) return notice("No contact sheet", "This job was sent with \"sheet\": false.");
  const { width, height, bytes } = sheet;
  return html`<figure class="card sheet">
    <a href=${at(sheet.url)} target="_blank" rel="noopener"><img src=${at(sheet.url)} width=${width} height=${height}
      alt="Contact sheet of video ${item.index + 1}: its frames in time order"></a>
    <figcaption class="quiet">${width} × ${height} · ${size(bytes)} · opens in full size</figcaption></figure>`;
}
