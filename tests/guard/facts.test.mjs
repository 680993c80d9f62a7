/** Facts in, verdicts out: what is handed over arrives as it was said, and what cannot be said is never an allow. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Words, pack, unpack } from '../../extension/guard/facts.js';
import { Engine } from '../../extension/guard/wasm/scruple.js';
import { codes, facts, guardOf, policyWith } from './helpers.mjs';

/** @typedef {import('../../extension/guard/index.js').Guard} Guard */
/** @typedef {import('../../extension/guard/index.js').Facts} Facts */

/** @type {Guard} */
let guard;
before(async () => { guard = await guardOf(); });

/** @param {any} what @param {Guard} [by] */
const verdictOn = (what, by = guard) => {
  const { verdicts } = by.evaluate(/** @type {Facts} */ (what));
  assert.equal(verdicts.length, 1);
  return verdicts[0];
};

describe('facts', () => {
  test('what nothing speaks against is allowed, with rule, audience and evidence', () => {
    const { kind, policy, usable, mode, verdicts } = guard.evaluate(facts());
    assert.deepEqual({ kind, usable, mode }, { kind: 'evaluated', usable: true, mode: 'enforce' });
    assert.equal(policy, guard.summary().policy);
    assert.deepEqual(verdicts, [{
      field: 'headline',
      decision: 'allow',
      present: true,
      reasons: [{ code: 'allow.members', rule: 'professional' }],
      audience: 'platform_members',
      evidence: [{ kind: 'site_rule', bound: 'platform_members' }],
      rules: ['professional'],
      errors: [],
    }]);
  });

  test('what is left out is not known, or not there', async () => {
    const { fields: { headline } } = facts();
    const { verdicts } = guard.evaluate({ fields: { headline: { evidence: headline?.evidence ?? [] } } });
    assert.equal(verdicts[0].decision, 'allow');
    const strict = await guardOf({ policy: policyWith((policy) => {
      policy.forbid.push({ id: 'not-of-friends', says: 'Nothing of connections.', fields: ['headline'], relations: ['first'] });
    }) });
    assert.equal(verdictOn(facts(), strict).decision, 'allow');
    assert.deepEqual(verdictOn({ fields: { headline } }, strict).rules, ['not-of-friends', 'professional']);
  });

  test('every word arrives as itself', () => {
    const { words } = guard.summary();
    for (const field of words.field) assert.equal(verdictOn(facts(field)).field, field);
    for (const kind of words.evidence) {
      for (const bound of words.audience) {
        const verdict = verdictOn({ ...facts(), fields: { headline: { evidence: [{ kind, bound }], states: [] } } });
        assert.deepEqual(verdict.evidence, [{ kind, bound }]);
        assert.equal(verdict.audience, bound);
      }
    }
    for (const code of words.code.filter((code) => code.startsWith('deny.'))) {
      assert.ok(codes(verdictOn({ ...facts(), refusal: code })).includes(code), code);
    }
  });

  test('each state speaks against a field with its own code', () => {
    /** @type {Record<string, string>} */
    const expected = {
      hidden: 'deny.visibility.hidden', masked: 'deny.visibility.masked', unreadable: 'deny.guard.error',
      foreign: 'deny.third_party', disputed: 'deny.site.drift', nosnippet: 'deny.signal.optout',
      marked: 'deny.policy.user_marked',
    };
    assert.deepEqual(guard.summary().words.state.toSorted(), Object.keys(expected).toSorted());
    for (const [state, code] of Object.entries(expected)) {
      const headline = { evidence: facts().fields.headline?.evidence, states: [state] };
      const verdict = verdictOn({ ...facts(), fields: { headline } });
      assert.equal(verdict.decision, 'deny', state);
      assert.ok(codes(verdict).includes(/** @type {any} */ (code)), state);
    }
  });

  test('each signal arrives as itself', async () => {
    const { signal: all } = guard.summary().words;
    for (const signal of all) {
      const policy = policyWith((policy) => {
        policy.permit[0].fields.push('image');
        delete policy.forbid;
        policy.signals = Object.fromEntries(all.map((other) => [other, other === signal ? 'deny' : 'note']));
      });
      const strict = await guardOf({ policy });
      const others = all.filter((other) => other !== signal);
      assert.equal(verdictOn({ ...facts('image'), signals: others }, strict).decision, 'allow', signal);
      assert.deepEqual(codes(verdictOn({ ...facts('image'), signals: [signal] }, strict)), ['deny.signal.optout'], signal);
    }
  });

  test('each relation and each country arrives as itself', async () => {
    for (const relation of guard.summary().words.relation.filter((relation) => relation !== 'unknown')) {
      const policy = policyWith((policy) => { policy.permit[0].relations = [relation]; });
      const one = await guardOf({ policy });
      for (const other of guard.summary().words.relation) {
        const { decision } = verdictOn({ ...facts(), relation: other }, one);
        assert.equal(decision, other === relation ? 'allow' : 'deny', `${relation} ${other}`);
      }
    }
    const french = await guardOf({ policy: policyWith((policy) => { policy.permit[0].countries = ['FR']; }) });
    for (const [country, decision] of [['FR', 'allow'], ['DE', 'deny'], [null, 'deny'], [undefined, 'deny']]) {
      assert.equal(verdictOn({ ...facts(), country }, french).decision, decision, String(country));
    }
  });

  test('verdicts come in the order of the question, one for each field and no other', () => {
    const fields = guard.summary().words.field.toReversed();
    const asked = Object.fromEntries(fields.map((field) => [field, facts(field).fields[field]]));
    const { verdicts } = guard.evaluate({ ...facts(), fields: asked });
    assert.deepEqual(verdicts.map(({ field }) => field), fields);
    assert.deepEqual(guard.evaluate({ ...facts(), fields: {} }).verdicts, []);
  });

  test('any amount of evidence arrives', () => {
    const evidence = Array.from({ length: 5000 }, () => ({ kind: 'site_rule', bound: 'public_web' }));
    evidence[4999].bound = 'only_me';
    const verdict = verdictOn({ ...facts(), fields: { headline: { evidence, states: [] } } });
    assert.deepEqual(verdict.evidence, evidence);
    assert.equal(verdict.audience, 'only_me');
    assert.deepEqual(codes(verdict), ['deny.visibility.restricted']);
    // What was long before leaves nothing behind.
    assert.equal(verdictOn(facts()).decision, 'allow');
  });

  test('a rule that cannot be evaluated is told with its clause', async () => {
    const policy = policyWith((policy) => {
      policy.forbid.push({ id: 'not-there', says: 'Nothing is taken there.', fields: ['headline'], hosts: ['example.org'] });
      policy.forbid.push({ id: 'not-so', says: 'Nothing is taken to phone.', fields: ['headline'], channels: ['phone'] });
    });
    const strict = await guardOf({ policy });
    const verdict = verdictOn({ ...facts(), site: null, use: 'nothing' }, strict);
    assert.equal(verdict.decision, 'deny');
    const { errors = [] } = verdict;
    const told = errors.map(({ rule, clause }) => `${rule} ${clause}`).toSorted();
    assert.deepEqual(told, ['not-so channels', 'not-there hosts', 'use use']);
    assert.ok(errors.every(({ what }) => what.length > 10), JSON.stringify(errors));
    assert.ok(codes(verdict).includes('deny.guard.error'));
  });

  test('a site that is only observed says what it would be, and allows nothing', async () => {
    const policy = policyWith((policy) => { policy.modes = { 'linkedin.com': 'observe', 'example.org': 'off' }; });
    const observing = await guardOf({ policy });
    const { mode, verdicts: [headline] } = observing.evaluate(facts());
    assert.deepEqual([mode, headline.decision, headline.would], ['observe', 'deny', 'allow']);
    assert.deepEqual(headline.reasons, [{ code: 'deny.policy.field', rule: 'mode' }]);
    assert.equal(verdictOn(facts('image'), observing).would, 'deny');
    const off = observing.evaluate({ ...facts(), site: 'www.example.org' });
    assert.deepEqual([off.mode, off.verdicts[0].decision], ['off', 'deny']);
    const { mode: other, verdicts: [elsewhere] } = observing.evaluate({ ...facts(), site: 'example.com' });
    assert.deepEqual([other, elsewhere.decision, 'would' in elsewhere], ['enforce', 'allow', false]);
  });

  test('what an organisation set is told with its name', async () => {
    const managed = {
      organisation: 'Example Group',
      forbid: [{ id: 'no-headline', says: 'Headlines are not taken.', fields: ['headline'] }],
    };
    const verdict = verdictOn(facts(), await guardOf({ managed }));
    assert.equal(verdict.decision, 'deny');
    assert.deepEqual(verdict.reasons.filter(({ rule }) => rule === 'no-headline'), [
      { code: 'deny.policy.field', rule: 'no-headline', locked: 'Example Group' },
    ]);
  });

  test('without settings that can be used everything is denied', async () => {
    for (const policy of [undefined, '', '{', '{"version":9}']) {
      const without = await guardOf({ policy });
      const { usable, verdicts } = without.evaluate({ ...facts(), fields: { ...facts().fields, ...facts('email').fields } });
      assert.deepEqual([usable, verdicts.map(({ decision }) => decision)], [false, ['deny', 'deny']]);
      assert.ok(verdicts.every(({ reasons }) => reasons.length > 0));
    }
  });

  test('what the user marked is denied', async () => {
    const key = '00'.repeat(32);
    for (const marks of [{ everywhere: ['headline'] }, { sites: { 'linkedin.com': ['headline'] } }]) {
      const marked = await guardOf({ marks: JSON.stringify({ version: 1, key, ...marks }) });
      assert.deepEqual(codes(verdictOn(facts(), marked)), ['deny.policy.user_marked']);
      assert.equal(verdictOn(facts('name'), marked).decision, 'allow');
    }
  });

  test('with marks that cannot be read nothing is allowed', async () => {
    const marked = await guardOf({ marks: 'not marks' });
    assert.equal(marked.summary().usable, false);
    const decisions = marked.evaluate(facts()).verdicts.map(({ decision }) => decision);
    assert.deepEqual(decisions, ['deny']);
  });

  test('reasons and evidence are shared, and cannot be changed', () => {
    const [first, second] = [verdictOn(facts()), verdictOn(facts())];
    assert.equal(first.reasons[0], second.reasons[0]);
    assert.equal(first.evidence[0], second.evidence[0]);
    assert.throws(() => { first.reasons[0].code = 'allow.public'; }, TypeError);
    assert.throws(() => { first.evidence[0].bound = 'public_web'; }, TypeError);
    for (const list of [first.reasons, first.evidence, first.rules, first.errors]) {
      assert.throws(() => { /** @type {any} */ (list).push({}); }, TypeError);
    }
    // What is not shared is of its own: a verdict can be changed, and the next is as it was.
    first.decision = 'deny';
    assert.deepEqual([verdictOn(facts()), verdictOn(facts()).decision], [second, 'allow']);
  });
});

