// What the worker could not delete: said on the page as long as it is so.

import { byId, el, icon } from "./dom.js";
import { t } from "./i18n.js";

/** Where the worker keeps it, see `background/tending.js`. */
const UNTENDED = "untended";

/** Shows whether there is something, now and from now on. The page has a place for it: `#untended`. */
export async function followUntended() {
  chrome.storage.session.onChanged.addListener(({ [UNTENDED]: change }) => {
    if (change) show(change.newValue === true);
  });
  const { [UNTENDED]: failed } = await chrome.storage.session.get(UNTENDED);
  show(failed === true);
}

/** @param {boolean} failed */
function show(failed) {
  const box = byId("untended", HTMLElement);
  box.hidden = !failed;
  box.firstElementChild?.replaceChildren(...(failed ? [icon("warning"), el("p", {}, t("untended"))] : []));
}
