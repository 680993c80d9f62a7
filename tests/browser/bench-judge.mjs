/**
 * What a decision costs beside other policy engines, in Node, with everything a caller pays for: bench-judge.mjs --json
 *
 * One profile page of 12 fields is judged under policies of 5 and of 100 rules. Every engine gets the same rules, one of its own for each of ours, is given
 * them once, and must come to the same 12 decisions; ours alone says why. The peers are Cedar (wasm, parsed beforehand), casbin, and a plain loop
 * that says nothing but yes or no: what judging costs at the very least. Engines take turns; every figure is the median of 40 turns.
 */
import { readFileSync } from 'node:fs';
import { deepStrictEqual } from 'node:assert/strict';
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import { createGuard } from '../../extension/guard/index.js';

/** @typedef {import('../../extension/guard/index.js').Facts} Facts */
/** @typedef {import('../../extension/guard/index.js').Field} Field */
/** @typedef {import('../../extension/guard/index.js').Rule} Rule */
/** @typedef {{ what: string, unit: string, ours: number, peer: string | null, theirs: number | null, ratio: number | null }} Row */
/** @typedef {(() => boolean[])} Engine gives one decision for each field of the page, in its order */

const TURNS = 40, TURN = 4_000_000n;
const SITE = 'www.linkedin.com';

/** @type {Field[]} */
const ON_THE_PAGE = ['name', 'headline', 'jobTitle', 'worksFor', 'addressLocality', 'email', 'telephone', 'image', 'description', 'hasOccupation', 'alumniOf', 'knowsAbout'];
/** @type {Field[]} */
const ELSEWHERE = ['givenName', 'familyName', 'addressCountry', 'birthDate', 'streetAddress', 'postalCode', 'url', 'sameAs', 'knows', 'spouse', 'relatedTo', 'knowsLanguage'];

/** @type {Facts} */
const FACTS = {
  site: SITE,
  relation: 'third',
  signals: [],
  fields: Object.fromEntries(ON_THE_PAGE.map((field, nth) => [field, {
    evidence: [nth % 3 === 0 ? { kind: 'signed_out_view', bound: 'public_web' } : { kind: 'site_rule', bound: nth % 4 === 1 ? 'connections_1' : 'platform_members' }],
  }])),
};

/** Rules of every sort that people write: for some fields, for a site, for an audience, against some. @param {number} count */
function rules(count) {
  /** @type {{ effect: 'permit' | 'forbid', rule: Rule }[]} */
  const rules = [];
  const wide = /** @type {const} */ (['platform_members', 'public_web']), direct = /** @type {const} */ (['item_visibility', 'signed_out_view', 'site_rule']);
  const add = (/** @type {'permit' | 'forbid'} */ effect, /** @type {Partial<Rule>} */ rule) => {
    const id = `rule-${String(rules.length).padStart(3, '0')}`;
    const needs = effect === 'permit' ? { assessment: 'LIA-1' } : {};
    rules.push({ effect, rule: { id, says: 'A rule.', ...needs, ...rule } });
  };
  add('permit', { fields: ON_THE_PAGE.slice(0, 5), audiences: [...wide], evidence: [...direct] });
  add('permit', { fields: ['email', 'description'], audiences: ['public_web'], evidence: ['item_visibility', 'signed_out_view'] });
  add('permit', { fields: ['hasOccupation', 'alumniOf', 'image'], audiences: [...wide], evidence: [...direct], relations: ['third', 'signed_out'] });
  add('forbid', { fields: ['image'] });
  add('forbid', { fields: ['telephone', 'birthDate', 'spouse'] });
  for (let nth = 0; rules.length < count; nth += 1) {
    const fields = nth % 2 === 0 ? ON_THE_PAGE : ELSEWHERE, field = fields[(nth >> 1) % fields.length];
    if (nth % 3 === 0) add('forbid', { fields: [field], hosts: [`site-${nth}.example`] });
    else if (nth % 3 === 1) add('permit', { fields: [field], hosts: ['linkedin.com'], audiences: ['public_web'], evidence: ['item_visibility'] });
    else add('forbid', { fields: [field], relations: ['first', 'second'] });
  }
  return rules.slice(0, count);
}

