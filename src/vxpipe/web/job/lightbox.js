/** One frame, large: arrows go on, Esc closes. */

import { timestamp } from "../lib/format.js";
import { html, nothing, ref } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { copyButton } from "../lib/parts.js";
import { remember } from "../lib/router.js";
import { at } from "../lib/urls.js";
import { nameOf } from "./results.js";

export function openFrame({ set }, { key }) {
  remember({ t: key });
  set({ open: key });
}

export function lightbox(view) {
  const { found: { frames }, ui, set } = view;
  const place = frames.findIndex(({ key }) => key === ui.open);
  if (place < 0) return nothing;
  const frame = frames[place];
  const step = (by) => openFrame(view, frames.at((place + by) % frames.length));
  const pressed = ({ key, ctrlKey, metaKey, altKey }) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (by && !ctrlKey && !metaKey && !altKey) step(by);
  };
  const closed = () => {
    remember({ t: null });
    set({ open: null });
  };
  return html`<dialog class="lightbox" closedby="any" aria-label="Frame" ${ref(shown)} @keydown=${pressed} @close=${closed}>
    <figure>
      <img src=${at(frame.url)} width=${frame.width} height=${frame.height} alt="Frame ${called(frame)}">
      <figcaption class="actions">
        <span role="status"><strong class="figure">${called(frame)}</strong>
          <span class="quiet">${place + 1} of ${frames.length} · ${told(frame)}</span></span>
        <span class="actions">
          <button @click=${() => step(-1)}>← Previous</button>
          <button autofocus @click=${() => step(1)}>Next →</button>
          <a class="button" href=${at(frame.url)} download=${nameOf(frame.name)}>${icon("download")}Download</a>
          ${copyButton(location.href, "Copy link")}
          <form method="dialog"><button>${icon("cancelled")}Close</button></form>
        </span></figcaption></figure></dialog>`;
}

const shown = (dialog) => queueMicrotask(() => dialog?.isConnected && !dialog.open && dialog.showModal());

/** A program of the operator's may tell no time. */
export const called = ({ t, name }) => (t === null ? name : timestamp(t));

export const told = ({ row, width, height }) =>
  [row && `shot ${row.scene + 1}`, row && `sharpness ${row.sharpness}`, `${width} × ${height}`].filter(Boolean).join(" · ");
