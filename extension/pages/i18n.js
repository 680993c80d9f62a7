// The text of the extension pages, from _locales.

/**
 * A message of the catalogue.
 * @param {string} key
 * @param {...string} values for $1, $2 ...
 */
export function t(key, ...values) {
  return find(key, ...values) ?? key;
}

/**
 * A message, or nothing when the catalogue has none: for keys made from names that the worker sends.
 * @param {string} key
 * @param {...string} values
 * @returns {string | null}
 */
export function find(key, ...values) {
  return chrome.i18n.getMessage(key, values) || null;
}

/** The language of the catalogue in use, which need not be the browser's. */
export const language = t("language_tag");

/** Dates and lists follow the country too, where the browser's language is that of the catalogue. */
const locale = chrome.i18n.getUILanguage().startsWith(language) ? chrome.i18n.getUILanguage() : language;
const plural = new Intl.PluralRules(language);
const dayFormat = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
const momentFormat = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const listFormat = new Intl.ListFormat(locale, { type: "conjunction" });

/**
 * A message that has one form for one and another for many.
 * @param {string} key
 * @param {number} number also $1
 */
export function counted(key, number) {
  return t(`${key}_${plural.select(number) === "one" ? "one" : "other"}`, String(number));
}

/** @param {string} name */
export function fieldName(name) {
  return find(`field_${name}`) ?? name;
}

/** @param {string[]} items */
export function listed(items) {
  return listFormat.format(items);
}

/** @param {string} iso */
export function day(iso) {
  return formatted(dayFormat, iso);
}

/** @param {string} iso */
export function moment(iso) {
  return formatted(momentFormat, iso);
}

/**
 * @param {Intl.DateTimeFormat} format
 * @param {string} iso
 */
function formatted(format, iso) {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : format.format(date);
}

/** Fills in the text of the page: `data-text` names the message of an element, `data-label` that of its accessible name. */
export function localise() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = t(element.getAttribute("data-text") ?? "");
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", t(element.getAttribute("data-label") ?? ""));
  }
}
