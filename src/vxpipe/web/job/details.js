/** The facts of a video: source, options, how long each stage took, tools, files, and how to run it again. */

import { curl } from "../lib/curl.js";
import { clock, moment, size, timestamp } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { card, copyButton, facts } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { optionsOf } from "./estimate.js";
import { targetOf } from "./told.js";

export function detailsTab(view) {
  const { job, item, found } = view;
  return html`<div class="fit wide">
      ${card("Video", facts(source(item, found.detail)))}
      ${found.facts?.timings ? card("Seconds per stage", facts(seconds(found.facts.timings))) : nothing}
      ${card("Run", facts(run(found)))}
      ${found.facts?.tools ? card("Tools", facts(Object.entries(found.facts.tools))) : nothing}
    </div>
    ${card("Run it again", html`${copied(curl({ items: [targetOf(item)], options: optionsOf(job, item) }))}
      ${found.facts?.command ? copied(found.facts.command) : nothing}<p class="quiet">The second needs no service.</p>`)}
    ${found.detail ? card("Files", files(found.detail.artifacts)) : nothing}`;
}

function source({ platform, code, url }, detail) {
  const { title, url: link = url, width, height, fps, duration } = detail?.source ?? {};
  return [
    ["Title", title],
    ["Link", link && html`<a href=${link} rel="noreferrer noopener" target="_blank">${link}</a>`],
    ["Platform", `${platform}:${code}`],
    ["Picture", width && `${width} × ${height}`],
    ["Frames a second", fps && Number(fps.toFixed(3))],
    ["Length", duration && timestamp(duration)],
  ];
}

function run({ detail, facts: told }) {
  const { startedAt, finishedAt } = detail ?? {};
  return [
    ["Started", startedAt && moment(startedAt)],
    ["Finished", finishedAt && clock(finishedAt).slice(0, 8)],
    ["Frames", told?.frames && `${told.frames.considered} considered, ${told.frames.kept} kept`],
  ];
}

const seconds = (timings) => Object.entries(timings).map(([stage, each]) => [stage, each.toFixed(2)]);

const copied = (text) =>
  html`<div class="command"><pre tabindex="0" aria-label="Command">${text}</pre>${copyButton(text, "Copy")}</div>`;

function files(artifacts) {
  const others = artifacts.filter(({ kind }) => kind !== "frame");
  return html`<ul>${others.map(({ url, name, bytes, sha256 }) => html`<li>
      <a href=${at(url)} target="_blank" rel="noopener" title="SHA-256 ${sha256}">${name}</a> <span class="quiet">${size(bytes)}</span></li>`)}</ul>
    <p class="quiet">and ${artifacts.length - others.length} frames</p>`;
}