/** @param {ReturnType<typeof rules>} all */
const policyOf = (all) => JSON.stringify({
  version: 1,
  controller: { name: 'Example SARL', contact: 'privacy@example.org' },
  purpose: 'dpv:DirectMarketing',
  basis: { kind: 'eu-gdpr:A6-1-f', assessment: 'LIA-1' },
  permit: all.filter(({ effect }) => effect === 'permit').map(({ rule }) => rule),
  forbid: all.filter(({ effect }) => effect === 'forbid').map(({ rule }) => rule),
  retention: { days: 365 },
});

/** What the engines of others are told of the page, prepared once. */
const REQUESTS = ON_THE_PAGE.map((field) => {
  const { evidence } = /** @type {{ evidence: { kind: string, bound: string }[] }} */ (FACTS.fields[field]);
  return { field, audience: evidence[0].bound, kinds: evidence.map(({ kind }) => kind), relation: 'third', hosts: ['linkedin.com'] };
});

/** @param {ReturnType<typeof rules>} all @returns {Promise<Engine>} */
async function ours(all) {
  const wasm = readFileSync(new URL('../../extension/guard/wasm/scruple_bg.wasm', import.meta.url));
  const guard = await createGuard({ policy: policyOf(all), wasm });
  if (!guard.summary().usable) throw new Error(`the policy of the bench is not valid: ${JSON.stringify(await guard.problems())}`);
  return () => guard.evaluate(FACTS).verdicts.map(({ decision, reasons }) => {
    if (reasons.length === 0) throw new Error('a verdict without a reason');
    return decision === 'allow';
  });
}

/** @param {ReturnType<typeof rules>} all @param {string} name @returns {Engine} */
function cedar(all, name) {
  const list = (/** @type {readonly string[]} */ words) => `[${words.map((word) => `"${word}"`).join(', ')}]`;
  const texts = all.map(({ effect, rule }) => {
    const clauses = [`${list(rule.fields ?? [])}.contains(context.field)`];
    if (rule.audiences) clauses.push(`${list(rule.audiences)}.contains(context.audience)`);
    if (rule.evidence) clauses.push(`context.kinds.containsAny(${list(rule.evidence)})`);
    if (rule.relations) clauses.push(`${list(rule.relations)}.contains(context.relation)`);
    if (rule.hosts) clauses.push(`context.hosts.containsAny(${list(rule.hosts)})`);
    // One field is Cedar's own scope, which it can index; several are a condition.
    const [only, ...more] = rule.fields ?? [];
    const resource = more.length === 0 ? `resource == Field::"${only}"` : 'resource';
    return [rule.id, `${effect}(principal, action == Action::"capture", ${resource}) when { ${clauses.join(' && ')} };`];
  });
  const parsed = preparsePolicySet(name, { staticPolicies: Object.fromEntries(texts) });
  if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed));
  const principal = { type: 'Operator', id: 'me' }, action = { type: 'Action', id: 'capture' };
  const calls = REQUESTS.map((context) => ({ principal, action, resource: { type: 'Field', id: context.field }, context, preparsedPolicySetId: name, entities: [] }));
  return () => calls.map((call) => {
    const answer = statefulIsAuthorized(call);
    if (answer.type !== 'success') throw new Error(JSON.stringify(answer));
    return answer.response.decision === 'allow';
  });
}

const MODEL = `
[request_definition]
r = field, audience, kind, relation, host
[policy_definition]
p = field, audience, kind, relation, host, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = among(p.field, r.field) && among(p.audience, r.audience) && among(p.kind, r.kind) && among(p.relation, r.relation) && among(p.host, r.host)
`;

