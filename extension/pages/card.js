// A card as people see it: a line of the list, and what is in it once it is opened. Nothing here asks the vault.

import { el, icon } from "./dom.js";
import { day, fieldName, find, listed, moment, t } from "./i18n.js";

/** @typedef {import("../guard/index.js").FoundCard} FoundCard */
/** @typedef {import("../guard/index.js").Field} Field */
/** @typedef {import("../guard/index.js").Channel} Channel */
/** @typedef {import("./dom.js").Child} Child */

/**
 * What a person can do with a card, and the button that asks for it.
 * @typedef {"erase" | "keep" | "contact"} Deed
 */

/** The ways to contact somebody, and the field that each takes. @type {[Channel, Field][]} */
const WAYS = [["email", "email"], ["phone", "telephone"], ["post", "streetAddress"]];

/**
 * A card of the list; what is in it is made when it is opened.
 * @param {FoundCard} card
 * @param {(deed: Deed, card: FoundCard, row: HTMLLIElement) => void} act is told what the person wants to do
 * @param {boolean} [open] whether it is opened already
 * @returns {HTMLLIElement}
 */
export function cardItem(card, act, open = false) {
  const details = el("details", { open },
    el("summary", {},
      el("span", { class: "name" }, el("bdi", {}, nameOf(card))),
      el("span", {}, card.review.length > 0 ? el("span", { class: "flag" }, icon("flag"), t("cards_look")) : card.source.site),
      el("span", { class: "what" }, el("bdi", {}, work(card))),
      el("span", {}, t("cards_until", day(card.expires_at)))));
  const row = el("li", {}, details);
  const fill = () => {
    if (details.open && details.childElementCount === 1) details.append(opened(card, (deed) => act(deed, card, row)));
  };
  details.addEventListener("toggle", fill);
  fill();
  return row;
}

/** The button of a row that asks for something. @param {HTMLLIElement} row @param {Deed} deed */
export function buttonOf(row, deed) {
  return /** @type {HTMLButtonElement | null} */ (row.querySelector(`[data-do="${deed}"]`));
}

/** @param {FoundCard} card */
export function nameOf(card) {
  return first(card, "name") || [first(card, "givenName"), first(card, "familyName")].filter(Boolean).join(" ") || t("cards_unnamed");
}

/** The first text of a field. @param {FoundCard} card @param {Field} field */
const first = (card, field) => card.fields[field]?.values[0] ?? "";

/** @param {FoundCard} card */
const work = (card) => [first(card, "jobTitle") || first(card, "headline"), first(card, "worksFor")].filter(Boolean).join(" · ");

/** Whether anything stays of a card without what was restricted. @param {FoundCard} card */
const hasRest = ({ fields, review }) => Object.keys(fields).some((field) => !review.includes(/** @type {Field} */ (field)));

/** @param {FoundCard} card @param {(deed: Deed) => void} act */
function opened(card, act) {
  const { fields, review, former = [] } = card;
  /** @param {Deed} deed @param {string} label @param {string} [style] */
  const button = (deed, label, style) => {
    const made = el("button", { type: "button", class: style, "data-do": deed }, t(label), el("span", { class: "unseen" }, ` ${t("mark_of", nameOf(card))}`));
    made.addEventListener("click", () => act(deed));
    return made;
  };
  const erase = button("erase", "cards_erase", "danger");
  return el("div", { class: "opened" },
    review.length > 0 && el("div", { class: "notice warning decide" },
      el("p", { class: "flag" }, icon("flag"), t("cards_review_heading", listed(review.map(fieldName)))),
      el("p", {}, t("cards_review_hint")),
      !hasRest(card) && el("p", {}, t("cards_review_only")),
      el("div", { class: "buttons" }, hasRest(card) && button("keep", "cards_keep_without"), erase)),
    el("dl", {}, ...Object.entries(fields).flatMap(([name, kept]) => {
      const field = /** @type {Field} */ (name), isRestricted = review.includes(field);
      return [
        el("dt", {}, fieldName(field)),
        el("dd", { class: isRestricted && "restricted" }, ...kept.values.map((text) => value(field, text)),
          isRestricted && mark("flag", "cards_restricted"),
          former.includes(field) && mark("warning", "cards_former"),
          el("span", { class: "reason" }, t("cards_why", reason(kept.code)))),
      ];
    })),
    ways(card),
    el("dl", {}, ...facts(card).flatMap(([key, ...what]) => [el("dt", {}, t(key)), el("dd", {}, ...what)])),
    el("div", { class: "buttons" }, button("contact", "cards_contact"), review.length === 0 && erase));
}

/** A remark below a detail. @param {"flag" | "warning"} drawing @param {string} key */
const mark = (drawing, key) => el("span", { class: "flag" }, icon(drawing), t(key));

/** @param {string} code */
const reason = (code) => find(`reason_${code.replaceAll(".", "_")}`) ?? code;

/** A text as it was kept; a picture lies in its own address. @param {string} field @param {string} text */
function value(field, text) {
  return field === "image" && text.startsWith("data:image/") ? el("img", { src: text, alt: fieldName(field) }) : el("bdi", {}, text);
}

/** In which ways the person may be contacted, and why or why not. @param {FoundCard} card */
function ways(card) {
  return el("section", { class: "ways" },
    el("h3", {}, t("cards_ways")),
    el("p", { class: "hint" }, t("cards_ways_hint")),
    el("dl", {}, ...WAYS.flatMap(([way, field]) => {
      const { allowed, why, isDoubtful } = reach(card, way, field);
      return [
        el("dt", {}, t(`way_${way}`)),
        el("dd", {}, el("span", { class: allowed ? "way allowed" : "way" }, icon(allowed ? "check" : "lock"), t(allowed ? "cards_way_yes" : "cards_way_no")),
          isDoubtful ? mark("warning", "way_why_former") : el("span", { class: "reason" }, why)),
      ];
    })));
}

/**
 * Whether the person may be contacted in a way: only where the card says so, of something that is still in it and that nobody restricted since.
 * @param {FoundCard} card @param {Channel} way @param {Field} field the field that it takes
 * @returns {{ allowed: boolean, why: string, isDoubtful?: boolean }} `isDoubtful`: it may lead to the employer before
 */
function reach({ channels, fields, review, former = [] }, way, field) {
  const said = channels?.[way];
  if (!said) return { allowed: false, why: t("way_why_none") };
  if (review.includes(field)) return { allowed: false, why: t("way_why_review") };
  if (!said.allowed) return { allowed: false, why: find(`way_why_${said.code.replaceAll(".", "_")}`) ?? reason(said.code) };
  if (!fields[field]) return { allowed: false, why: t("way_why_none") };
  return { allowed: true, why: reason(said.code), isDoubtful: former.includes(field) };
}

/** @param {FoundCard} card @returns {[string, ...Child[]][]} */
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
