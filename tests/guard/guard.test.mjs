/** One capture from address to card, with a page that answers as the probe does, and the documents around it. */
import assert from 'node:assert/strict';
import { afterEach, before, describe, test } from 'node:test';
import { checkPolicy, createGuard, mark } from '../../extension/guard/index.js';
import { Engine } from '../../extension/guard/wasm/scruple.js';
import { codes, deskWasm, facts, guardOf, POLICY, policyWith, wasm } from './helpers.mjs';

/** @typedef {import('../../extension/guard/index.js').Guard} Guard */
/** @typedef {import('../../extension/guard/index.js').Field} Field */
/** @typedef {import('../../extension/guard/index.js').Judged} Judged */
/** @typedef {import('../../extension/guard/index.js').Planned} Planned */
/** @typedef {import('../../extension/guard/index.js').Report} Report */

const SITE = 'https://people.example.org/people/lea';

/** A site on which the owner is marked up, and everybody sees the same. */
const ADAPTER = {
  id: 'people', version: '1.0.0', rests_on: 'Made for these tests.', hosts: ['people.example.org'], profile_paths: ['/people/*'],
  layouts: [{
    id: 'only', view: 'signed_out', owner: { css: '.owner' },
    fields: { name: [{ css: '.name' }], headline: [{ css: '.headline' }], email: [{ css: '.email' }] },
  }],
  audience: [{ groups: ['professional', 'contact'], kind: 'signed_out_view', bound: 'public_web' }],
};

/** @param {any} [options] */
const guardOn = (options) => guardOf({ adapters: [ADAPTER], ...options });

/**
 * A page as the probe tells of it, with these texts on it.
 * @param {Record<string, string>} [texts] by the last class of their selector
 */
function pageWith(texts = { name: 'Lea Morel', headline: 'Baker', email: 'lea@example.org' }) {
  const pin = '00000000000000aa';
  const print = (/** @type {number} */ h) => h.toString(16).padStart(16, '0');
  /** @type {string[]} */
  const asked = [];
  /** @type {string[]} */
  const kept = [];
  return {
    asked,
    inspect: async (/** @type {string} */ message) => {
      asked.push(message);
      const { nonce, queries } = JSON.parse(message);
      const answers = queries.map((/** @type {{ id: number, css: string }} */ { id, css }) => {
        const place = /\.(\w+)\)?$/.exec(css)?.[1] ?? '';
        if (place !== 'owner' && !(place in texts)) return { id };
        const h = kept.push(texts[place] ?? '') - 1;
        return { id, count: 1, nodes: [{ h, shown: 'rendered', yes: [], print: print(h) }] };
      });
      return JSON.stringify({ v: 1, nonce, pin, elements: 10, answers });
    },
    read: async (/** @type {string} */ message) => {
      asked.push(message);
      const { nonce, read } = JSON.parse(message);
      return JSON.stringify({ v: 1, nonce, values: read.map((/** @type {{ h: number }} */ { h }) => ({ h, text: kept[h] })) });
    },
  };
}

/** @param {Guard} guard @param {string} [url] @returns {Planned} */
function planned(guard, url = SITE) {
  const answer = guard.plan(url);
  if (answer.kind !== 'planned') assert.fail(JSON.stringify(answer.problem));
  return answer;
}

/** @param {Guard} guard @param {ReturnType<typeof pageWith>} [page] @returns {Promise<Judged>} */
async function judged(guard, page = pageWith()) {
  const answer = await guard.inspect(planned(guard), page.inspect);
  if (answer.kind !== 'judged') assert.fail(JSON.stringify(answer));
  return answer;
}

/** @param {Report} report @param {Field} field */
function verdictOf({ verdicts }, field) {
  const found = verdicts.find((verdict) => verdict.field === field);
  assert.ok(found);
  return found;
}

/** The fields that may be taken. @param {Report} report */
const allowed = ({ verdicts }) => verdicts.filter(({ decision }) => decision === 'allow').map(({ field }) => field);

/** @type {Guard} */
let guard;
before(async () => { guard = await guardOn(); });

