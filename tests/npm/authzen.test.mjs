/**
 * The guard behind OpenID AuthZEN Authorization API 1.0. The questions have the structure of the examples of the specification
 * (sections 5 to 7): first as they stand there, about things that are no details of a profile, then about details.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { evaluation, evaluations } from '../../npm/authzen.js';
import { guardOf, policyWith } from '../guard/helpers.mjs';

/** @typedef {import('../../extension/guard/index.js').Guard} Guard */
/** @typedef {import('../../npm/authzen.js').EvaluationDecision} EvaluationDecision */

/** @type {Guard} */
let guard;
before(async () => { guard = await guardOf(); });

const subject = { type: 'user', id: 'ada@example.org' };
const action = { name: 'capture' };
const properties = {
  site: 'linkedin.com', relation: 'third', signals: [], country: 'FR', states: [],
  evidence: [{ kind: 'site_rule', bound: 'platform_members' }],
};
/** @param {string} id @param {object} [more] */
const field = (id, more) => ({ type: 'profile_field', id, properties: { ...properties, ...more } });

/** @param {any} request @param {object} [options] @param {Guard} [by] */
const one = (request, options, by = guard) => shaped(evaluation(by, request, options));

/** @param {any} request @returns {EvaluationDecision[]} */
const many = (request) => {
  const answer = evaluations(guard, request);
  assert.deepEqual(Object.keys(answer), ['evaluations'], JSON.stringify(answer));
  if (!('evaluations' in answer)) assert.fail();
  return answer.evaluations.map(shaped);
};

/** A decision as the specification has it: a boolean, and a context that is an object. @param {EvaluationDecision} answer */
function shaped(answer) {
  assert.deepEqual(Object.keys(answer), ['decision', 'context']);
  const { decision, context } = answer;
  assert.equal(typeof decision, 'boolean');
  assert.ok(context.codes.length > 0);
  assert.deepEqual(Object.keys(context.reason_admin), context.codes);
  assert.deepEqual(Object.keys(context.reason_user), context.codes);
  for (const code of context.codes) assert.equal(code.startsWith('allow.'), decision, code);
  for (const reasons of [context.reason_admin, context.reason_user]) {
    for (const text of Object.values(reasons)) assert.ok(text.length > 10, text);
  }
  assert.equal(JSON.stringify(JSON.parse(JSON.stringify(answer))), JSON.stringify(answer));
  return answer;
}

/** What a denial says of a question that was not put to the guard. @param {EvaluationDecision} answer */
const wrong = ({ decision, context: { errors, error } }) => {
  assert.equal(decision, false);
  assert.equal(errors.length, 1);
  return { at: 'at' in errors[0] ? errors[0].at : '', status: error?.status };
};

/** @param {EvaluationDecision[]} answers */
const decisions = (answers) => answers.map(({ decision }) => decision);

describe('the examples of the specification, as they stand there', () => {
  const foreign = { at: 'resource.type', status: undefined };

  test('a question about an account', () => {
    const answer = one({
      subject,
      resource: { type: 'account', id: '123' },
      action: { name: 'can_read', properties: { method: 'GET' } },
      context: { time: '1985-10-26T01:22-07:00' },
    });
    assert.deepEqual(wrong(answer), foreign);
    assert.deepEqual(answer.context.codes, ['deny.guard.error']);
  });

  test('a subject and a resource with properties', () => {
    assert.deepEqual(wrong(one({
      subject: { ...subject, properties: { department: 'Sales', ip_address: '192.0.2.14' } },
      resource: { type: 'book', id: '123', properties: { library_record: { title: 'A title', isbn: '978-0' } } },
      action: { name: 'extend-loan', properties: { period: '2W' } },
    })), foreign);
  });

  test('three questions without, with some, and with all defaults', () => {
    const context = { time: '2024-05-31T15:22-07:00' };
    const resources = ['boxcarring.md', 'subject-search.md', 'resource-search.md'].map((id) => ({ type: 'document', id }));
    for (const request of [
      { evaluations: resources.map((resource) => ({ subject, action: { name: 'can_read' }, resource, context })) },
      { subject, context, evaluations: resources.map((resource) => ({ action: { name: 'can_read' }, resource })) },
      {
        subject, context, action: { name: 'can_read' },
        evaluations: resources.map((resource, nth) => nth === 2 ? { action: { name: 'can_edit' }, resource } : { resource }),
      },
    ]) {
      assert.deepEqual(many(request).map(wrong), [foreign, foreign, foreign]);
    }
  });

  test('an option of somebody else', () => {
    const [answer] = many({
      evaluations: [{ resource: { type: 'doc', id: '1' }, subject: { type: 'doc', id: '2' } }],
      options: { evaluations_semantic: 'execute_all', another_option: 'value' },
    });
    // The example leaves the action out, so the question is not a whole one.
    assert.deepEqual(wrong(answer), { at: 'request', status: 400 });
  });

  test('the three semantics', () => {
    const evaluations = ['1', '2', '3'].map((id) => ({ resource: { type: 'document', id } }));
    const request = { subject, action: { name: 'read' }, evaluations };
    for (const [evaluations_semantic, count] of [['execute_all', 3], ['deny_on_first_deny', 1], ['permit_on_first_permit', 3]]) {
      assert.equal(many({ ...request, options: { evaluations_semantic } }).length, count);
    }
  });
});

