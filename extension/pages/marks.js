// What the person holds back: shown, and taken back one by one.

import { ask } from "./ask.js";
import { byId, el } from "./dom.js";
import { counted, fieldName, t } from "./i18n.js";

/** @typedef {import("../messages").Marks} Marks */
/** @typedef {Extract<import("../messages").Request, { type: "marks.remove" }>} Removal */

const place = byId("marks", HTMLDivElement);
const said = byId("marks-said", HTMLParagraphElement);

/** Asks for the marks and shows them. */
export async function loadMarks() {
  const answer = await ask({ type: "marks.get" });
  place.replaceChildren(...(answer?.ok ? shown(answer.marks) : [el("p", {}, t("problem_worker"))]));
}

/**
 * @param {Marks} marks
 * @returns {Node[]}
 */
function shown({ everywhere, sites, people, broken }) {
  if (broken) {
    return [el("p", {}, t("marks_broken")), button("marks_start_over", t("marks_heading"), { type: "marks.remove", what: "all" })];
  }
  const parts = [
    ...part(t("marks_everywhere"), everywhere.map((field) => ({
      name: fieldName(field), removal: { type: "marks.remove", what: "everywhere", field },
    }))),
    ...Object.entries(sites).flatMap(([host, fields]) => part(t("marks_site", host), fields.map((field) => ({
      name: fieldName(field), removal: { type: "marks.remove", what: "site", field, url: `https://${host}/` },
    })))),
  ];
  if (people > 0) {
    const all = button("marks_remove_all", t("marks_people"), { type: "marks.remove", what: "people" });
    parts.push(el("h3", {}, t("marks_people")), el("ul", {}, el("li", {}, el("span", {}, counted("marks_count", people)), all)),
      el("p", { class: "hint" }, t("marks_people_hint")));
  }
  return parts.length > 0 ? parts : [el("p", { class: "soft" }, t("marks_none"))];
}

/**
 * @param {string} heading
 * @param {{ name: string, removal: Removal }[]} fields
 */
function part(heading, fields) {
  if (fields.length === 0) return [];
  return [el("h3", {}, heading), el("ul", {}, ...fields.map(({ name, removal }) =>
    el("li", {}, el("span", {}, name), button("marks_remove", `${name}, ${heading}`, removal))))];
}

/**
 * @param {string} key
 * @param {string} what it is about, for screen readers
 * @param {Removal} removal
 */
function button(key, what, removal) {
  const about = el("span", { class: "unseen" }, ` ${t("mark_of", what)}`);
  const made = el("button", { type: "button", class: "small" }, t(key), about);
  made.addEventListener("click", () => void remove(removal));
  return made;
}

/** @param {Removal} removal */
async function remove(removal) {
  const answer = await ask(removal);
  said.textContent = t(answer?.ok ? "marks_removed" : "problem_worker");
  await loadMarks();
  // The button that had the focus is gone.
  byId("marks-heading", HTMLHeadingElement).focus();
}
