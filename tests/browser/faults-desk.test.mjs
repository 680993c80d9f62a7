/**
 * Faults in what people do at the desk: looking at what was restricted, noting contacts, searching, and moving to a new machine. What must hold is what must hold
 * of captures (`faults.test.mjs`); beside that, half a backup is no state.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { denies, fits } from './faults-hold.mjs';
import { FAULTS, atEveryStep, contents, disk, forget, has, order, sound, well } from './faults-play.mjs';

/** @typedef {import('./faults.mjs').Order} Order */

/** @type {Record<string, import('./faults-play.mjs').Path>} */
const PATHS = {
  'a review': { before: async (worker) => { await limited(worker, 'anna'); }, order: { what: 'review', who: 'anna' } },
  'a contact': { before: (worker) => has(worker, 'anna'), order: { what: 'contacted', who: 'anna' } },
  'a search': {
    // Whoever is captured anew takes the part away that they were in.
    before: async (worker) => { await has(worker, 'bela'); await well(worker, { what: 'capture', who: 'anna' }); }, order: { what: 'search' }, after: findsAll,
  },
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

describe('at every step', () => {
  atEveryStep(PATHS);
  for (const fault of FAULTS) {
    test(`a restore: ${fault}`, { timeout: 900_000 }, async (t) => {
      await has('one', 'anna');
      const { file } = await well('one', { what: 'save' }), restore = { what: 'restore', file }, before = (await disk()).entries;
      let at = 1, halves = 0;
      for (; ; at += 1) {
        await forget();
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

describe('a backup', () => {
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
      await forget();
      await well('one', { what: 'restore', file: saved.file });
      const { rows, entries } = await sound('one', 'a backup');
      assert.deepEqual(entries, now.slice(0, attempts === 1 ? before : now.length), 'the log as it was when it was begun');
      assert.equal(rows.length, people.length);
      for (const who of people) assert.match(JSON.stringify(await well('one', { what: 'card', who })), new RegExp(`Jonas Weber ${who}`));
    });
  }
});
