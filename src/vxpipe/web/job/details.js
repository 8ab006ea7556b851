/** The facts of a video: source, options, how long each stage took, tools, files, and how to run it again. */

import { curl } from "../lib/curl.js";
import { clock, moment, size, timestamp } from "../lib/format.js";
import { html, nothing } from "../lib/html.js";
import { card, copyButton, facts } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { requestOf } from "./told.js";

export function detailsTab({ job, item, found }) {
  const { detail, facts: told } = found;
  const { title, url = item.url, width, height, fps, duration } = detail?.source ?? {};
  const { timings = {}, tools = {}, frames, command } = told ?? {};
  const listed = (heading, rows) => (rows.length ? card(heading, facts(rows)) : nothing);
  return html`<div class="fit wide">
      ${listed("Video", [
        ["Title", title],
        ["Link", url && html`<a href=${url} rel="noreferrer noopener" target="_blank">${url}</a>`],
        ["Platform", `${item.platform}:${item.code}`],
        ["Picture", width && `${width} × ${height}`],
        ["Frames a second", fps && Number(fps.toFixed(3))],
        ["Length", duration && timestamp(duration)],
      ])}
      ${listed("Seconds per stage", Object.entries(timings).map(([stage, seconds]) => [stage, seconds.toFixed(2)]))}
      ${detail ? listed("Run", [
        ["Started", moment(detail.startedAt)],
        ["Finished", clock(detail.finishedAt).slice(0, 8)],
        ["Frames", frames && `${frames.considered} considered, ${frames.kept} kept`],
      ]) : nothing}
      ${listed("Tools", Object.entries(tools))}</div>
    ${card("Run it again", html`${copied(curl(requestOf(job, item)))}
      ${command ? html`<p class="quiet">Or without a service:</p>${copied(command)}` : nothing}`)}
    ${detail ? card("Files", files(detail.artifacts)) : nothing}`;
}

const copied = (text) =>
  html`<div class="command"><pre tabindex="0" aria-label="Command">${text}</pre>${copyButton(text, "Copy")}</div>`;

function files(artifacts) {
  const others = artifacts.filter(({ kind }) => kind !== "frame");
  return html`<ul>${others.map(({ url, name, bytes, sha256 }) => html`<li>
      <a href=${at(url)} target="_blank" rel="noopener" title="SHA-256 ${sha256}">${name}</a> <span class="quiet">${size(bytes)}</span></li>`)}</ul>
    <p class="quiet">and ${artifacts.length - others.length} frames</p>`;
}
