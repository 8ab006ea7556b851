/** The kept frames in a grid, of one shot or all; and the contact sheet. */

import { plural, size } from "../lib/format.js";
import { html, nothing, repeat } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { notice, select } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { called, openFrame, told } from "./lightbox.js";
import { fileOf, nameOf } from "./results.js";

export function framesTab(view) {
  const { job, item, found, ui, set } = view;
  if (!found.frames.length) return notice("No frames", "This video gave files of another kind only; Details lists them.");
  const scenes = [...new Set(found.frames.flatMap(({ row }) => row?.scene ?? []))];
  const shots = [["", "all"], ...scenes.map((scene) => [scene, scene + 1])];
  const frames = found.frames.filter(({ row }) => ui.shot === "" || String(row?.scene) === ui.shot);
  return html`<div class="toolbar actions">
      ${scenes.length > 1 ? select("Shot", ui.shot, shots, (shot) => set({ shot })) : nothing}
      <span class="quiet" role="status">${plural(frames.length, "frame")} · ${size(frames.reduce((sum, { bytes }) => sum + bytes, 0))}</span>
      <a class="button apart" href=${at(`/jobs/${job.jobId}/items/${item.index}/archive.zip`)} download>
        ${icon("download")}Download all (ZIP)</a></div>
    <ul class="grid">${repeat(frames, ({ id }) => id, (frame) => figure(view, frame))}</ul>`;
}

function figure(view, frame) {
  const name = called(frame);
  return html`<li><figure>
    <button class="picture bare" @click=${() => openFrame(view, frame)} aria-label="Open frame ${name}, ${told(frame)}">
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
      alt="Contact sheet of video ${item.index + 1}"></a>
    <figcaption class="quiet">${width} × ${height} · ${size(bytes)} · opens in full size</figcaption></figure>`;
}
