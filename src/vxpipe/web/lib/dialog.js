/** Dialogs over the page. */

import { html, render } from "./html.js";

/** The value of the button that ended it, "" where it was left. `submit` takes the place of that end. */
export function ask(id, title, content, submit) {
  const dialog = document.createElement("dialog");
  Object.assign(dialog, { id, ariaLabel: title });
  render(html`<form method="dialog" @submit=${submit}><h2>${title}</h2>${content}</form>`, dialog);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue);
    };
  });
}
