// What is kept: looked through, opened, erased; and all of it saved for a new machine. The page has a guard of its own, so that no card crosses to the worker.

import { isScrupleError } from "../guard/index.js";
import { rules } from "../background/rules.js";
import { buttonOf, cardItem, nameOf } from "./card.js";
import { byId, el, icon } from "./dom.js";
import { counted, day, fieldName, find, listed, localise, t } from "./i18n.js";
import { DAYS_A_MONTH } from "./policy.js";
import { HALF } from "./untended.js";

/** @typedef {import("../guard/index.js").CardQuery} CardQuery */
/** @typedef {import("../guard/index.js").FoundCard} FoundCard */
/** @typedef {import("./card.js").Deed} Deed */
/** @typedef {Parameters<import("../guard/index.js").Guard["vault"]["contacted"]>[1]} Contact */

const DAY = 86_400_000;

/** What can be chosen, in days. */
const CAPTURED = [7, 30, 365], ENDS = [30, 90, 365];

/** How somebody can get in touch. @type {Contact[]} */
const CONTACTS = ["replied", "wrote", "clicked", "called", "met"];

const form = byId("form", HTMLFormElement), cards = byId("cards", HTMLUListElement), shown = byId("shown", HTMLParagraphElement);
const more = byId("more", HTMLButtonElement), making = byId("making", HTMLProgressElement), moving = byId("moving", HTMLProgressElement);
const words = byId("text", HTMLInputElement), site = byId("site", HTMLInputElement), flagged = byId("flagged", HTMLInputElement);
const captured = byId("captured", HTMLSelectElement), ends = byId("ends", HTMLSelectElement);
const moved = byId("moved", HTMLParagraphElement), erasing = byId("erasing", HTMLDialogElement), requested = byId("requested", HTMLInputElement);
const keeping = byId("keeping", HTMLDialogElement), contacting = byId("contacting", HTMLDialogElement), when = byId("when", HTMLInputElement);
const said = byId("said", HTMLParagraphElement);

/** Which answer is waited for: one that comes later than another question is dropped. */
let asked = 0;

/** Whether something is being done with a card. */
let isActing = false;

/** How many are in the list, and where it goes on. */
let count = 0, unreadable = 0, cursor = /** @type {number | null} */ (null);

localise();
for (const [select, key, choices] of /** @type {const} */ ([[captured, "cards_within", CAPTURED], [ends, "cards_before", ENDS]])) {
  select.append(el("option", { value: "" }, t("cards_any")), ...choices.map((days) => el("option", { value: String(days) }, t(key, String(days)))));
}
byId("how", HTMLFieldSetElement).append(...CONTACTS.map((way) => el("div", { class: "tick" },
  el("input", { type: "radio", name: "how", value: way, id: `how-${way}`, required: true }), el("label", { for: `how-${way}` }, t(`contact_${way}`)))));
byId("contacting-cancel", HTMLButtonElement).addEventListener("click", () => contacting.close(""));
byId("show-waiting", HTMLButtonElement).addEventListener("click", () => {
  form.reset();
  flagged.checked = true;
  byId("list-heading", HTMLHeadingElement).focus();
});
// A page that is looked at in another tab can restrict something meanwhile.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void wait();
});
byId("discard", HTMLButtonElement).addEventListener("click", () => void discard());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void look();
});
form.addEventListener("reset", () => setTimeout(() => void look()));
more.addEventListener("click", () => void look(cursor));
byId("save", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  void save();
});
byId("restore", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  void restore();
});
void showHalf();
void look().then(wait);

/** What is looked for; null: everything. @returns {CardQuery | null} */
function query() {
  const text = words.value.trim(), host = site.value.trim();
  if (!text && !host && !captured.value && !ends.value && !flagged.checked) return null;
  return {
    text, site: host, flagged: flagged.checked,
    ...captured.value && { capturedSince: Date.now() - Number(captured.value) * DAY },
    ...ends.value && { expiresBefore: Date.now() + Number(ends.value) * DAY },
  };
}

