/** The facts of a video: source, options, how long each stage took, tools, files, and how to run it again. */

import { curl } from "../lib/curl.js";
import { clock, moment, size, timestamp } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { card, copyButton, facts } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { requestOf } from "./again.js";

export function detailsTab({ job, item, found }) {
  const { detail, facts: told } = found;
  const { title, url = item.url, width, height, fps, duration } = detail?.source ?? {};
  const { timings = {}, tools = {}, frames, command } = told ?? {};
  const seconds = Object.entries(timings).map(([stage, each]) => [stage, each.toFixed(2)]);
  return html`<div class="fit wide">
      ${card("Video", facts([
        ["Title", title],
        ["Link", url && html`<a href=${url} rel="noreferrer noopener" target="_blank">${url}</a>`],
        ["Platform", `${item.platform}:${item.code}`],
        ["Picture", width && `${width} × ${height}`],
        ["Frames a second", fps && Number(fps.toFixed(3))],
        ["Length", duration && timestamp(duration)],
        ["Started", detail && moment(detail.startedAt)],
        ["Finished", detail && clock(detail.finishedAt).slice(0, 8)],
        ["Frames", frames && `${frames.considered} considered, ${frames.kept} kept`],
      ]))}
      ${told ? html`${card("Seconds per stage", facts(seconds))}${card("Tools", facts(Object.entries(tools)))}` : nothing}</div>
    ${card("Run it again", html`${copied(curl(requestOf(job, item)))}
      ${command ? html`<p class="quiet">Or without a service:</p>${copied(command)}` : nothing}`)}
    ${detail ? card("Files", files(detail.artifacts)) : nothing}`;
}

const copied = (text) =>
  html`<div class="command actions"><pre tabindex="0" aria-label="Command">${text}</pre>${copyButton(text, "Copy")}</div>`;

function files(artifacts) {
  return html`<ul>${artifacts.filter(({ kind }) => kind !== "frame").map(({ url, name, bytes, sha256 }) => html`<li>
      <a href=${at(url)} target="_blank" rel="noopener" title="SHA-256 ${sha256}">${name}</a> <span class="quiet">${size(bytes)}</span></li>`)}</ul>`;
}
