// What is looked for in the texts that may be taken, and what becomes of it: the part of the form that asks for it.

import { byId, el, icon } from "./dom.js";
import { find, listed, t } from "./i18n.js";
import { PEOPLE, SPECIAL } from "./policy.js";

/** @typedef {import("./organisation.js").Locks} Locks */
/** @typedef {import("./policy.js").Screening} Screening */

const special = byId("special", HTMLSelectElement), people = byId("people", HTMLSelectElement);
const terms = byId("terms", HTMLUListElement), phrases = byId("phrases", HTMLTextAreaElement);
const more = byId("screen-more", HTMLDetailsElement);

/** What a word can give away. */
const CATEGORIES = [
  "health", "belief", "politics", "trade_union", "ethnic_origin", "sexuality", "biometric", "genetic", "criminal", "minor", "other_person",
];

let rows = 0;

/** Fills in what the form always has. @param {() => void} changed called when a row comes or goes */
export function prepareScreening(changed) {
  special.append(...SPECIAL.map((what) => el("option", { value: what }, outcome("special", what))));
  people.append(...PEOPLE.map((what) => el("option", { value: what }, outcome("people", what))));
  byId("term-add", HTMLButtonElement).addEventListener("click", () => {
    const added = row("", "health");
    terms.append(added);
    added.querySelector("input")?.focus();
    changed();
  });
  terms.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    if (!button) return;
    button.closest("li")?.remove();
    byId("term-add", HTMLButtonElement).focus();
    changed();
  });
}

/**
 * A word to be looked for, and what it gives away.
 * @param {string} term
 * @param {string} category
 */
function row(term, category) {
  const known = CATEGORIES.includes(category) ? CATEGORIES : [...CATEGORIES, category];
  const select = el("select", { "aria-label": t("screen_category") }, ...known.map((one) => el("option", { value: one }, categoryName(one))));
  select.value = category;
  const input = el("input", { id: `term-${rows += 1}`, "aria-label": t("screen_term"), "aria-describedby": "terms-hint", autocomplete: "off", maxlength: "100" });
  input.value = term;
  return el("li", {}, input, select, el("button", { type: "button", class: "small" }, t("modes_remove"), el("span", { class: "unseen" }, ` ${term}`)));
}

/** @param {string} category */
function categoryName(category) {
  return find(`category_${category}`) ?? category;
}

/**
 * What becomes of a finding, as people read it.
 * @param {"special" | "people"} about
 * @param {string} what
 */
function outcome(about, what) {
  return find(`screen_${about}_${what}`) ?? what;
}

/** Shows the answers of the person. @param {Screening} screening */
export function fillScreening(screening) {
  for (const select of [special, people]) remember(select, {});
  special.value = screening.special;
  people.value = screening.people;
  terms.replaceChildren(...screening.terms.map(([term, category]) => row(term, category)));
  phrases.value = screening.phrases.join("\n");
  more.open = screening.terms.length + screening.phrases.length > 0;
}

/** Shows what the organisation decides: the stricter of the two holds. @param {Locks | null} locks */
export function lockScreening(locks) {
  const said = locks?.screening ?? {};
  least(special, "special", SPECIAL, said.special, locks);
  least(people, "people", PEOPLE, said.people, locks);
}

/**
 * @param {HTMLSelectElement} select
 * @param {"special" | "people"} about
 * @param {readonly string[]} order from the mildest
 * @param {string | undefined} asked what the organisation asks for
 * @param {Locks | null} locks
 */
function least(select, about, order, asked, locks) {
  const from = order.indexOf(asked ?? ""), own = ownOf(select);
  select.parentElement?.querySelector(".locked")?.remove();
  for (const [at, option] of [...select.options].entries()) option.disabled = at < from;
  const given = asked !== undefined && order.indexOf(own) < from ? { asked, own } : {};
  remember(select, given);
  select.value = given.asked ?? own;
  select.disabled = from === order.length - 1;
  if (!locks || from <= 0) return;
  const said = select.disabled ? t("locked_by", locks.by) : t("modes_least", locks.by, outcome(about, order[from] ?? ""));
  select.after(el("p", { class: "locked" }, icon("lock"), said));
}

/**
 * What the person answered: what the organisation asks for is no answer of theirs, and would stay when the organisation takes it back.
 * @param {HTMLSelectElement} select
 */
function ownOf({ value, dataset: { asked, own } }) {
  return value === asked ? own ?? value : value;
}

/** @param {HTMLSelectElement} select @param {{ asked?: string, own?: string }} given */
function remember({ dataset }, { asked, own }) {
  delete dataset.asked;
  delete dataset.own;
  if (asked !== undefined) Object.assign(dataset, { asked, own });
}

/** What the person answers. @returns {Screening} */
export function screeningGiven() {
  /** @type {[string, string][]} */
  const words = [...terms.children].flatMap((item) => {
    const term = item.querySelector("input")?.value.trim() ?? "";
    return term === "" ? [] : [[term, item.querySelector("select")?.value ?? ""]];
  });
  return {
    special: ownOf(special),
    people: ownOf(people),
    terms: words,
    phrases: phrases.value.split("\n").map((phrase) => phrase.trim()).filter((phrase) => phrase !== ""),
  };
}

/** What holds, for whoever reads it in a few lines. @returns {string[]} */
export function screeningTold() {
  const { terms, phrases } = screeningGiven();
  return [
    t("preview_screen_always"),
    t(`preview_special_${special.value}`),
    t(`preview_people_${people.value}`),
    ...(terms.length > 0 ? [t("preview_terms", listed(terms.map(([term]) => term)))] : []),
    ...(phrases.length > 0 ? [t("preview_phrases", listed(phrases))] : []),
  ];
}

/**
 * What an organisation set, as labels and values.
 * @param {any} screen as the guard accepted it
 * @returns {[label: string, values: string[]][]}
 */
export function screeningSet(screen) {
  const { special, people, terms = [], allow = [] } = screen ?? {};
  return [
    ["screen_special", special ? [outcome("special", special)] : []],
    ["screen_people", people ? [outcome("people", people)] : []],
    ["screen_terms", terms.map((/** @type {{ term: string, category: string }} */ { term, category }) => `${term} (${categoryName(category)})`)],
    ["screen_phrases", allow],
  ];
}
