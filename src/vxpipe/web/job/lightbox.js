/** One frame, large: arrows go on, Esc closes. */

import { announce } from "../lib/announce.js";
import { timestamp } from "../lib/format.js";
import { html, nothing, ref } from "../lib/html.js";
import { icon } from "../lib/icons.js";
import { copyButton } from "../lib/parts.js";
import { remember } from "../lib/router.js";
import { at } from "../lib/urls.js";
import { nameOf } from "./results.js";

export function openFrame({ set }, frames, place) {
  remember({ t: frames[place].t });
  set({ open: { frames, place } });
}

export function lightbox(view) {
  if (!view.ui.open) return nothing;
  const { frames, place } = view.ui.open;
  const frame = frames[place];
  const pressed = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by && !event.ctrlKey && !event.metaKey && !event.altKey) step(view, by);
  };
  const closed = () => {
    remember({ t: null });
    view.set({ open: null });
  };
  return html`<dialog class="lightbox" closedby="any" aria-label="Frame" ${ref(shown)} @keydown=${pressed} @close=${closed}>
    <figure>
      <img src=${at(frame.url)} width=${frame.width} height=${frame.height} alt="Frame ${called(frame)}">
      <figcaption class="actions">
        <span><strong class="figure">${called(frame)}</strong>
          <span class="quiet">${place + 1} of ${frames.length} · ${told(frame)}</span></span>
        <span class="actions">
          <button @click=${() => step(view, -1)}>← Previous</button>
          <button autofocus @click=${() => step(view, 1)}>Next →</button>
          <a class="button" href=${at(frame.url)} download=${nameOf(frame.name)}>${icon("download")}Download</a>
          ${copyButton(frame.t === null ? new URL(at(frame.url), location.href).href : location.href, "Copy link")}
          <form method="dialog"><button>${icon("cancelled")}Close</button></form>
        </span></figcaption></figure></dialog>`;
}

/** A dialog opens once it is in the document. */
const shown = (dialog) => queueMicrotask(() => dialog?.isConnected && !dialog.open && dialog.showModal());

function step(view, by) {
  const { frames, place } = view.ui.open;
  const next = (place + by + frames.length) % frames.length;
  openFrame(view, frames, next);
  announce(`Frame ${next + 1} of ${frames.length}, ${called(frames[next])}`);
}

/** What a frame is called: its time, or its file where a program of the operator's told none. */
export const called = ({ t, name }) => (t === null ? name : timestamp(t));

export const told = ({ row, width, height }) =>
  [row && `shot ${row.scene + 1}`, row && `sharpness ${row.sharpness}`, `${width} × ${height}`].filter(Boolean).join(" · ");
