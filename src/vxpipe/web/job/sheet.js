/** The contact sheet. */

import { size } from "../lib/format.js";
import { html } from "../lib/html.js";
import { notice } from "../lib/parts.js";
import { at } from "../lib/urls.js";
import { fileOf } from "./results.js";

export function sheetPanel({ item, found }) {
  const sheet = fileOf(found.detail, "sheet");
  if (!sheet) return notice("No contact sheet", "This job was sent with \"sheet\": false.");
  return html`<figure class="card sheet">
    <a href=${at(sheet.url)} target="_blank" rel="noopener"><img src=${at(sheet.url)} width=${sheet.width} height=${sheet.height} alt="Contact sheet of video ${item.index + 1}: its frames in time order"></a>
    <figcaption class="quiet">${sheet.width} × ${sheet.height} · ${size(sheet.bytes)} · opens in full size</figcaption></figure>`;
}
