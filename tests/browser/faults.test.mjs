/**
 * Whatever fails, and whenever a worker ends, while something is written: no value is given out without its entry, no entry names a card that is not there
 * (unless a later one says that it is gone), no key is left that no card needs, and the log verifies.
 *
 * `SCRUPLE_SEED` and `SCRUPLE_SCHEDULES` name another seed and a number of random schedules, for a longer run.
 */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { denies, fits, verified } from './faults-hold.mjs';
import { CHEAP, prepare, work } from './faults.mjs';
import { DEFAULT_POLICY, extensionCopy, launch, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */
/** @typedef {import('./faults.mjs').Order} Order */
/** @typedef {import('./faults.mjs').Told} Told */
/** @typedef {import('./faults.mjs').Disk} Disk */

const { SCRUPLE_BIN, SCRUPLE_SEED = '1', SCRUPLE_SCHEDULES } = process.env;

/** How long random schedules go on where nobody asked for a number of them, in milliseconds. */
const AWHILE = 30_000;

/** How long the cards of these tests are kept, in days. */
const KEPT = 30;

/** A site of the tests, so that no change to an adapter of the product changes what is tried here. */
const ADAPTER = {
  id: 'example', version: '1.0.0', rests_on: 'A page that is played by the test.', hosts: ['network.example'], profile_paths: ['/in/*'],
  layouts: [['limited', 'h1.limited'], ['profile', 'h1.name']].map(([id, anchor]) => ({
    id, view: 'signed_out', anchors: [anchor], owner: { css: 'main.person' }, fields: { name: [{ css: '.name' }], headline: [{ css: '.headline' }] },
  })),
  audience: [
    { fields: ['name', 'headline'], when: ['signed_out'], kind: 'signed_out_view', bound: 'public_web' },
    { fields: ['headline'], layouts: ['limited'], kind: 'site_rule', bound: 'connections_1' },
  ],
};
const setup = { cheap: CHEAP, policy: JSON.stringify({ ...JSON.parse(readFileSync(DEFAULT_POLICY, 'utf8')), retention: { days: KEPT } }), adapter: JSON.stringify(ADAPTER) };

const extension = extensionCopy();
writeFileSync(join(extension, 'guard/faults.js'), `import { createGuard } from "./index.js";\nimport * as safe from "./safe.js";\n(${work})({ createGuard, safe, setup: ${JSON.stringify(setup)} });\n`);
writeFileSync(join(extension, 'faults.html'), '<!doctype html><title>faults</title>');
const manifest = JSON.parse(readFileSync(join(extension, 'manifest.json'), 'utf8'));
// Pages of the extension start no workers of their own, and its stores have no limit: both are needed here.
manifest.content_security_policy.extension_pages = manifest.content_security_policy.extension_pages.replace(/; require-trusted-types-for.*/, '');
manifest.permissions = manifest.permissions.filter((/** @type {string} */ name) => name !== 'unlimitedStorage');
writeFileSync(join(extension, 'manifest.json'), JSON.stringify(manifest));

/** @type {Session} */ let session;
/** @type {Page} */ let page;
/** Days since the beginning, by the clock of the workers. It only goes forwards. */ let today = 0;

before(async () => {
  session = await launch({ ready: true, extension });
  page = await session.desk('faults.html');
  await page.evaluate(`(${prepare})()`);
});
after(async () => {
  await session?.close();
  rmSync(extension, { recursive: true, force: true });
});
beforeEach(() => page.evaluate(() => /** @type {any} */ (globalThis).faults.forget()));

/** Has a worker do something. @param {string} worker @param {Order} order @returns {Promise<Told>} */
const order = (worker, order) => page.evaluate((worker, order) => /** @type {any} */ (globalThis).faults.order(worker, order), worker, { days: today, ...order });
/** Has one do what must come out well. @param {string} worker @param {Order} one */
async function well(worker, one) {
  const { answer, error } = await order(worker, one);
  return error ? assert.fail(`${one.what}: ${JSON.stringify(error)}`) : answer;
}
/** @returns {Promise<Disk>} */
const disk = () => page.evaluate(() => /** @type {any} */ (globalThis).faults.disk());
/** @param {string} database @param {string} part @param {string | number} key @param {unknown} value */
const write = (database, part, key, value) => page.evaluate((...what) => /** @type {any} */ (globalThis).faults.write(...what), database, part, key, value);
/** @param {string} database @returns {Promise<Record<string, { keys: any[], values: any[] }>>} */
const contents = (database) => page.evaluate((database) => /** @type {any} */ (globalThis).faults.contents(database), database);

/** What is on the disk fits, a sweep takes every key that no card needs, and the log verifies. @param {string} worker @param {string} when @param {Told[]} [told] */
async function sound(worker, when, told = []) {
  fits(await disk(), when, told);
  // The lock of a worker that ended goes a moment later.
  const swept = await until('keys without a card to go', async () => {
    await well(worker, { what: 'sweep' });
    const there = await disk();
    return there.safe.length === there.keys.length ? there : undefined;
  });
  fits(swept, `${when}, and a sweep`);
  assert.deepEqual(swept.files.sort(), [...new Set(swept.keys.map((key) => key.split('.')[0]))].sort(), `${when}: files of the safe`);
  const { said, sound } = await verified(await well(worker, { what: 'export' }));
  assert.ok(sound, `${when}: ${said}`);
  return swept;
}

/**
 * What is tried at every step: how things stand before, what is done then, and what else must hold afterwards. What is not there any more is made anew.
 * @type {Record<string, { before: (worker: string) => Promise<unknown>, order: Order, after?: (worker: string, when: string) => Promise<unknown> }>}
 */
const PATHS = {
  'a first capture': { before: async () => page.evaluate(() => /** @type {any} */ (globalThis).faults.forget()), order: { what: 'capture', who: 'anna' } },
  'a capture': { before: async (worker) => { await has(worker, 'bela'); await well(worker, { what: 'erase', who: 'anna' }); }, order: { what: 'capture', who: 'anna' } },
  'the same person again': { before: (worker) => has(worker, 'anna'), order: { what: 'capture', who: 'anna' } },
  'a refusal': { before: async () => {}, order: { what: 'refuse', who: 'anna' } },
  'an erasure': { before: async (worker) => { await has(worker, 'bela'); await has(worker, 'anna'); }, order: { what: 'erase', who: 'anna' } },
  'a purge': { before: async (worker) => { await has(worker, 'anna'); today += KEPT + 1; await well(worker, { what: 'capture', who: 'bela' }); }, order: { what: 'purge' } },
  'a sweep': { before: async (worker) => { await has(worker, 'anna'); await well(worker, { what: 'stray' }); }, order: { what: 'sweep' } },
  'a review': { before: async (worker) => { await limited(worker, 'anna'); }, order: { what: 'review', who: 'anna' } },
  'a contact': { before: (worker) => has(worker, 'anna'), order: { what: 'contacted', who: 'anna' } },
  'a search': {
    // Whoever is captured anew takes the part away that they were in.
    before: async (worker) => { await has(worker, 'bela'); await well(worker, { what: 'capture', who: 'anna' }); }, order: { what: 'search' }, after: findsAll,
  },
  'an export': { before: async (worker) => { await has(worker, 'anna'); }, order: { what: 'rotate' } },
};

/** Makes sure that somebody has to look at the card of a person, who limits by now who may see a part of it. @param {string} worker @param {string} who */
async function limited(worker, who) {
  const waits = async () => (await well(worker, { what: 'card', who }))?.review.includes('headline');
  if (await waits()) return;
  await well(worker, { what: 'capture', who });
  await well(worker, { what: 'restrict', who });
  assert.ok(await waits());
}

/** A search finds everybody who is there, and nobody else. @param {string} worker @param {string} when */
async function findsAll(worker, when) {
  const found = await well(worker, { what: 'search' }), there = await disk();
  assert.deepEqual(found.toSorted(), there.rows.map(({ id }) => id).sort(), `${when}: what is found`);
  fits(there, `${when}, and a search`);
  assert.equal(there.parts.length, 1, `${when}: parts`);
}

/** Makes sure that there is a card of somebody. @param {string} worker @param {string} who */
async function has(worker, who) {
  if (await well(worker, { what: 'card', who }) === null) assert.equal((await well(worker, { what: 'capture', who })).kind, 'captured');
}

describe('at every step', () => {
  for (const fault of /** @type {const} */ (['stop', 'fail', 'abort'])) {
    for (const [name, { before, order: what, after }] of Object.entries(PATHS)) {
      test(`${name}: ${fault}`, { timeout: 900_000 }, async (t) => {
        let at = 1;
        for (; ; at += 1) {
          await before('one');
          const told = await order('one', { ...what, plan: { at, fault } });
          if (told.met === null) break;
          const when = `${name}, ${fault} at ${told.met}`;
          if (told.error) assert.deepEqual([told.error.name, told.error.code], ['ScrupleError', 'guard_failed'], `${when}: ${JSON.stringify(told.error)}`);
          if (told.answer?.codes && told.answer.kind === 'refused') denies(told.answer.codes, when);
          await sound('one', when, [told]);
          await after?.('one', when);
        }
        assert.ok(at > 2, `only ${at - 1} steps`);
        t.diagnostic(`${at - 1} steps`);
      });
    }
    test(`a restore: ${fault}`, { timeout: 900_000 }, async (t) => {
      await has('one', 'anna');
      const { file } = await well('one', { what: 'save' }), restore = { what: 'restore', file }, before = (await disk()).entries;
      let at = 1, halves = 0;
      for (; ; at += 1) {
        await page.evaluate(() => /** @type {any} */ (globalThis).faults.forget());
        const told = await order('one', { ...restore, plan: { at, fault } }), when = `a restore, ${fault} at ${told.met}`;
        if (told.error) assert.deepEqual([told.error.name, told.error.code], ['ScrupleError', 'guard_failed'], `${when}: ${JSON.stringify(told.error)}`);
        if (await well('one', { what: 'half' })) {
          assert.ok(fault === 'stop', `${when}: half of it was left`);
          halves += 1;
          await deniesAll('one', when, halves === 1 ? ['card', 'newest', 'search', 'export', 'save', 'contacted', 'review', 'purge', 'erase'] : ['card']);
          // One way out or the other.
          if (halves % 2 === 0) {
            await well('one', { what: 'discard' });
            assert.deepEqual(await disk(), { rows: [], parts: [], keys: [], entries: [], safe: [], files: [] }, `${when}, and thrown away`);
          }
        }
        const again = await order('one', restore), isThere = told.met === null || again.error;
        if (isThere) assert.equal(again.error?.detail, 'store_not_empty', `${when}, and once more`);
        const { rows, entries } = await sound('one', when);
        assert.deepEqual([rows.length, entries], [1, before], when);
        if (told.met === null) break;
      }
      await findsAll('one', 'a restore');
      assert.ok(at > 10 && (halves > 10 || fault !== 'stop'), `only ${at - 1} steps, ${halves} halves`);
      t.diagnostic(`${at - 1} steps, half restored at ${halves}`);
    });
  }
});

/** While a backup is half restored, nothing is captured, given out, changed or deleted. @param {string} worker @param {string} when @param {string[]} asked what is asked beside */
async function deniesAll(worker, when, asked) {
  const before = await contents('scruple'), { answer } = await order(worker, { what: 'capture', who: 'anna' });
  assert.deepEqual([answer?.kind, answer?.card], ['refused', null], when);
  denies(answer?.codes, when);
  for (const what of asked) {
    const { error } = await order(worker, { what, who: 'anna' });
    assert.equal(error?.code, 'guard_failed', `${when}: ${what}`);
  }
  assert.deepEqual(await contents('scruple'), before, `${when}: nothing changed`);
}

describe('beside the steps', () => {
  test('a capture that nobody waited for to its end keeps its key, whatever a sweep finds meanwhile', async () => {
    const late = await order('one', { what: 'capture', who: 'anna', late: 2000 });
    assert.equal(late.error?.code, 'guard_timeout');
    assert.deepEqual((await disk()).rows, [], 'it is on its way');
    await well('two', { what: 'sweep' });
    const { rows, safe } = await until('the card', async () => { const there = await disk(); return there.rows.length > 0 ? there : undefined; });
    assert.deepEqual(safe, rows.map(({ key }) => key));
    assert.match(JSON.stringify(await well('two', { what: 'card', who: 'anna' })), /Jonas Weber anna/);
    // It was settled at its end: what comes for the same person later takes its place, key and all.
    await well('two', { what: 'erase', who: 'anna' });
    assert.deepEqual((await sound('two', 'late')).safe, []);
  });

  test('a disk that is full', async (t) => {
    await has('one', 'anna');
    const client = await page.createCDPSession(), origin = `chrome-extension://${session.id}`;
    const before = await disk();
    await client.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
    const told = [];
    for (const who of ['anna', 'bela']) told.push(await order('one', { what: 'capture', who }));
    const after = await disk();
    await client.send('Storage.overrideQuotaForOrigin', { origin });
    t.diagnostic(JSON.stringify(told.map(({ answer }) => answer?.problem)));
    for (const { answer } of told) {
      assert.deepEqual([answer?.kind, answer?.card, answer?.problem], ['refused', null, { code: 'deny.guard.error', detail: 'storage_full' }]);
      assert.deepEqual(answer?.codes, ['deny.guard.error']);
    }
    fits(after, 'a full disk', told);
    assert.deepEqual(after.rows, before.rows, 'nothing is lost');
    assert.match(JSON.stringify(await well('one', { what: 'card', who: 'anna' })), /Jonas Weber anna/);
    await has('one', 'bela');
    await sound('one', 'a disk that was full');
  });

  /** @type {[Order, number, string[]][]} what happens while a backup is saved, how often it is begun then, and who is in it */
  const overtaking = [
    [{ what: 'refuse', who: 'carla' }, 1, ['anna', 'bela']],
    [{ what: 'capture', who: 'carla' }, 2, ['anna', 'bela', 'carla']], [{ what: 'capture', who: 'anna' }, 2, ['anna', 'bela']],
    [{ what: 'erase', who: 'anna' }, 2, ['bela']], [{ what: 'contacted', who: 'anna' }, 2, ['anna', 'bela']], [{ what: 'restrict', who: 'anna' }, 2, ['anna', 'bela']],
  ];
  for (const [meanwhile, attempts, people] of overtaking) {
    test(`saved as a whole, whatever happens meanwhile: ${meanwhile.what} ${meanwhile.who}`, async () => {
      for (const who of ['anna', 'bela']) await has('one', who);
      const before = (await disk()).entries.length, saved = await well('one', { what: 'save', meanwhile }), now = (await disk()).entries;
      assert.ok(now.length > before, 'it happened');
      assert.equal(saved.attempts, attempts);
      await page.evaluate(() => /** @type {any} */ (globalThis).faults.forget());
      await well('one', { what: 'restore', file: saved.file });
      const { rows, entries } = await sound('one', 'a backup');
      assert.deepEqual(entries, now.slice(0, attempts === 1 ? before : now.length), 'the log as it was when it was begun');
      assert.equal(rows.length, people.length);
      for (const who of people) assert.match(JSON.stringify(await well('one', { what: 'card', who })), new RegExp(`Jonas Weber ${who}`));
    });
  }

  /** What is on the disk, to the last letter. */
  const everything = () => contents('scruple');

  for (const [what, spoil] of /** @type {[string, (text: string) => unknown][]} */ ([
    ['no text', () => 7], ['nothing', () => ''], ['cut off', (text) => text.slice(0, -9)], ['another form', () => '{"size":1}'],
    ['a tree with a hash too many', (text) => text.replace(/"([0-9a-f]{64})"/, '"$1","$1"')],
  ])) {
    test(`the end of the log is damaged: ${what}`, async () => {
      await has('one', 'anna');
      const { meta: { keys: [key], values: [head] } } = await everything();
      assert.notEqual(spoil(head), head);
      await write('scruple', 'meta', key, spoil(head));
      const before = await everything();
      for (const who of ['anna', 'bela']) {
        const { answer } = await order('one', { what: 'capture', who });
        assert.deepEqual([answer?.kind, answer?.card, answer?.codes, answer?.problem?.code], ['refused', null, ['deny.guard.error'], 'deny.guard.error']);
        assert.ok(!answer.text.includes('Jonas Weber'));
      }
      for (const what of ['purge', 'export', 'erase', 'newest']) assert.equal((await order('one', { what, who: 'anna' })).error?.code, 'guard_failed', what);
      assert.deepEqual(await everything(), before, 'nothing is lost, and nothing comes on top of it');
      await write('scruple', 'meta', key, head);
      await sound('one', what);
      assert.match(JSON.stringify(await well('one', { what: 'card', who: 'anna' })), /Jonas Weber anna/);
    });
  }

  test('an entry is damaged: what is handed out says so', async () => {
    for (const who of ['anna', 'bela', 'carla']) await has('one', who);
    const { entries: { keys, values } } = await everything();
    for (const spoilt of [undefined, 7]) {
      await write('scruple', 'entries', keys[1], spoilt);
      assert.equal((await order('one', { what: 'export' })).error?.code, 'guard_failed');
    }
    await write('scruple', 'entries', keys[1], values[1].replace('captured', 'refused'));
    const found = await verified(await well('one', { what: 'export' }));
    assert.ok(!SCRUPLE_BIN || !found.sound && /not verified.*checkpoint/.test(found.said), `it says: ${JSON.stringify(found)}`);
    await write('scruple', 'entries', keys[1], values[1]);
    // One that stands where the next has to come is not written over.
    const next = (await everything()).entries.keys.length;
    await write('scruple', 'entries', next, 'mine');
    const { answer } = await order('one', { what: 'capture', who: 'dora' });
    assert.deepEqual([answer?.kind, answer?.card, answer?.codes], ['refused', null, ['deny.guard.error']]);
    assert.equal((await everything()).entries.values.at(-1), 'mine');
    await write('scruple', 'entries', next, undefined);
    await sound('one', 'an entry that was damaged');
  });

  /** @type {[string, (row: any) => unknown, boolean | null][]} what is spoilt, and whether the row can be read as one still; null: not the name of its key */
  const rows = [
    ['no row', () => 7, false], ['no identity', ({ id, ...rest }) => rest, false], ['no deadline', ({ ends, ...rest }) => rest, false], ['a deadline that is none', (row) => ({ ...row, expires: 'never' }), false],
    ['nothing sealed', ({ sealed, ...rest }) => rest, false], ['another text', (row) => ({ ...row, sealed: row.sealed.replace(/.{8}$/, 'AAAAAAA=') }), true],
    ['no Base64', (row) => ({ ...row, sealed: row.sealed.replace(/.$/, '*') }), true], ['no vector', (row) => ({ ...row, sealed: row.sealed.split(' ').slice(0, 1).join(' ') }), true],
    ['no key', (row) => ({ ...row, sealed: `key ${row.sealed}` }), null],
  ];
  for (const [what, spoil, readable] of rows) {
    test(`a card is damaged: ${what}`, async () => {
      for (const who of ['anna', 'bela']) await has('one', who);
      const annas = await well('one', { what: 'card', who: 'anna' }), { cards: { keys, values } } = await everything();
      const at = values.findIndex(({ id }) => id === annas.id), whole = values[at];
      await write('scruple', 'cards', keys[at], spoil(whole));
      const before = await everything(), { error, answer } = await order('one', { what: 'card', who: 'anna' });
      assert.equal(error?.name, 'ScrupleError', JSON.stringify({ error, answer }));
      assert.equal(error?.code, 'guard_failed', JSON.stringify(error));
      assert.match(JSON.stringify(await well('one', { what: 'card', who: 'bela' })), /Jonas Weber bela/, 'the others can be read');
      const again = readable === null ? null : await order('one', { what: 'capture', who: 'anna' });
      if (readable === null) await write('scruple', 'cards', keys[at], whole);
      else if (readable) {
        assert.equal(again?.answer?.card, annas.id, 'it is replaced');
        assert.match(JSON.stringify(await well('one', { what: 'card', who: 'anna' })), /Jonas Weber anna/);
      } else {
        assert.deepEqual([again?.answer?.kind, again?.answer?.card], ['refused', null]);
        denies(again?.answer?.codes, what);
        assert.ok(!again?.answer?.text.includes('Jonas Weber'));
        assert.equal((await order('one', { what: 'erase', who: 'anna' })).error?.code, 'guard_failed');
        // The refusal is noted; beside that nothing comes or goes.
        const { cards, keys: names, entries } = await everything(), count = before.entries.values.length;
        assert.deepEqual([cards, names, entries.values.slice(0, count)], [before.cards, before.keys, before.entries.values], 'nothing is lost');
        assert.deepEqual(entries.values.slice(count).map((/** @type {string} */ entry) => JSON.parse(entry).kind), ['refused']);
        await write('scruple', 'cards', keys[at], whole);
        assert.match(JSON.stringify(await well('one', { what: 'card', who: 'anna' })), /Jonas Weber anna/);
      }
      await sound('one', what);
    });
  }

  test('a bucket of the safe is damaged: told of, and nothing else is lost', async () => {
    for (const who of ['anna', 'bela']) await has('one', who);
    const bucket = Number((await disk()).rows[0]?.key.split('.')[0]);
    await page.evaluate((bucket) => /** @type {any} */ (globalThis).faults.spoil(bucket), bucket);
    for (const who of ['anna', 'bela']) assert.deepEqual((await order('one', { what: 'card', who })).error?.detail, 'safe_damaged');
    await has('one', 'carla');
    await well('one', { what: 'sweep' });
    assert.deepEqual((await order('one', { what: 'card', who: 'anna' })).error?.detail, 'safe_damaged', 'nobody erased it, and that stays known');
    assert.match(JSON.stringify(await well('one', { what: 'card', who: 'carla' })), /Jonas Weber carla/);
    // Captured again, or erased, the card goes like any other.
    assert.equal((await well('one', { what: 'capture', who: 'anna' })).kind, 'captured');
    assert.match(JSON.stringify(await well('one', { what: 'card', who: 'anna' })), /Jonas Weber anna/);
    assert.equal(await well('one', { what: 'erase', who: 'bela' }), true);
    await well('one', { what: 'sweep' });
    const { said, sound } = await verified(await well('one', { what: 'export' }));
    assert.ok(sound, said);
    assert.equal((await disk()).rows.length, 2);
  });
});

describe('two windows at once', () => {
  /** @type {[string, Order, Order][]} */
  const pairs = [
    ['the same person', { what: 'capture', who: 'anna' }, { what: 'capture', who: 'anna' }], ['different people', { what: 'capture', who: 'anna' }, { what: 'capture', who: 'bela' }],
    ['erased while captured', { what: 'capture', who: 'anna' }, { what: 'erase', who: 'anna' }], ['swept while captured', { what: 'capture', who: 'carla' }, { what: 'sweep' }],
    ['erased twice', { what: 'erase', who: 'anna' }, { what: 'erase', who: 'anna' }], ['handed out while captured', { what: 'rotate' }, { what: 'capture', who: 'anna' }],
    ['read while erased', { what: 'card', who: 'bela' }, { what: 'erase', who: 'bela' }],
  ];
  for (const [name, ...both] of pairs) {
    test(name, async () => {
      await has('one', 'bela');
      for (let round = 0; round < 5; round += 1) {
        const told = await Promise.all(both.map((one, i) => order(i === 0 ? 'one' : 'two', one)));
        for (const { error } of told) assert.equal(error, undefined);
        for (const { answer } of told) if (answer?.kind) assert.equal(answer.kind, 'captured');
        if (name === 'erased twice') assert.ok(told.filter(({ answer }) => answer).length < 2, 'once');
        fits(await disk(), `${name}, round ${round}`, both.every(({ what }) => what === 'capture') ? told : []);
      }
      await sound('two', name);
    });
  }
});

/** Pseudo-random numbers that are the same for the same seed: SplitMix32. */
class Random {
  /** @param {number} seed */
  constructor(seed) { this.state = seed | 0; }

  /** One of so many, from 0. @param {number} end */
  below(end) {
    this.state = this.state + 0x9e3779b9 | 0;
    let mixed = this.state ^ this.state >>> 16;
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed = Math.imul(mixed ^ mixed >>> 15, 0x735a2d97);
    return ((mixed ^ mixed >>> 15) >>> 0) % end;
  }

  /** @template T @param {readonly T[]} some @returns {T} */
  of(some) { return /** @type {T} */ (some[this.below(some.length)]); }
}

test('random schedules', { timeout: 86_400_000 }, async (t) => {
  const first = Number(SCRUPLE_SEED), most = Number(SCRUPLE_SCHEDULES ?? Infinity), until = SCRUPLE_SCHEDULES ? Infinity : Date.now() + AWHILE;
  const people = ['anna', 'bela', 'carla'], whats = ['capture', 'capture', 'capture', 'capture', 'refuse', 'restrict', 'erase', 'erase', 'review', 'review', 'contacted', 'search', 'search', 'purge', 'sweep', 'stray', 'export', 'rotate', 'card'];
  /** @type {Record<string, number>} */ const came = { stop: 0, fail: 0, abort: 0, captured: 0, refused: 0, errors: 0, cards: 0, gone: 0 };
  let count = 0;
  for (; count < most && Date.now() < until; count += 1) {
    const random = new Random(first + count), when = `seed ${first + count}`;
    // A log of many schedules is a log of weeks, and goes through what a new one does not.
    if (random.below(25) === 0) await page.evaluate(() => /** @type {any} */ (globalThis).faults.forget());
    const told = (await Promise.all(['one', 'two'].map(async (worker, i) => {
      const mine = new Random(first * 7919 + count * 2 + i), /** @type {Told[]} */ all = [];
      for (let left = 1 + mine.below(4); left > 0; left -= 1) {
        const fault = mine.of(/** @type {const} */ (['stop', 'stop', 'fail', 'abort', null, null])), plan = fault && { fault, at: 1 + mine.below(mine.of([8, 60])) };
        const one = await order(worker, { what: mine.of(whats), who: mine.of(people), plan });
        if (one.met && fault) came[fault] += 1;
        if (one.error) came.errors += 1;
        if (one.answer?.kind) came[one.answer.kind] += 1;
        all.push(one);
      }
      return all;
    }))).flat();
    for (const { error } of told) assert.ok(!error || error.name === 'ScrupleError', `${when}: ${JSON.stringify(error)}`);
    // What is read is given out too, and not by a capture.
    const there = await sound(random.of(['one', 'two']), when, told.filter(({ answer }) => answer?.kind));
    came.cards += there.rows.length;
    came.gone += there.entries.filter((text) => /"kind":"(erased|purged)"/.test(String(text))).length;
    today += random.of([0, 0, 0, 1, 7, KEPT]);
  }
  t.diagnostic(`${count} schedules from seed ${first}: ${JSON.stringify(came)}`);
  assert.ok(count > 0 && Object.values(came).every((each) => each > 0), JSON.stringify(came));
});