/** Shows the newest cards that are looked for, or more of them. @param {number | null} [from] */
async function look(from = null) {
  const mine = asked += 1, wanted = query();
  if (from === null) {
    cards.replaceChildren();
    count = unreadable = 0;
  }
  more.hidden = true;
  shown.textContent = t("cards_looking");
  try {
    const { vault } = (await rules()).guard;
    const page = wanted ? await vault.search({ ...wanted, cursor: from }, { progress }) : await vault.list({ before: from });
    if (mine !== asked) return;
    const items = page.cards.map((card) => cardItem(card, act));
    cards.append(...items);
    count += page.cards.length;
    unreadable += page.unreadable;
    cursor = page.cursor;
    more.hidden = cursor === null;
    told();
    // Who asked for more goes on with the first of them.
    if (from !== null) items[0]?.querySelector("summary")?.focus();
  } catch (error) {
    const said = await showHalf() ? "" : t("cards_failed", problem(error));
    if (mine === asked) shown.textContent = said;
  } finally {
    if (mine === asked) making.hidden = true;
  }
}

/** Shows how far the search is made ready. @param {number} done */
function progress(done) {
  making.hidden = false;
  making.value = done;
}

function told() {
  const said = count === 0 && cursor === null ? t("cards_none") : cursor === null ? counted("cards_count", count) : t("cards_first", String(count));
  shown.textContent = unreadable > 0 ? `${said} ${counted("cards_unreadable", unreadable)}` : said;
}

/** Does what a person asked for, with a card of the list. @param {Deed} deed @param {FoundCard} card @param {HTMLLIElement} row */
function act(deed, card, row) {
  // One at a time: the button of a row that is about to go can be pressed once more.
  if (isActing) return;
  isActing = true;
  said.textContent = "";
  const done = { erase, keep: keepWithout, contact }[deed](card, row);
  done.catch((error) => tell(t("cards_failed", problem(error, "cards_problem_unsure")), true)).finally(() => { isActing = false; });
}

/** Says what happened. @param {string} text @param {boolean} [isWrong] */
function tell(text, isWrong = false) {
  said.className = isWrong ? "notice warning" : "notice good";
  said.textContent = text;
}

/** What a person answers in a dialog: the value of the button; nothing, if they left it. The focus goes back to where it was. @param {HTMLDialogElement} dialog */
async function answer(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((closed) => { dialog.addEventListener("close", closed, { once: true }); });
  return dialog.returnValue;
}

/** Erases a card, after asking. @param {FoundCard} card @param {HTMLLIElement} row */
async function erase(card, row) {
  byId("erasing-heading", HTMLHeadingElement).textContent = t("cards_erase_heading", nameOf(card));
  requested.checked = false;
  if (await answer(erasing) !== "erase") return;
  if (!await (await rules()).guard.vault.erase(card.source.url, { requested: requested.checked })) return changed(null, row, null);
  gone(row);
  tell(t("cards_erased", nameOf(card)));
  if (card.review.length > 0) await wait();
}

/** Keeps a card without what was restricted, after asking. @param {FoundCard} card @param {HTMLLIElement} row */
async function keepWithout(card, row) {
  const { url } = card.source, name = nameOf(card), what = listed(card.review.map(fieldName));
  byId("keeping-heading", HTMLHeadingElement).textContent = t("cards_keep_heading", name);
  byId("keeping-gone", HTMLParagraphElement).textContent = t("cards_keep_gone", what);
  byId("keeping-rest", HTMLParagraphElement).textContent = t("cards_keep_rest", day(card.expires_at));
  if (await answer(keeping) !== "keep") return;
  const { vault } = (await rules()).guard, before = await vault.card(url);
  // What would be dropped has to be what the person was asked about.
  if (before?.review.join() !== card.review.join() || !await vault.review(url, "keep_without")) return changed(before, row, null);
  const left = await vault.card(url);
  if (left === null || flagged.checked) gone(row);
  else renew(left, row, null);
  tell(t("cards_kept", name, what));
  await wait();
}

