/**
 * What tests of faults are played with: a browser with an extension whose guard can be stopped or made to fail at any step, what is asked of it, and what is
 * looked at then.
 */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { denies, fits, verified } from './faults-hold.mjs';
import { CHEAP, prepare, work } from './faults.mjs';
import { DEFAULT_POLICY, extensionCopy, launch, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */
/** @typedef {import('./faults.mjs').Order} Order */
/** @typedef {import('./faults.mjs').Told} Told */
/** @typedef {import('./faults.mjs').Disk} Disk */

/** How long the cards of these tests are kept, in days. */
export const KEPT = 30;

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

/** The browser, and the page in it that starts workers. @type {Session} */ export let session;
/** @type {Page} */ export let page;
/** Days since the beginning, by the clock of the workers. It only goes forwards. */ export const clock = { today: 0 };

before(async () => {
  session = await launch({ ready: true, extension });
  page = await session.desk('faults.html');
  await page.evaluate(`(${prepare})()`);
});
after(async () => {
  await session?.close();
  rmSync(extension, { recursive: true, force: true });
});
beforeEach(forget);

/** Forgets everything: as in a browser that was never used. @returns {Promise<void>} */
export function forget() { return page.evaluate(() => /** @type {any} */ (globalThis).faults.forget()); }

/** Has a worker do something. @param {string} worker @param {Order} order @returns {Promise<Told>} */
export const order = (worker, order) => page.evaluate((worker, order) => /** @type {any} */ (globalThis).faults.order(worker, order), worker, { days: clock.today, ...order });
/** Has one do what must come out well. @param {string} worker @param {Order} one */
export async function well(worker, one) {
  const { answer, error } = await order(worker, one);
  return error ? assert.fail(`${one.what}: ${JSON.stringify(error)}`) : answer;
}
/** @returns {Promise<Disk>} */
export const disk = () => page.evaluate(() => /** @type {any} */ (globalThis).faults.disk());
/** @param {string} database @param {string} part @param {string | number} key @param {unknown} value */
export const write = (database, part, key, value) => page.evaluate((...what) => /** @type {any} */ (globalThis).faults.write(...what), database, part, key, value);
/** @param {string} database @returns {Promise<Record<string, { keys: any[], values: any[] }>>} */
export const contents = (database) => page.evaluate((database) => /** @type {any} */ (globalThis).faults.contents(database), database);

/** What is on the disk fits, a sweep takes every key that no card needs, and the log verifies. @param {string} worker @param {string} when @param {Told[]} [told] */
export async function sound(worker, when, told = []) {
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

/** Makes sure that there is a card of somebody. @param {string} worker @param {string} who */
export async function has(worker, who) {
  if (await well(worker, { what: 'card', who }) === null) assert.equal((await well(worker, { what: 'capture', who })).kind, 'captured');
}

/**
 * What is tried at every step: how things stand before, what is done then, and what else must hold afterwards. What is not there any more is made anew.
 * @typedef {{ before: (worker: string) => Promise<unknown>, order: Order, after?: (worker: string, when: string) => Promise<unknown> }} Path
 */

/** How each comes, see `faults.mjs`. */
export const FAULTS = /** @type {const} */ (['stop', 'fail', 'abort']);

/**
 * Tries everything with each fault at every step.
 * @param {Record<string, Path>} paths
 */
export function atEveryStep(paths) {
  for (const fault of FAULTS) {
    for (const [name, { before, order: what, after }] of Object.entries(paths)) {
      test(`${name}: ${fault}`, { timeout: 900_000 }, async (t) => {
        let at = 1;
        for (; ; at += 1) {
          await before('one');
          const told = await order('one', { ...what, plan: { at, fault } });
          if (told.met === null) {
            assert.equal(told.error, undefined, name);
            break;
          }
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
  }
}
