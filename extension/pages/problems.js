// What is wrong with a document, in a sentence.

import { t } from "./i18n.js";

/**
 * @param {import("../messages").DocumentProblem} problem
 */
export function problemText({ line, column, what, instead }) {
  const place = [what, String(line), String(column)];
  return instead === "" ? t("problem_at", ...place) : t("problem_at_instead", ...place, instead);
}
