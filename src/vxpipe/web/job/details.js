/** The facts of a video: source, options, how long each stage took, tools, files, and how to run it again. */

import { curl, isLocked } from "../lib/curl.js";
import { clock, moment, size, timestamp } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { at } from "../lib/urls.js";
import { optionsOf } from "./estimate.js";
import { card, copyButton, facts } from "./parts.js";
import { targetOf } from "./told.js";

let locked = null;

export function detailsTab(view) {
  const { job, item, found } = view;
  if (locked === null) askOnce(view);
  return html`<div class="columns">
      ${card("Video", facts(source(item, found.detail)))}
      ${found.facts?.timings ? card("Seconds per stage", bars(found.facts.timings)) : nothing}
      ${card("Run", facts(run(job, found)))}
      ${found.facts?.tools ? card("Tools", facts(Object.entries(found.facts.tools))) : nothing}
    </div>
    ${card("Run it again", html`${copied(curl({ items: [targetOf(item)], options: optionsOf(job, item) }, locked))}
      ${found.facts?.command ? copied(found.facts.command) : nothing}<p class="quiet">The second needs no service.</p>`)}
    ${found.detail ? card("Files", files(found.detail.artifacts)) : nothing}`;
}

async function askOnce({ set }) {
  locked = false;
  locked = await isLocked();
  set({});
}

function source({ platform, code, url }, detail) {
  const { title, uploader, url: link = url, width, height, fps, codec, duration } = detail?.source ?? {};
  return [
    ["Title", title],
    ["By", uploader],
    ["Link", link && html`<a href=${link} rel="noreferrer noopener" target="_blank">${link}</a>`],
    ["Platform", `${platform}:${code}`],
    ["Picture", width && `${width} × ${height}`],
    ["Frames a second", fps && Number(fps.toFixed(3))],
    ["Codec", codec],
    ["Length", duration && timestamp(duration)],
  ];
}

function run({ priority }, { detail, facts: told }) {
  const { startedAt, finishedAt } = detail ?? {};
  return [
    ["Started", startedAt && moment(startedAt)],
    ["Finished", finishedAt && clock(finishedAt).slice(0, 8)],
    ["Download", told && (told.cached ? "kept from before" : "fetched for this run")],
    ["Frames", told?.frames && `${told.frames.considered} considered, ${told.frames.kept} kept`],
    ["Priority", priority],
  ];
}

/** Bars of equal scale, with their figures beside them. */
function bars(timings) {
  const most = Math.max(...Object.values(timings), 0.001);
  const bar = (stage, seconds) => html`<meter max=${most} value=${seconds} aria-label=${stage}></meter> ${seconds.toFixed(2)} s`;
  return facts(Object.entries(timings).map(([stage, seconds]) => [stage, bar(stage, seconds)]));
}

const copied = (text) =>
  html`<div class="command"><pre tabindex="0" aria-label="Command">${text}</pre>${copyButton(text, "Copy")}</div>`;

function files(artifacts) {
  const others = artifacts.filter(({ kind }) => kind !== "frame");
  return html`<ul>${others.map(({ url, name, bytes, sha256 }) => html`<li>
      <a href=${at(url)} target="_blank" rel="noopener" title="SHA-256 ${sha256}">${name}</a> <span class="quiet">${size(bytes)}</span></li>`)}</ul>
    <p class="quiet">and ${artifacts.length - others.length} frames</p>`;
}