describe('the same about details of a profile', () => {
  test('one detail that may be taken', () => {
    const { decision, context } = one({ subject, action, resource: field('headline'), context: { time: '2026-01-01T00:00Z' } });
    assert.equal(decision, true);
    assert.deepEqual([context.codes, context.rules, context.errors], [['allow.members'], ['professional'], []]);
    assert.match(context.reason_admin['allow.members'], /rule professional; audience platform_members; settings sha256:/);
  });

  test('one that may not', () => {
    const { decision, context } = one({ subject, action, resource: field('image') });
    assert.equal(decision, false);
    assert.ok(context.codes.includes('deny.policy.field'));
    assert.ok(context.rules.includes('no-photo'));
    assert.match(context.reason_admin['deny.policy.field'], /rule no-photo/);
    assert.equal(context.error, undefined);
  });

  test('what is said of the subject, and what is not known, changes nothing', () => {
    assert.equal(one({
      subject: { ...subject, properties: { department: 'Sales' } },
      action: { ...action, properties: { method: 'GET' } },
      resource: field('headline', { owner: 'somebody' }),
      context: {},
      foo: 'bar',
      futureField: { nested: true },
    }).decision, true);
  });

  test('three questions without, with some, and with all defaults', () => {
    const resources = ['headline', 'image', 'name'].map((id) => field(id)), resource = field('name');
    for (const request of [
      { evaluations: resources.map((resource) => ({ subject, action, resource })) },
      { subject, evaluations: resources.map((resource) => ({ action, resource })) },
      { subject, action, evaluations: resources.map((resource) => ({ resource })) },
      // What a question says itself counts.
      { subject, action: { name: 'x' }, resource, evaluations: resources.map((resource) => ({ action, resource })) },
    ]) {
      assert.deepEqual(decisions(many(request)), [true, false, true]);
    }
    const [first, second] = many({ subject, action, evaluations: [{ resource }, { resource, action: { name: 'sell' } }] });
    assert.equal(first.decision, true);
    assert.deepEqual(wrong(second), { at: 'action.name', status: undefined });
  });

  test('the three semantics', () => {
    const request = { subject, action, evaluations: ['headline', 'image', 'name'].map((id) => ({ resource: field(id) })) };
    for (const [semantic, expected] of /** @type {[unknown, boolean[]][]} */ ([
      [undefined, [true, false, true]],
      ['execute_all', [true, false, true]],
      ['deny_on_first_deny', [true, false]],
      ['permit_on_first_permit', [true]],
    ])) {
      const options = semantic === undefined ? {} : { evaluations_semantic: semantic };
      assert.deepEqual(decisions(many({ ...request, options })), expected, String(semantic));
    }
    const turned = { ...request, evaluations: request.evaluations.toReversed().slice(1) };
    assert.deepEqual(decisions(many({ ...turned, options: { evaluations_semantic: 'permit_on_first_permit' } })), [false, true]);
    assert.deepEqual(decisions(many({ ...turned, options: { evaluations_semantic: 'deny_on_first_deny' } })), [false]);
  });

  test('no evaluations, or an empty list, is one question', () => {
    for (const more of [{}, { evaluations: [] }]) {
      const answer = evaluations(guard, /** @type {any} */ ({ subject, action, resource: field('headline'), ...more }));
      if ('evaluations' in answer) assert.fail();
      assert.equal(shaped(answer).decision, true);
    }
  });

  test('a use, a mode and an organisation are told', async () => {
    const policy = policyWith((policy) => { policy.modes = { 'linkedin.com': 'observe' }; });
    const managed = { organisation: 'Example Group', forbid: [{ id: 'no-name', says: 'No names.', fields: ['name'] }] };
    const observing = await guardOf({ policy, managed });
    const { decision, context } = one({ subject, action, resource: field('headline') }, {}, observing);
    assert.deepEqual([decision, context.would], [false, 'allow']);
    const name = one({ subject, action, resource: field('name') }, {}, observing);
    assert.equal(name.context.would, 'deny');
    assert.match(name.context.reason_admin['deny.policy.field'], /rule no-name \(set by Example Group\)/);
    const use = one({ subject, action: { ...action, properties: { use: 'nothing-such' } }, resource: field('headline') });
    assert.equal(use.decision, false);
    assert.ok(use.context.errors.some((error) => 'clause' in error && error.clause === 'use'), JSON.stringify(use));
  });

  test('sentences for people come from where they are kept', () => {
    const sentences = JSON.parse(readFileSync(new URL('../../extension/_locales/fr/messages.json', import.meta.url), 'utf8'));
    const request = { subject, action, resource: field('image') };
    const { context } = one(request, { sentences });
    assert.equal(context.reason_user['deny.policy.field'], sentences.reason_deny_policy_field.message);
    const broken = one({ ...request, resource: { ...request.resource, type: 'x' } }, { sentences });
    assert.equal(broken.context.reason_user['deny.guard.error'], sentences.reason_deny_guard_error.message);
  });
});

