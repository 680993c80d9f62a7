/**
 * Whatever fails, and whenever a worker ends, while something is written: no value is given out without its entry, no entry names a card that is not there
 * (unless a later one says that it is gone), no key is left that no card needs, and the log verifies.
 *
 * `SCRUPLE_SEED` and `SCRUPLE_SCHEDULES` name another seed and a number of random schedules, for a longer run.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { denies, fits, verified } from './faults-hold.mjs';
import { KEPT, atEveryStep, clock, contents, disk, forget, has, order, page, session, sound, well, write } from './faults-play.mjs';
import { until } from './harness.mjs';

/** @typedef {import('./faults.mjs').Order} Order */
/** @typedef {import('./faults.mjs').Told} Told */

const { SCRUPLE_BIN, SCRUPLE_SEED = '1', SCRUPLE_SCHEDULES } = process.env;

/** How long random schedules go on where nobody asked for a number of them, in milliseconds. */
const AWHILE = 30_000;

/** @type {Record<string, import('./faults-play.mjs').Path>} */
const PATHS = {
  'a first capture': { before: forget, order: { what: 'capture', who: 'anna' } },
  'a capture': { before: async (worker) => { await has(worker, 'bela'); await well(worker, { what: 'erase', who: 'anna' }); }, order: { what: 'capture', who: 'anna' } },
  'the same person again': { before: (worker) => has(worker, 'anna'), order: { what: 'capture', who: 'anna' } },
  'a refusal': { before: async () => {}, order: { what: 'refuse', who: 'anna' } },
  'an erasure': { before: async (worker) => { await has(worker, 'bela'); await has(worker, 'anna'); }, order: { what: 'erase', who: 'anna' } },
  'a purge': { before: async (worker) => { await has(worker, 'anna'); clock.today += KEPT + 1; await well(worker, { what: 'capture', who: 'bela' }); }, order: { what: 'purge' } },
  'a sweep': { before: async (worker) => { await has(worker, 'anna'); await well(worker, { what: 'stray' }); }, order: { what: 'sweep' } },
  'an export': { before: async (worker) => { await has(worker, 'anna'); }, order: { what: 'rotate' } },
};

describe('at every step', () => atEveryStep(PATHS));

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
        const { answer } = await order('another', { what: 'capture', who });
        assert.deepEqual([answer?.kind, answer?.card, answer?.codes, answer?.problem?.code], ['refused', null, ['deny.guard.error'], 'deny.guard.error']);
        assert.ok(!answer.text.includes('Jonas Weber'));
      }
      for (const what of ['purge', 'export', 'erase', 'newest']) assert.equal((await order('another', { what, who: 'anna' })).error?.code, 'guard_failed', what);
      assert.deepEqual(await everything(), before, 'nothing is lost, and nothing comes on top of it');
      // Who remembers how it was refuses too, as nothing can be looked up, and notes that: with it the end of the log is whole again.
      assert.equal((await order('one', { what: 'capture', who: 'bela' })).answer?.kind, 'refused');
      await has('one', 'bela');
      await sound('another', what);
      for (const who of ['anna', 'bela']) assert.match(JSON.stringify(await well('another', { what: 'card', who })), new RegExp(`Jonas Weber ${who}`));
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
    // One that stands where the next has to come is not written over. After an export only the end of the log says that the clock was looked at.
    await has('one', 'dora');
    const next = (await everything()).entries.keys.length;
    await write('scruple', 'entries', next, 'mine');
    const { answer } = await order('one', { what: 'capture', who: 'emil' });
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
  /** @type {Record<string, number>} */ const came = { stop: 0, fail: 0, abort: 0, captured: 0, refused: 0, errors: 0, cards: 0, gone: 0, judged: 0 };
  let count = 0;
  for (; count < most && Date.now() < until; count += 1) {
    const random = new Random(first + count), when = `seed ${first + count}`;
    // A log of many schedules is a log of weeks, and goes through what a new one does not.
    if (random.below(25) === 0) await forget();
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
    clock.today += random.of([0, 0, 0, 1, 7, KEPT]);
  }
  t.diagnostic(`${count} schedules from seed ${first}: ${JSON.stringify(came)}`);
  assert.ok(count > 0 && Object.values(came).every((each) => each > 0), JSON.stringify(came));
});