describe('facts that are not', () => {
  const piece = { kind: 'site_rule', bound: 'public_web' };
  /** @param {unknown} headline */
  const headline = (headline) => ({ ...facts(), fields: { headline } });
  /** As JSON gives it: a property like any other. */
  const proto = JSON.parse('{"__proto__":{"evidence":[],"states":[]}}');
  /** @param {unknown[]} evidence */
  const known = (evidence) => headline({ evidence, states: [] });
  /** @type {[string, unknown, string][]} */
  const cases = [
    ['nothing at all', null, 'facts: not an object'],
    ['a list', [], 'facts: not an object'],
    ['an unknown key', { ...facts(), signal: ['noindex'] }, 'facts.signal: not known'],
    ['a relation that is null', { ...facts(), relation: null }, 'relation: not in its list'],
    ['an unknown relation', { ...facts(), relation: 'friend' }, 'relation: not in its list'],
    ['a relation that every object has', { ...facts(), relation: 'constructor' }, 'relation: not in its list'],
    ['signals that are null', { ...facts(), signals: null }, 'signals: not a list'],
    ['signals in a text', { ...facts(), signals: 'noindex' }, 'signals: not a list'],
    ['an unknown signal', { ...facts(), signals: ['noindex', 'noidnex'] }, 'signals[1]: not in its list'],
    ['a country in small letters', { ...facts(), country: 'fr' }, 'country: not two capital letters'],
    ['a country in words', { ...facts(), country: 'France' }, 'country: not two capital letters'],
    ['an unknown refusal', { ...facts(), refusal: 'deny.mood' }, 'refusal: not in its list'],
    ['a use that is no text', { ...facts(), use: 7 }, 'use: not a text'],
    ['a site that is an address', { ...facts(), site: 'https://linkedin.com/in/x' }, 'site: not the name of a host'],
    ['a site in capital letters', { ...facts(), site: 'LinkedIn.com' }, 'site: not the name of a host'],
    ['an empty site', { ...facts(), site: '' }, 'site: not the name of a host'],
    ['no fields', { ...facts(), fields: undefined }, 'fields: not an object'],
    ['an unknown field', { ...facts(), fields: { shoeSize: { evidence: [], states: [] } } }, 'fields.shoeSize: not in its list'],
    ['a field that every object has', { ...facts(), fields: proto }, 'fields.__proto__: not in its list'],
    ['nothing of a field', headline(null), 'fields.headline: not an object'],
    ['an unknown key of a field', headline({ evidence: [], states: [], state: ['masked'] }), 'fields.headline.state: not known'],
    ['no evidence', headline({ states: [] }), 'fields.headline.evidence: not a list'],
    ['an unknown kind', known([piece, { ...piece, kind: 'rumour' }]), 'fields.headline.evidence[1].kind: not in its list'],
    ['an unknown bound', known([{ ...piece, bound: 'all' }]), 'fields.headline.evidence[0].bound: not in its list'],
    ['evidence that is none', known([null]), 'fields.headline.evidence[0].kind: not in its list'],
    ['evidence with a gap', known(Array(1)), 'fields.headline.evidence[0].kind: not in its list'],
    ['states that are null', headline({ evidence: [piece], states: null }), 'fields.headline.states: not a list'],
    ['an unknown state', headline({ evidence: [piece], states: ['blurred'] }), 'fields.headline.states[0]: not in its list'],
  ];
  for (const [what, facts, detail] of cases) {
    test(what, () => {
      assert.throws(() => guard.evaluate(/** @type {any} */ (facts)), { name: 'ScrupleError', code: 'invalid_facts', detail });
    });
  }

  test('a text that was put where a name belongs is not repeated', () => {
    for (const text of ['lea.morel@example.org', '+33 1 23 45 67 89', 'x'.repeat(100)]) {
      for (const what of [{ ...facts(), [text]: 1 }, { ...facts(), relation: text }, { ...facts(), fields: { [text]: {} } }]) {
        assert.throws(() => guard.evaluate(/** @type {any} */ (what)), ({ message }) => !message.includes(text));
      }
    }
  });

  test('what comes after them is judged as ever', () => {
    assert.equal(verdictOn(facts()).decision, 'allow');
  });
});