describe('what cannot be answered is denied, with its reason', () => {
  const resource = field('headline');
  /** A question about a field of which something else is said. @param {object} more */
  const about = (more) => ({ subject, action, resource: field('headline', more) });
  /** @type {[string, unknown, string, number?][]} */
  const cases = [
    ['nothing', undefined, 'request', 400],
    ['a text', 'capture', 'request', 400],
    ['a list', [], 'request', 400],
    ['no subject', { action, resource }, 'request', 400],
    ['a subject that is a text', { subject: 'ada', action, resource }, 'request', 400],
    ['a subject without type', { subject: { id: 'ada' }, action, resource }, 'request', 400],
    ['a subject without id', { subject: { type: 'user' }, action, resource }, 'request', 400],
    ['no action', { subject, resource }, 'request', 400],
    ['an action without name', { subject, action: {}, resource }, 'request', 400],
    ['an action with a number for a name', { subject, action: { name: 7 }, resource }, 'request', 400],
    ['no resource', { subject, action }, 'request', 400],
    ['a resource without type', { subject, action, resource: { ...resource, type: undefined } }, 'request', 400],
    ['a resource without id', { subject, action, resource: { ...resource, id: undefined } }, 'request', 400],
    ['properties that are a list', { subject, action, resource: { ...resource, properties: [] } }, 'request', 400],
    ['a context that is a text', { subject, action, resource, context: 'now' }, 'request', 400],
    ['an inherited subject', Object.assign(Object.create({ subject }), { action, resource }), 'request', 400],
    ['another action', { subject, action: { name: 'sell' }, resource }, 'action.name'],
    ['no properties', { subject, action, resource: { type: 'profile_field', id: 'headline' } }, 'resource.properties.site'],
    ['no site', about({ site: undefined }), 'resource.properties.site'],
    ['no relation', about({ relation: undefined }), 'resource.properties.relation'],
    ['no signals', about({ signals: undefined }), 'resource.properties.signals'],
    ['no evidence', about({ evidence: undefined }), 'resource.properties.evidence'],
    ['no states', about({ states: undefined }), 'resource.properties.states'],
    ['an unknown field', { subject, action, resource: field('shoeSize') }, 'resource.id'],
    ['a field that every object has', { subject, action, resource: field('__proto__') }, 'resource.id'],
    ['an unknown relation', about({ relation: 'friend' }), 'resource.properties.relation'],
    ['an unknown signal', about({ signals: ['no'] }), 'resource.properties.signals[0]'],
    ['an unknown state', about({ states: ['ok'] }), 'resource.properties.states[0]'],
    ['an unknown country', about({ country: 'fr' }), 'resource.properties.country'],
    ['a site that is an address', about({ site: 'https://x.com/' }), 'resource.properties.site'],
    ['evidence that is none', about({ evidence: [1] }), 'resource.properties.evidence[0].kind'],
    ['a use that is no text', { subject, action: { ...action, properties: { use: 7 } }, resource }, 'action.properties.use'],
  ];
  for (const [what, request, at, status] of cases) {
    test(what, () => assert.deepEqual(wrong(one(request)), { at, status }));
  }

  test('in a batch it does not keep the others from being answered', () => {
    const answers = many({ subject, action, evaluations: [...cases.map(([, question]) => question), { resource }] });
    assert.equal(answers.length, cases.length + 1);
    assert.equal(answers.at(-1)?.decision, true);
    for (const [nth, [what, , at]] of cases.entries()) {
      // What a question leaves out may come from the defaults.
      if (/^no (subject|action)$|^an inherited/.test(what)) continue;
      assert.equal(wrong(answers[nth]).at, at, what);
    }
  });

  test('a batch that is none', () => {
    const request = { subject, action, resource };
    for (const broken of [
      { ...request, evaluations: {} }, { ...request, evaluations: null }, { ...request, evaluations: [{}], options: [] },
      ...[null, '', 'first', 7, 'constructor'].map((evaluations_semantic) => (
        { ...request, evaluations: [{}], options: { evaluations_semantic } })),
      null,
    ]) {
      const answer = evaluations(guard, /** @type {any} */ (broken));
      if ('evaluations' in answer) assert.fail(JSON.stringify(broken));
      assert.equal(wrong(shaped(answer)).status, 400, JSON.stringify(broken));
    }
  });

  test('a guard that fails, or is none', () => {
    const failing = { evaluate() { throw new Error('lea.morel@example.org'); } };
    const lying = { evaluate: () => ({ policy: '', verdicts: [{ field: 'email', decision: 'allow', reasons: [] }] }) };
    for (const broken of [failing, lying, {}, undefined, { evaluate: () => ({ policy: '', verdicts: [] }) }]) {
      const answer = shaped(evaluation(/** @type {any} */ (broken), /** @type {any} */ ({ subject, action, resource })));
      assert.equal(answer.decision, false);
      assert.ok(!JSON.stringify(answer).includes('lea.morel'));
    }
  });
});