describe('a plan', () => {
  test('names the page and asks for no value', () => {
    const { kind, plan, planned } = /** @type {Planned} */ (guard.plan(SITE));
    assert.equal(kind, 'planned');
    assert.equal(JSON.parse(plan).at, SITE);
    assert.equal(JSON.parse(planned).url, SITE);
    assert.notEqual(JSON.parse(planned).nonce, JSON.parse(/** @type {Planned} */ (guard.plan(SITE)).planned).nonce);
  });

  test('carries the use and the country', () => {
    const { planned } = /** @type {Planned} */ (guard.plan(SITE, { use: 'main', country: 'FR' }));
    const { use, country } = JSON.parse(planned);
    assert.deepEqual([use, country], ['main', 'FR']);
  });

  test('is refused, with a report, where there is nothing to look at', async () => {
    const off = await guardOn({ policy: policyWith((policy) => { policy.modes = { 'example.org': 'off' }; }) });
    for (const [answer, code] of /** @type {const} */ ([
      [guard.plan('chrome://settings/'), 'deny.site.unsupported'],
      [guard.plan('not an address'), 'deny.site.unsupported'],
      [guard.plan(''), 'deny.site.unsupported'],
      [guard.plan(SITE, { country: 'France' }), 'deny.guard.error'],
      [off.plan(SITE), 'deny.policy.field'],
    ])) {
      assert.equal(answer.kind, 'refused', code);
      if (answer.kind !== 'refused') continue;
      assert.equal(answer.problem?.code, code);
      assert.equal(answer.inspection, null);
      assert.deepEqual(allowed(answer.report), []);
      assert.equal(answer.report.verdicts.length, guard.summary().words.field.length);
    }
  });
});

