// What is kept: looked through, opened, erased; and all of it saved for a new machine. The page has a guard of its own, so that no card crosses to the worker.

import { isScrupleError } from "../guard/index.js";
import { rules } from "../background/rules.js";
import { byId, el, icon } from "./dom.js";
import { counted, day, fieldName, find, listed, localise, moment, t } from "./i18n.js";
import { HALF } from "./untended.js";

/** @typedef {import("../guard/index.js").CardQuery} CardQuery */
/** @typedef {import("../guard/index.js").FoundCard} FoundCard */
/** @typedef {import("../guard/index.js").Field} Field */

const DAY = 86_400_000;

/** What can be chosen, in days. */
const CAPTURED = [7, 30, 365], ENDS = [30, 90, 365];

const form = byId("form", HTMLFormElement), cards = byId("cards", HTMLUListElement), shown = byId("shown", HTMLParagraphElement);
const more = byId("more", HTMLButtonElement), making = byId("making", HTMLProgressElement), moving = byId("moving", HTMLProgressElement);
const words = byId("text", HTMLInputElement), site = byId("site", HTMLInputElement), flagged = byId("flagged", HTMLInputElement);
const captured = byId("captured", HTMLSelectElement), ends = byId("ends", HTMLSelectElement);
const moved = byId("moved", HTMLParagraphElement), erasing = byId("erasing", HTMLDialogElement), requested = byId("requested", HTMLInputElement);

/** Which answer is waited for: one that comes later than another question is dropped. */
let asked = 0;

/** How many are in the list, and where it goes on. */
let count = 0, unreadable = 0, cursor = /** @type {number | null} */ (null);

localise();
for (const [select, key, choices] of /** @type {const} */ ([[captured, "cards_within", CAPTURED], [ends, "cards_before", ENDS]])) {
  select.append(el("option", { value: "" }, t("cards_any")), ...choices.map((days) => el("option", { value: String(days) }, t(key, String(days)))));
}
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
void look();

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
    const progress = (/** @type {number} */ done) => {
      if (mine !== asked) return;
      making.hidden = false;
      making.value = done;
    };
    const page = wanted ? await vault.search({ ...wanted, cursor: from }, { progress }) : await vault.list({ before: from });
    if (mine !== asked) return;
    const items = page.cards.map(item);
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

function told() {
  const said = count === 0 && cursor === null ? t("cards_none") : cursor === null ? counted("cards_count", count) : t("cards_first", String(count));
  shown.textContent = unreadable > 0 ? `${said} ${counted("cards_unreadable", unreadable)}` : said;
}

/** A card of the list; what is in it is made when it is opened. @param {FoundCard} card */
function item(card) {
  const details = el("details", {},
    el("summary", {},
      el("span", { class: "name" }, el("bdi", {}, nameOf(card))),
      el("span", {}, card.review.length > 0 ? el("span", { class: "flag" }, icon("flag"), t("cards_look")) : card.source.site),
      el("span", { class: "what" }, el("bdi", {}, work(card))),
      el("span", {}, t("cards_until", day(card.expires_at)))));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(opened(card, row));
  });
  const row = el("li", {}, details);
  return row;
}

/** The first text of a field. @param {FoundCard} card @param {Field} field */
const first = (card, field) => card.fields[field]?.values[0] ?? "";

/** @param {FoundCard} card */
function nameOf(card) {
  return first(card, "name") || [first(card, "givenName"), first(card, "familyName")].filter(Boolean).join(" ") || t("cards_unnamed");
}

/** @param {FoundCard} card */
const work = (card) => [first(card, "jobTitle") || first(card, "headline"), first(card, "worksFor")].filter(Boolean).join(" · ");

/** @param {FoundCard} card @param {HTMLLIElement} row */
function opened(card, row) {
  const erase = el("button", { type: "button", class: "danger" }, t("cards_erase"));
  erase.addEventListener("click", () => void forget(card, row));
  return el("div", { class: "opened" },
    card.review.length > 0 && el("p", { class: "flag" }, icon("flag"), t("cards_review", listed(card.review.map(fieldName)))),
    el("dl", {}, ...Object.entries(card.fields).flatMap(([field, kept]) => [
      el("dt", {}, fieldName(field)),
      el("dd", {}, ...kept.values.map((text) => value(field, text)),
        el("span", { class: "reason" }, t("cards_why", find(`reason_${kept.code.replaceAll(".", "_")}`) ?? kept.code))),
    ])),
    el("dl", {}, ...facts(card).flatMap(([key, ...what]) => [el("dt", {}, t(key)), el("dd", {}, ...what)])),
    el("div", { class: "buttons" }, erase));
}

/** A text as it was kept; a picture lies in its own address. @param {string} field @param {string} text */
function value(field, text) {
  return field === "image" && text.startsWith("data:image/") ? el("img", { src: text, alt: fieldName(field) }) : el("bdi", {}, text);
}

/** @param {FoundCard} card @returns {[string, ...(string | Node)[]][]} */
function facts({ source, captured_at, first_captured_at, expires_at }) {
  const time = (/** @type {string} */ at, /** @type {string} */ text) => el("time", { datetime: at }, text);
  return [
    ["card_source", el("bdi", {}, source.url)],
    ["cards_seen", find(`relation_${source.relation}`) ?? source.relation],
    ["card_captured_at", time(captured_at, moment(captured_at))],
    ["cards_since", time(first_captured_at, day(first_captured_at))],
    ["card_expires_at", time(expires_at, day(expires_at))],
  ];
}

/** Erases a card, after asking. @param {FoundCard} card @param {HTMLLIElement} row */
async function forget(card, row) {
  byId("erasing-heading", HTMLHeadingElement).textContent = t("cards_erase_heading", nameOf(card));
  requested.checked = false;
  erasing.returnValue = "";
  erasing.showModal();
  await new Promise((closed) => { erasing.addEventListener("close", closed, { once: true }); });
  if (erasing.returnValue !== "erase") return;
  try {
    await (await rules()).guard.vault.erase(card.source.url, { requested: requested.checked });
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    count -= 1;
    told();
    shown.textContent = `${t("cards_erased", nameOf(card))} ${shown.textContent}`;
    (next?.querySelector("summary") ?? byId("list-heading", HTMLHeadingElement)).focus();
  } catch (error) {
    shown.textContent = t("cards_failed", problem(error));
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

/** What went wrong, in words. @param {unknown} error */
function problem(error) {
  return (isScrupleError(error) && find(`cards_problem_${error.detail}`)) || t("cards_problem");
}