/** Notes that a person got in touch, after asking how and when. @param {FoundCard} card @param {HTMLLIElement} row */
async function contact(card, row) {
  const { guard, summary } = await rules(), name = nameOf(card), from = new Date(card.first_captured_at);
  if (summary.days === null) return tell(t("cards_contact_unset"), true);
  byId("contacting-heading", HTMLHeadingElement).textContent = t("cards_contact_heading", name);
  byId("contacting-text", HTMLParagraphElement).textContent = t("cards_contact_text", kept(summary.days));
  for (const choice of how()) choice.checked = false;
  [when.min, when.max, when.value] = [dateOf(from), dateOf(new Date(Date.now())), dateOf(new Date(Date.now()))];
  if (await answer(contacting) !== "note") return;
  const way = /** @type {Contact | undefined} */ (how().find(({ checked }) => checked)?.value);
  if (!way) return;
  const until = await guard.vault.contacted(card.source.url, way, { at: noonOf(when.value, from) });
  const now = await guard.vault.card(card.source.url);
  if (until === null || now === null) return changed(now, row, "contact");
  renew(now, row, "contact");
  tell(t(until === card.expires_at ? "cards_contacted_same" : "cards_contacted", name, day(until)));
}

/** How somebody can have got in touch. @returns {HTMLInputElement[]} */
const how = () => [...byId("how", HTMLFieldSetElement).querySelectorAll("input")];

/** How long cards are kept, in words. @param {number} days */
function kept(days) {
  const months = Math.round(days / DAYS_A_MONTH);
  return Math.floor(months * DAYS_A_MONTH) === days ? counted("preview_months", months) : t("cards_contact_days", String(days));
}

/** The day of a moment here, as a field for dates has it. @param {Date} moment */
const dateOf = (moment) => new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);

/**
 * The noon of a day here, which is the same day nearly everywhere on earth; as far as it lies between the first capture and now.
 * @param {string} date @param {Date} from
 */
function noonOf(date, from) {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return new Date(Math.min(Math.max(new Date(year, month - 1, day, 12).getTime(), from.getTime()), Date.now()));
}

/** Takes a card out of the list, and goes on with the next. @param {HTMLLIElement} row */
function gone(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  count -= 1;
  told();
  (next?.querySelector("summary") ?? byId("list-heading", HTMLHeadingElement)).focus();
}

/** Shows a card as it is now, and goes on where the person was. @param {FoundCard} card @param {HTMLLIElement} row @param {Deed | null} deed whose button was pressed and is still there */
function renew(card, row, deed) {
  const fresh = cardItem(card, act, true);
  row.replaceWith(fresh);
  (deed && buttonOf(fresh, deed) || fresh.querySelector("summary"))?.focus();
}

/** Shows what became of a card meanwhile. @param {FoundCard | null} card @param {HTMLLIElement} row @param {Deed | null} deed */
function changed(card, row, deed) {
  if (card === null) gone(row);
  else renew(card, row, deed);
  tell(t(card === null ? "cards_gone" : "cards_changed"));
  return wait();
}

/** Says how many cards wait for a decision. Searches are answered in turn, so what is said last is what was found last. */
async function wait() {
  const line = byId("waiting-text", HTMLParagraphElement), show = byId("show-waiting", HTMLButtonElement);
  try {
    const { cards: { length }, cursor } = await (await rules()).guard.vault.search({ flagged: true }, { progress });
    const text = cursor === null ? counted("cards_waiting", length) : t("cards_waiting_many", String(length));
    if (length === 0 && show.contains(document.activeElement)) byId("list-heading", HTMLHeadingElement).focus();
    line.replaceChildren(...length === 0 ? [] : [icon("flag"), el("span", {}, text)]);
    show.hidden = false;
  } catch {
    // Nobody may take silence for "none".
    line.replaceChildren(icon("warning"), el("span", {}, t("cards_waiting_unknown")));
    show.hidden = true;
  } finally {
    making.hidden = true;
  }
}