describe('an inspection', () => {
  test('judges what the page answers, and holds nothing of it', async () => {
    const page = pageWith();
    const answer = await judged(guard, page);
    assert.deepEqual(allowed(answer.report), ['name', 'headline']);
    assert.equal(answer.report.page.adapter, 'people@1.0.0');
    assert.equal(answer.report.policy, guard.summary().policy);
    // There is no store in Node, so nobody knows what it has of the page: that is told.
    assert.equal(answer.problem?.code, 'deny.guard.error');
    assert.doesNotMatch(JSON.stringify([answer, page.asked]), /Morel|Baker|lea@/);
  });

  test('may be asked for with the text of a plan', async () => {
    const { planned: text } = planned(guard);
    assert.equal((await guard.inspect(text, pageWith().inspect)).kind, 'judged');
  });

  test('that finds nothing to take is refused', async () => {
    const answer = await guard.inspect(planned(guard), pageWith({ email: 'lea@example.org' }).inspect);
    assert.equal(answer.kind, 'refused');
    assert.deepEqual(allowed(answer.report), []);
    // There is no store in Node, so there was no entry: that is told.
    assert.equal(answer.problem?.code, 'deny.guard.error');
  });

  test('of a page that fails in any way is a denial with its code', async () => {
    for (const [ask, code] of /** @type {[(message: string) => any, string][]} */ ([
      [() => { throw new Error('canary'); }, 'deny.site.unsupported'],
      [() => Promise.reject(new Error('canary')), 'deny.site.unsupported'],
      [() => 7, 'deny.guard.error'],
      [() => undefined, 'deny.guard.error'],
      [() => Promise.resolve(null), 'deny.guard.error'],
      [() => 'canary', 'deny.guard.error'],
      [() => '{"v":1,"error":"not_html"}', 'deny.site.unsupported'],
      [async (message) => (await pageWith().inspect(message)).replace(/"nonce":"./, '"nonce":"x'), 'deny.guard.error'],
    ])) {
      const answer = await guard.inspect(planned(guard), ask);
      assert.equal(answer.kind, 'refused');
      assert.deepEqual(codes(verdictOf(answer.report, 'name')), [code], String(ask));
      assert.ok(!JSON.stringify([answer.report, answer.problem]).includes('canary'));
    }
  });

  test('of an answer that cannot be read keeps nothing', async () => {
    const answer = await guard.inspect(planned(guard), async () => 'canary');
    assert.equal(answer.inspection, null);
  });

  test('is not made of anything else', async () => {
    for (const wrong of ['', '{}', '7', 'x', '{"url":7}']) {
      await assert.rejects(guard.inspect(wrong, pageWith().inspect), { code: 'invalid_argument' }, wrong);
    }
    for (const wrong of [undefined, null, 7, {}]) {
      await assert.rejects(guard.inspect(/** @type {any} */ (wrong), pageWith().inspect), { code: 'invalid_argument' });
    }
    await assert.rejects(guard.inspect(planned(guard), /** @type {any} */ ('ask')), { code: 'invalid_argument' });
  });

  test('is judged again by other settings, without the page', async () => {
    const { inspection, report } = await judged(guard);
    const same = guard.evaluate(inspection);
    assert.equal(same.kind, 'judged');
    assert.deepEqual(same.report.verdicts, report.verdicts);
    assert.equal(same.problem, null);
    const strict = await guardOn({ policy: policyWith((policy) => { policy.permit[0].fields = ['headline']; }) });
    assert.deepEqual(allowed(strict.evaluate(inspection).report), ['headline']);
    const none = (await guardOn({ policy: undefined })).evaluate(inspection);
    assert.equal(none.kind, 'refused');
    assert.deepEqual(allowed(none.report), []);
    // And what was refused is judged again where more is allowed.
    assert.equal(typeof none.inspection, 'string');
    assert.deepEqual(allowed(guard.evaluate(none.inspection ?? '').report), ['name', 'headline']);
  });

  test('comes to the same as its facts', async () => {
    const managed = { organisation: 'Example Group', forbid: [{ id: 'no-name', says: 'No.', fields: ['name'] }] };
    for (const options of [{}, { managed }]) {
      const one = await guardOn(options);
      const { report } = await judged(one);
      const evidence = verdictOf(report, 'name').evidence;
      assert.ok(evidence.length > 0);
      const standing = { evidence, states: [] };
      const { verdicts, mode, policy } = one.evaluate({
        ...facts(), site: 'people.example.org', relation: report.page.relation, country: null,
        fields: { name: standing, headline: standing, email: standing },
      });
      assert.deepEqual([mode, policy], [report.mode, report.policy]);
      for (const { rules, errors, reasons, ...verdict } of verdicts) {
        const { rules: theirs = [], errors: faults = [], reasons: why, ...other } = verdictOf(report, verdict.field);
        assert.deepEqual(verdict, other);
        assert.deepEqual([rules, errors], [theirs, faults]);
        const plain = why.map(({ code, rule = null, locked = null }) => ({ code, rule, locked }));
        assert.deepEqual(reasons.map(({ code, rule, locked = null }) => ({ code, rule, locked })), plain);
      }
    }
  });
});

describe('a capture', () => {
  const { capture } = Engine.prototype;
  afterEach(() => { Engine.prototype.capture = capture; });

  test('reads, keeps and tells nothing without a store: nobody knows what it has of the page', async () => {
    const page = pageWith();
    const { inspection } = await judged(guard, page);
    const answer = await guard.capture(inspection, () => assert.fail('the page was asked'));
    assert.equal(answer.kind, 'refused');
    assert.equal(answer.report.card ?? null, null);
    assert.deepEqual(allowed(answer.report), []);
    assert.equal(answer.problem?.code, 'deny.guard.error');
    assert.doesNotMatch(JSON.stringify(answer), /Morel|Baker|lea@/);
  });

  test('under other settings than the person saw reads nothing', async () => {
    const { inspection } = await judged(guard);
    const other = await guardOn({ policy: policyWith((policy) => { policy.retention.days = 30; }) });
    const answer = await other.capture(inspection, () => assert.fail('the page was asked'));
    assert.equal(answer.kind, 'refused');
    assert.deepEqual(allowed(answer.report), []);
  });

  test('that was kept is told with its card', async () => {
    const { inspection, report } = await judged(guard);
    const card = /** @type {any} */ ({ id: 'x', fields: {} });
    Engine.prototype.capture = async () => JSON.stringify({ kind: 'captured', report: { ...report, card }, problem: null });
    const answer = await guard.capture(inspection, async () => '');
    assert.equal(answer.kind, 'captured');
    assert.deepEqual(answer.report.card, card);
    // One that is told without, is none.
    Engine.prototype.capture = async () => JSON.stringify({ kind: 'captured', report, problem: null });
    await assert.rejects(guard.capture(inspection, async () => ''), { code: 'guard_failed' });
    Engine.prototype.capture = async () => JSON.stringify({ kind: 'judged', report, problem: null });
    await assert.rejects(guard.capture(inspection, async () => ''), { code: 'guard_failed' });
  });

  test('is not made of anything else', async () => {
    const told = { code: 'not_an_inspection', detail: 'this is not an inspection' };
    for (const wrong of ['', '{}', 'x', '{"sightings":""}']) {
      await assert.rejects(guard.capture(wrong, async () => ''), told);
      assert.throws(() => guard.evaluate(wrong), told);
    }
    await assert.rejects(guard.capture(/** @type {any} */ (null), async () => ''), { code: 'invalid_argument' });
    await assert.rejects(guard.capture('', /** @type {any} */ (null)), { code: 'invalid_argument' });
  });
});

describe('documents', () => {
  test('a policy is checked, with the place of what is wrong', async () => {
    const valid = await checkPolicy(POLICY, { wasm, desk: deskWasm });
    assert.deepEqual([valid.kind, valid.problems], ['valid', []]);
    assert.equal(valid.hash, (await guardOf()).summary().policy);
    const text = POLICY.replace('"headline"', '"headlin"');
    const { kind, problems: [problem], hash } = await checkPolicy(text);
    assert.equal(kind, 'invalid');
    assert.notEqual(hash, valid.hash);
    const before = text.slice(0, text.indexOf('"headlin"')).split('\n');
    assert.deepEqual([problem.line, problem.column], [before.length, (before.at(-1)?.length ?? 0) + 1]);
    assert.match(problem.what, /headlin/);
    assert.match(problem.instead, /headline/);
    await assert.rejects(checkPolicy(/** @type {any} */ ({})), { code: 'invalid_argument' });
  });

  test('a policy that is an object is the same as its text', async () => {
    const text = JSON.stringify(JSON.parse(POLICY));
    const [object, written] = [await guardOf({ policy: JSON.parse(POLICY) }), await guardOf({ policy: text })];
    assert.equal(object.summary().policy, written.summary().policy);
  });

  test('what is wrong with settings is told in the summary, and everything is denied', async () => {
    const broken = await guardOf({ policy: '{"version":1,"permits":[]}', managed: '{"organisation":7}' });
    const { usable, unusable } = broken.summary(), { local, managed } = await broken.problems();
    assert.equal(usable, false);
    assert.deepEqual(unusable, ['local', 'managed']);
    assert.ok(local.length > 0 && managed.length > 0);
    for (const { line, column, what } of [...local, ...managed]) assert.ok(line > 0 && column > 0 && what.length > 5);
  });

  test('a summary is of its own', async () => {
    const first = guard.summary();
    first.words.code.length = 0;
    first.usable = false;
    assert.equal(guard.summary().usable, true);
    assert.equal(guard.evaluate(facts()).verdicts[0].decision, 'allow');
  });

  test('an adapter that is broken is an error, and says what is wrong', async () => {
    for (const [adapter, detail] of /** @type {const} */ ([
      ['{', /adapter/], [{ ...ADAPTER, hosts: [] }, /at least one host/], [{ ...ADAPTER, layout: [] }, /layout/],
    ])) {
      await assert.rejects(guardOf({ adapters: [ADAPTER, adapter] }), { code: 'adapter_invalid', detail });
    }
  });

  test('an adapter comes before the built-in ones, which are there too', async () => {
    assert.equal((await judged(guard)).report.page.adapter, 'people@1.0.0');
    const linkedin = await guardOf({ adapters: [{ ...ADAPTER, hosts: ['linkedin.com'], profile_paths: ['/in/*'] }] });
    const page = pageWith();
    const plan = planned(linkedin, 'https://www.linkedin.com/in/lea/');
    assert.equal((await linkedin.inspect(plan, page.inspect)).report.page.adapter, 'people@1.0.0');
    const answer = guard.plan('https://www.linkedin.com/login/');
    if (answer.kind === 'planned') assert.match((await guard.inspect(answer, async () => '')).report.page.adapter, /^linkedin@/);
    else assert.match(answer.report.page.adapter, /^linkedin@/);
  });
});

describe('marks', () => {
  const options = { adapters: [ADAPTER], wasm };

  test('a field, a site and a person are held back, and given back', async () => {
    const changes = /** @type {const} */ ([
      [{ what: 'everywhere', field: 'headline' }, ['name']],
      [{ what: 'site', field: 'headline', url: SITE }, ['name']],
      [{ what: 'person', url: SITE }, []],
    ]);
    for (const [change, left] of changes) {
      const marks = await mark(undefined, { do: 'add', ...change }, options);
      const marked = await guardOn({ marks });
      const answer = await marked.inspect(planned(marked), pageWith().inspect);
      assert.deepEqual(allowed(answer.report), left, change.what);
      const { reasons } = verdictOf(answer.report, 'headline');
      assert.ok(reasons.some(({ code, rule }) => code === 'deny.policy.user_marked' && rule === 'mark'), change.what);
      const without = await guardOn({ marks: await mark(marks, { do: 'remove', ...change }, options) });
      assert.deepEqual(allowed((await judged(without)).report), ['name', 'headline']);
    }
    const one = await mark(null, { do: 'add', what: 'person', url: SITE }, options);
    const { people, key } = JSON.parse(await mark(one, { do: 'remove', what: 'people' }, options));
    assert.deepEqual(people, []);
    assert.match(key, /^[0-9a-f]{64}$/);
    // Who is marked is not to be read from it.
    assert.doesNotMatch(one, /lea|example/);
  });

  test('an inspection is not captured under marks that were set since', async () => {
    const page = pageWith();
    const { inspection } = await judged(guard, page);
    const marked = await guardOn({ marks: await mark(undefined, { do: 'add', what: 'everywhere', field: 'headline' }, options) });
    assert.deepEqual(allowed(marked.evaluate(inspection).report), ['name']);
    const answer = await marked.capture(inspection, () => assert.fail('the page was asked'));
    assert.equal(answer.kind, 'refused');
  });

  test('what cannot be marked is an error that says why', async () => {
    for (const wrong of /** @type {any[]} */ ([
      {}, { do: 'add' }, { do: 'add', what: 'everywhere' }, { do: 'add', what: 'everywhere', field: 'shoeSize' },
      { do: 'add', what: 'person', url: 'chrome://x' }, { do: 'add', what: 'people' },
    ])) {
      await assert.rejects(mark(undefined, wrong, options), { code: 'invalid_marks', detail: /\w{4}/ }, JSON.stringify(wrong));
    }
    await assert.rejects(mark('{', { do: 'add', what: 'everywhere', field: 'email' }, options), { code: 'invalid_marks' });
    const seven = /** @type {any} */ (7);
    await assert.rejects(mark(seven, { do: 'add', what: 'everywhere', field: 'email' }, options), { code: 'invalid_argument' });
  });
});

test('what is not what a call asks for is refused as such', async () => {
  for (const wrong of [undefined, null, 7, {}]) {
    assert.throws(() => guard.plan(/** @type {any} */ (wrong)), { code: 'invalid_argument' });
  }
  assert.throws(() => guard.plan(SITE, /** @type {any} */ ({ use: 7 })), { code: 'invalid_argument' });
  for (const count of [-1, 1.5, NaN, '5', 2 ** 32]) {
    await assert.rejects(async () => guard.log.newest(/** @type {any} */ (count)), { code: 'invalid_argument' });
  }
  await assert.rejects(createGuard(/** @type {any} */ ({ marks: {} })), { code: 'invalid_argument' });
});