describe('an answer that is not', () => {
  /** An engine, its words, a question and its answer. */
  const asked = () => {
    const engine = new Engine(policyWith(() => {}), undefined, undefined, [], []);
    const words = new Words(guard.summary());
    const question = { ...facts(), fields: { ...facts().fields, ...facts('image').fields, ...facts('email').fields } };
    const end = pack(words, question);
    return { words, end, answer: engine.evaluateFacts('linkedin.com', undefined, words.packed.subarray(0, end)) };
  };
  /** What comes of an answer: the decisions, or nothing. @param {Words} words @param {number} end @param {Uint32Array} answer */
  const read = (words, end, answer) => {
    try {
      return unpack(words, end, answer).verdicts.map(({ decision }) => decision);
    } catch (error) {
      assert.deepEqual(Object(error).code, 'guard_failed');
      return null;
    }
  };

  test('no single number that went wrong makes an allow of a denial', () => {
    const { words, end, answer } = asked();
    assert.deepEqual(read(words, end, answer), ['allow', 'deny', 'deny']);
    let refused = 0;
    for (let at = 0; at < answer.length; at += 1) {
      for (const number of [0, 1, 2, 3, 7, 50, 0x7fff_ffff, 0xffff_ffff]) {
        const broken = answer.slice();
        broken[at] = number;
        const decisions = read(words, end, broken);
        if (decisions === null) refused += 1;
        else assert.deepEqual([decisions.length, decisions[1], decisions[2]], [3, 'deny', 'deny'], `${at}: ${number}`);
      }
    }
    assert.ok(refused > 3 * answer.length, `${refused} of ${8 * answer.length}`);
  });

  test('one that is too short or too long is refused', () => {
    const { words, end, answer } = asked();
    for (let length = 0; length < answer.length; length += 1) {
      assert.equal(read(words, end, answer.slice(0, length)), null, String(length));
    }
    assert.equal(read(words, end, Uint32Array.of(...answer, 0)), null);
    assert.equal(read(words, end, Uint32Array.of(...answer, ...answer.slice(2))), null);
  });
});
