/** Dialogs over the page. */

import { html, render } from "./html.js";

/**
 * Ask something in a dialog of its own, and take it away again.
 * @param {unknown} content what stands below the title, with the buttons that end it
 * @param {(event: SubmitEvent) => void} [submit] instead of the form's own end by the button that was pressed
 * @returns {Promise<string>} the value of the button; "" when the dialog was left
 */
export function ask(id, title, content, submit) {
  const dialog = document.createElement("dialog");
  dialog.id = id;
  dialog.setAttribute("aria-labelledby", `${id}-title`);
  render(html`<form method="dialog" @submit=${submit}><h2 id="${id}-title">${title}</h2>${content}</form>`, dialog);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}