/** @param {ReturnType<typeof rules>} all @returns {Promise<Engine>} */
async function casbin(all) {
  // Lists are made into sets beforehand, which its own ways to compare (patterns, other rules) are far slower than.
  /** @type {Map<string, Set<string>>} */
  const lists = new Map();
  const listed = (/** @type {readonly string[] | undefined} */ words) => {
    if (!words) return '*';
    const name = words.join('|');
    lists.set(name, new Set(words));
    return name;
  };
  const lines = all.map(({ effect, rule }) =>
    ['p', ...[rule.fields, rule.audiences, rule.evidence, rule.relations, rule.hosts].map(listed), effect === 'permit' ? 'allow' : 'deny'].join(', '));
  const enforcer = await newEnforcer(newModelFromString(MODEL), new StringAdapter(lines.join('\n')));
  await enforcer.addFunction('among', (/** @type {string} */ list, /** @type {string} */ word) => list === '*' || lists.get(list)?.has(word) === true);
  return () => REQUESTS.map(({ field, audience, kinds, relation, hosts }) => enforcer.enforceSync(field, audience, kinds[0], relation, hosts[0]));
}

/** @param {ReturnType<typeof rules>} all @returns {Engine} */
function loop(all) {
  const prepared = all.map(({ effect, rule }) => ({ permits: effect === 'permit', ...rule }));
  return () => REQUESTS.map(({ field, audience, kinds, relation, hosts }) => {
    let allowed = false;
    for (const rule of prepared) {
      if (!rule.fields?.includes(field)) continue;
      if (rule.audiences && !rule.audiences.some((one) => one === audience)) continue;
      if (rule.evidence && !rule.evidence.some((one) => kinds.includes(one))) continue;
      if (rule.relations && !rule.relations.some((one) => one === relation)) continue;
      if (rule.hosts && !rule.hosts.some((one) => hosts.includes(one))) continue;
      if (!rule.permits) return false;
      allowed = true;
    }
    return allowed;
  });
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Microseconds for one page, over as many pages as fit into a turn. @param {Engine} engine */
function turn(engine) {
  const begun = process.hrtime.bigint();
  let pages = 0, passed;
  do {
    engine();
    pages += 1;
    passed = process.hrtime.bigint() - begun;
  } while (passed < TURN);
  return Number(passed) / 1000 / pages;
}

/** @param {Record<string, Engine>} engines @returns {Record<string, number>} */
function race(engines) {
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(engines).map((name) => [name, []]));
  for (const engine of Object.values(engines)) for (let i = 0; i < 5; i += 1) turn(engine);
  for (let i = 0; i < TURNS; i += 1) for (const [name, engine] of Object.entries(engines)) times[name].push(turn(engine));
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

/** @type {Row[]} */
const rows = [];
const rounded = (/** @type {number} */ value) => Math.round(value * 100) / 100;
for (const count of [5, 100]) {
  const all = rules(count);
  /** @type {Record<string, Engine>} */
  const engines = { ours: await ours(all), 'cedar-wasm, preparsed': cedar(all, `bench-${count}`), 'casbin enforceSync': await casbin(all), 'plain loop, no reasons': loop(all) };
  const decisions = engines.ours();
  if (!decisions.includes(true) || !decisions.includes(false)) throw new Error('a bench that allows everything or nothing says nothing');
  for (const [name, engine] of Object.entries(engines)) deepStrictEqual(engine(), decisions, `${name} decides otherwise`);
  const times = race(engines);
  for (const [peer, theirs] of Object.entries(times).filter(([name]) => name !== 'ours')) {
    rows.push({ what: `12 fields, ${count} rules`, unit: 'us', ours: rounded(times.ours), peer, theirs: rounded(theirs), ratio: rounded(theirs / times.ours) });
  }
}
// Rules about fields that are not asked about must cost nothing.
const [few, many] = [rules(5), [...rules(5), ...Array.from({ length: 95 }, (_, nth) => ({ effect: /** @type {const} */ ('forbid'), rule: { id: `far-${nth}`, says: 'A rule.', fields: [ELSEWHERE[nth % ELSEWHERE.length]] } }))]];
const far = race({ few: await ours(few), many: await ours(many) });
rows.push({ what: '5 rules, and 95 about other fields', unit: 'us', ours: rounded(far.many), peer: 'ours, the 5 alone', theirs: rounded(far.few), ratio: rounded(far.few / far.many) });

if (process.argv.includes('--json')) console.log(JSON.stringify({ bench: 'judge', rows }));
else console.table(rows);
