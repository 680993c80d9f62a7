/** What the tests of the guard share: the built wasm, a policy, and facts to start from. */
import { readFileSync } from 'node:fs';
import { createGuard } from '../../extension/guard/index.js';

/** @typedef {import('../../extension/guard/index.js').Facts} Facts */
/** @typedef {import('../../extension/guard/index.js').Field} Field */
/** @typedef {import('../../extension/guard/index.js').Verdict} Verdict */
/** @typedef {import('../../extension/guard/index.js').GuardOptions} GuardOptions */

/** @param {string} path from the root of the repository */
const at = (path) => new URL(`../../${path}`, import.meta.url);

/** The bytes of the built wasm. */
export const wasm = readFileSync(at('extension/guard/wasm/scruple_bg.wasm'));

/** The bytes of the desk. */
export const deskWasm = readFileSync(at('extension/guard/wasm/desk_bg.wasm'));

/** Professional details may be taken, photos and private life not. */
export const POLICY = readFileSync(at('www/policies/professional.json'), 'utf8');

/** @param {GuardOptions} [options] */
export const guardOf = (options) => createGuard({ policy: POLICY, wasm, ...options });

/** Facts about one field that nothing speaks against. @returns {Facts} */
export const facts = (/** @type {Field} */ field = 'headline') => ({
  site: 'linkedin.com', relation: 'third', signals: [], country: 'FR', use: null, refusal: null,
  fields: { [field]: { evidence: [{ kind: 'site_rule', bound: 'platform_members' }], states: [] } },
});

/** The policy with changes. @param {(policy: any) => void} change */
export function policyWith(change) {
  const policy = JSON.parse(POLICY);
  change(policy);
  return JSON.stringify(policy);
}

/** @param {Verdict} verdict */
export const codes = ({ reasons }) => reasons.map(({ code }) => code);