async function save() {
  const passphrase = byId("new-passphrase", HTMLInputElement), again = byId("again", HTMLInputElement);
  if (passphrase.value !== again.value) return say(t("cards_differ"), true);
  await move(t("cards_saved"), async (progress) => {
    const { guard, policy, marks } = await rules(), parts = [];
    // Each part becomes a blob of its own, which the browser may put on the disk.
    for await (const part of guard.backup.save(passphrase.value, { more: JSON.stringify({ policy, marks }), progress })) parts.push(new Blob([part]));
    const address = URL.createObjectURL(new Blob(parts));
    el("a", { href: address, download: `scruple-${new Date().toISOString().slice(0, 10)}.scruplebackup` }).click();
    URL.revokeObjectURL(address);
    passphrase.value = again.value = "";
  });
}

async function restore() {
  const [file] = byId("file", HTMLInputElement).files ?? [], passphrase = byId("passphrase", HTMLInputElement);
  if (!file) return;
  await move(t("cards_restored"), async (progress) => {
    const { guard } = await rules();
    // Whatever ends this page in the middle: the other pages say so from then on.
    await chrome.storage.local.set({ [HALF]: true });
    const { more: beside } = await guard.backup.restore(file, passphrase.value, { progress }).finally(showHalf);
    const { policy, marks } = JSON.parse(beside || "{}");
    // As they were kept: they are checked wherever they are read.
    for (const [key, text] of Object.entries({ policy, marks })) if (typeof text === "string") await chrome.storage.local.set({ [key]: text });
    passphrase.value = "";
    await look();
  });
}

/** Throws away what is left of a backup that was not restored to its end. */
async function discard() {
  await move(t("cards_discarded"), async () => {
    await (await rules()).guard.backup.discard().finally(showHalf);
    await look();
  });
}

/** Says whether half of a backup is here, and has the other pages say it too. Where that cannot be known, they say what they said. @returns {Promise<boolean>} */
async function showHalf() {
  try {
    const isHalf = await (await rules()).guard.backup.isHalf(), box = byId("half", HTMLElement);
    box.hidden = !isHalf;
    box.firstElementChild?.replaceChildren(...(isHalf ? [icon("warning"), el("p", {}, t("cards_half"))] : []));
    await (isHalf ? chrome.storage.local.set({ [HALF]: true }) : chrome.storage.local.remove(HALF));
    return isHalf;
  } catch {
    return false;
  }
}

/** @param {string} done @param {(progress: (done: number) => void) => Promise<void>} work */
async function move(done, work) {
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("#save button, #restore button, #discard"));
  for (const button of buttons) button.disabled = true;
  say(t("cards_working"), false);
  moving.value = 0;
  moving.hidden = false;
  try {
    // The page is painted first: making a key of a passphrase takes a second or two, on purpose.
    await new Promise((painted) => { setTimeout(painted, 50); });
    await work((part) => { moving.value = part; });
    say(done, false);
  } catch (error) {
    say(problem(error), true);
  } finally {
    moving.hidden = true;
    for (const button of buttons) button.disabled = false;
  }
}

/** @param {string} text @param {boolean} isWrong */
function say(text, isWrong) {
  moved.textContent = text;
  moved.classList.toggle("wrong", isWrong);
}

/** What went wrong, in words. @param {unknown} error @param {string} [unknown] what is said where nobody knows */
function problem(error, unknown = "cards_problem") {
  return (isScrupleError(error) && find(`cards_problem_${error.detail}`)) || t(unknown);
}
