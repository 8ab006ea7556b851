/** The facts of a video: source, options, how long each stage took, tools, files, and how to run it again. */

import { clock, moment, size, span, timestamp } from "../lib/format.js";
import { curl, isLocked } from "../lib/curl.js";
import { html, nothing } from "../lib/html.js";
import { at } from "../lib/urls.js";
import { cli, targetOf } from "./commands.js";
import { CopyButton } from "./copy.js";
import { optionsOf } from "./estimate.js";
import { STAGES } from "./lanes.js";

const WORDS = Object.fromEntries(STAGES);

export class DetailsTab {
  #curl;
  #cli;
  #locked = false;

  constructor(redraw) {
    this.#curl = new CopyButton(redraw);
    this.#cli = new CopyButton(redraw);
    isLocked().then((locked) => {
      this.#locked = locked;
      redraw();
    });
  }

  template({ job, item, found }) {
    const options = optionsOf(job, item);
    return html`<div class="columns">
        ${card("Video", facts(source(item, found.detail)))}
        ${found.facts?.timings ? card("Seconds per stage", bars(found.facts.timings)) : nothing}
        ${card("Run", facts(run(job, item, found)))}
        ${found.facts?.tools ? card("Tools", facts(Object.entries(found.facts.tools))) : nothing}
      </div>
      ${card("Run it again", html`${command(curl({ items: [targetOf(item)], options }, this.#locked), this.#curl)}${command(cli(item, options), this.#cli)}
        <p class="quiet">The second line needs no service.</p>`)}
      ${card("Options as they were given", html`<pre tabindex="0" aria-label="Options">${JSON.stringify(options, null, 2)}</pre>`)}
      ${found.detail ? card("Files", files(found.detail)) : nothing}`;
  }
}

const card = (heading, content) => html`<section class="card"><h2>${heading}</h2>${content}</section>`;

function facts(rows) {
  return html`<dl class="facts-list">${rows.filter(([, value]) => value).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function source(item, detail) {
  const { title, uploader, url, width, height, fps, codec, duration } = detail?.source ?? { url: item.url };
  return [["Title", title], ["By", uploader], ["Link", url && html`<a href=${url} rel="noreferrer noopener" target="_blank">${url}</a>`], ["Platform", `${item.platform}:${item.code}`],
    ["Picture", width && `${width} × ${height}`], ["Frames a second", fps && Number(fps.toFixed(3))], ["Codec", codec], ["Length", duration && timestamp(duration)]];
}

function run(job, item, { detail, facts }) {
  const { startedAt, finishedAt } = detail ?? {};
  const plan = facts?.plan;
  return [["State", item.status], ["Attempt", String(item.attempt)], ["Started", startedAt && moment(startedAt)], ["Finished", finishedAt && clock(finishedAt).slice(0, 8)],
    ["Took", startedAt && finishedAt && span((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000)], ["Download", facts && (facts.cached ? "kept from before" : "fetched for this run")],
    ["Looked at", plan && `${facts.frames.considered} considered, ${facts.frames.kept} kept; ${plan.reason}`], ["Priority", job.priority ? String(job.priority) : ""]];
}

/** Bars of equal scale, with their figures beside them. */
function bars(timings) {
  const most = Math.max(...Object.values(timings), 0.001);
  return html`<dl class="bars">${Object.entries(timings).map(([stage, seconds]) => html`<div><dt>${WORDS[stage] ?? stage}</dt>
    <dd><meter min="0" max=${most} value=${seconds} aria-label="${WORDS[stage] ?? stage}"></meter><span class="figure">${seconds.toFixed(2)} s</span></dd></div>`)}</dl>`;
}

const command = (text, button) => html`<div class="command"><pre tabindex="0" aria-label="Command">${text}</pre>${button.template(text, "Copy")}</div>`;

function files({ artifacts }) {
  const others = artifacts.filter(({ kind }) => kind !== "frame");
  return html`<ul class="files">${others.map(({ url, name, bytes, sha256 }) => html`<li><a href=${at(url)} target="_blank" rel="noopener">${name}</a> <span class="quiet">${size(bytes)}</span>
    <span class="quiet mono" title="SHA-256 ${sha256}">${sha256.slice(0, 12)}</span></li>`)}</ul>
    <p class="quiet">and ${artifacts.length - others.length} frames</p>`;
}
