/** The way to a page: what is injected, where, and when. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { pageOf } from '../../extension/guard/page.js';

const global = /** @type {any} */ (globalThis);
/** @type {any[]} */
let calls;

beforeEach(() => {
  calls = [];
  global.chrome = {
    scripting: {
      /** As Chrome does it: the function as text, in another world. @param {any} call */
      async executeScript(call) {
        calls.push(call);
        if (!call.func) return [{}];
        return [{ result: await new Function(`return (${call.func})(...arguments)`)(...call.args) }];
      },
    },
  };
});

afterEach(() => {
  delete global.chrome;
  delete global.scrupleProbe;
});

test('the probe is put into the page before it is inspected, and not again to read', async () => {
  global.scrupleProbe = {
    inspect: (/** @type {string} */ plan) => `seen ${plan}`,
    read: (/** @type {string} */ permit) => `read ${permit}`,
  };
  const page = pageOf(7);
  assert.equal(await page.inspect('plan'), 'seen plan');
  assert.equal(await page.read('permit'), 'read permit');
  assert.deepEqual(calls.map(({ target, files, args }) => ({ target, files, args })), [
    { target: { tabId: 7 }, files: ['content/probe.js'], args: undefined },
    { target: { tabId: 7 }, files: undefined, args: ['inspect', 'plan'] },
    { target: { tabId: 7 }, files: undefined, args: ['read', 'permit'] },
  ]);
});

test('the file of the probe is where its owner put it', async () => {
  await pageOf(1, { probe: 'vendor/probe.js' }).inspect('plan');
  assert.deepEqual(calls[0].files, ['vendor/probe.js']);
});

test('a page without the probe, or one that is gone, gives no answer', async () => {
  assert.equal(await pageOf(1).read('permit'), undefined);
  global.chrome.scripting.executeScript = async () => [];
  assert.equal(await pageOf(1).read('permit'), undefined);
  global.chrome.scripting.executeScript = async () => { throw new Error('No tab with id: 1'); };
  await assert.rejects(pageOf(1).inspect('plan'));
});
