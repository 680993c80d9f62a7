// What the worker could not delete, and that a backup is half restored: said on the page as long as it is so.

import { byId, el, icon } from "./dom.js";
import { t } from "./i18n.js";

/** Where the worker keeps the one, see `background/tending.js`. */
const UNTENDED = "untended";

/** Where the page of what is kept keeps the other, in local storage: nothing is captured until somebody goes on with it there. */
export const HALF = "half_restored";

/** Shows whether there is something, now and from now on. The page has a place for it: `#untended`. */
export async function followUntended() {
  const { session, local } = chrome.storage;
  const look = async () => {
    const [{ [UNTENDED]: failed }, { [HALF]: half }] = await Promise.all([session.get(UNTENDED), local.get(HALF)]);
    show(failed === true, half === true);
  };
  for (const [area, key] of /** @type {const} */ ([[session, UNTENDED], [local, HALF]])) area.onChanged.addListener((changes) => { if (changes[key]) void look(); });
  await look();
}

/** While a backup is half restored nothing can be deleted either, so only that is said. @param {boolean} failed @param {boolean} half */
function show(failed, half) {
  const box = byId("untended", HTMLElement), page = () => el("a", { href: "../pages/cards.html", target: "_blank" }, t("cards_title"));
  box.hidden = !failed && !half;
  const said = half ? [t("untended_half"), " ", page()] : [t("untended")];
  box.firstElementChild?.replaceChildren(...(box.hidden ? [] : [icon("warning"), el("p", {}, ...said)]));
}
