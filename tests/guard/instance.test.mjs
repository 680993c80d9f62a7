/** The wasm behind the guard: it starts late, breaks and hangs. Every call ends, with an answer or with an error of its own. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';

// A worker has these; Node does not. They are there before the guard is loaded.
/** @typedef {(event: object) => void} Listener */
/** @type {Map<string, Listener>} */
const listeners = new Map();
Object.assign(globalThis, {
  addEventListener: (/** @type {string} */ type, /** @type {Listener} */ listener) => listeners.set(type, listener),
});
const { checkPolicy, createGuard, isScrupleError, mark, qrCode, ScrupleError } = await import('../../extension/guard/index.js');
const { Engine, initSync } = await import('../../extension/guard/wasm/scruple.js');
const { initSync: initDesk, LogExport } = await import('../../extension/guard/wasm/desk.js');
const { desk } = await import('../../extension/guard/instance.js');
const { deskWasm, facts, guardOf, POLICY, wasm } = await import('./helpers.mjs');

const URL_ = 'https://www.linkedin.com/in/lea-morel/';
const engine = /** @type {any} */ (Engine.prototype);
const { evaluateFacts, inspect, plan } = engine;

afterEach(() => {
  Object.assign(engine, { evaluateFacts, inspect, plan });
  mock.restoreAll();
  mock.timers.reset();
});

/** @param {string} code @param {string} [detail] */
const scruple = (code, detail) => (/** @type {unknown} */ error) => {
  assert.ok(isScrupleError(error), String(error));
  assert.equal(error.code, code);
  if (detail !== undefined) assert.equal(error.detail, detail);
  assert.ok(error.message.startsWith(`${code}: `));
  return true;
};

/** From here on files are fetched, as in a worker: Node itself would read them. @param {(url: URL) => Promise<Response>} fetch */
function inWorker(fetch) {
  mock.method(process, 'getBuiltinModule', () => undefined);
  mock.method(globalThis, 'fetch', fetch);
}

/** Runs into memory that is not there: a trap of the wasm itself. */
function trap() {
  const exports = /** @type {any} */ (initSync({ module: wasm }));
  exports.__wbindgen_free(0xffff_fff0, 0x7fff_fff0, 1);
  exports.engine_plan(0xffff_fff0, 0, 0, 0, 0, 0, 0);
}

// In this order: once the wasm is started, it stays so.
describe('starting', () => {
  test('what is no wasm is refused before anything is started', async () => {
    for (const wrong of [7, 'scruple_bg.wasm', {}, null]) {
      await assert.rejects(createGuard({ wasm: /** @type {any} */ (wrong) }), scruple('invalid_argument'));
    }
    for (const options of [{ policy: 7 }, { managed: true }, { marks: Symbol('marks') }, { adapters: 'x' }, { adapters: [7] }]) {
      await assert.rejects(createGuard(/** @type {any} */ ({ wasm, ...options })), scruple('invalid_argument'));
    }
  });

  test('without what is known of sites there is no guard', async () => {
    const late = new URL('https://example.org/guard.wasm');
    inWorker(async (url) => {
      if (url === late) await new Promise(setImmediate);
      return new Response('not found', { status: 404 });
    });
    const lost = scruple('wasm_unavailable', 'what is known of sites and words could not be loaded');
    await assert.rejects(createGuard({ policy: POLICY, wasm: late }), lost);
    await assert.rejects(mark(undefined, { do: 'add', what: 'everywhere', field: 'email' }, { wasm: late }), lost);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  });

  test('a start that fails says so, in the guard\'s own words', async () => {
    const failed = scruple('wasm_unavailable', 'the wasm could not be loaded or started');
    await assert.rejects(createGuard({ wasm: new Uint8Array([1, 2, 3]) }), failed);
    // A module, but not this one.
    await assert.rejects(createGuard({ wasm: Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0) }), failed);
    inWorker(async () => new Response('not found', { status: 404 }));
    await assert.rejects(createGuard({ policy: POLICY }), failed);
    await assert.rejects(checkPolicy(POLICY), failed);
    await assert.rejects(mark(undefined, { do: 'add', what: 'everywhere', field: 'email' }), failed);
  });

  test('a file that never arrives is given up, and does not stand in the way of the next', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    inWorker(() => new Promise(() => {}));
    const starting = createGuard({ policy: POLICY });
    mock.timers.tick(25_000);
    await assert.rejects(starting, scruple('wasm_unavailable'));
  });

  test('the next start is a new one; without being told, it finds the file beside the guard', async () => {
    /** @type {string[]} */
    const asked = [];
    inWorker(async (url) => {
      asked.push(url.pathname);
      return new Response(await readFile(url));
    });
    const both = await Promise.all([createGuard({ policy: POLICY }), createGuard({ policy: POLICY })]);
    for (const guard of both) assert.equal(guard.evaluate(facts()).verdicts[0].decision, 'allow');
    // Once for both; what is known of sites and of words may have been loaded before.
    const files = asked.map((path) => path.split('/extension/guard/')[1]).filter((file) => !file.endsWith('.jsonl'));
    assert.deepEqual(files, ['wasm/scruple_bg.wasm']);
    assert.ok(asked.length <= 3);
  });
});

describe('the desk', () => {
  /** What is handed out of a log; nothing of it is looked at here. @type {any} */
  const log = LogExport.prototype;

  test('is not the guard, and is nothing without its own wasm', async () => {
    await assert.rejects(createGuard({ desk: /** @type {any} */ ('desk_bg.wasm') }), scruple('invalid_argument'));
    await assert.rejects(qrCode('HELLO WORLD', { desk: wasm }), scruple('wasm_unavailable', 'the wasm could not be loaded or started'));
  });

  test('is not loaded before somebody needs it', async () => {
    /** @type {string[]} */
    const asked = [];
    inWorker(async (url) => {
      asked.push(url.pathname);
      return new Response(await readFile(url));
    });
    const guard = await guardOf();
    assert.equal(guard.evaluate(facts()).verdicts[0].decision, 'allow');
    assert.ok(!asked.some((path) => path.includes('desk')), String(asked));
    // There is no store here: it gets as far as looking for the key.
    await assert.rejects(guard.log.export(), scruple('guard_failed'));
    assert.deepEqual(asked.filter((path) => path.endsWith('.wasm')).map((path) => path.split('/wasm/')[1]), ['desk_bg.wasm']);
  });

  test('makes QR codes', async () => {
    const { side, path } = await qrCode('HELLO WORLD', { desk: deskWasm });
    // Version 1, with the finder in its corner: seven dark modules, then five light ones between two dark.
    assert.equal(side, 21);
    assert.ok(path.startsWith('M0 0h7v1h-7z') && path.includes('M0 1h1v1h-1zM6 1h1v1h-1z'), path);
    await assert.rejects(qrCode('x'.repeat(3000)), scruple('invalid_argument', 'too long for a QR code'));
    await assert.rejects(qrCode(/** @type {any} */ (7)), scruple('invalid_argument'));
  });

  test('that breaks is dropped and started anew, and the guard goes on', async () => {
    const guard = await guardOf();
    const before = desk.current();
    const waiting = desk.wait(() => new Promise(() => {}));
    waiting.catch(() => {});
    assert.throws(() => desk.call(() => {
      const exports = /** @type {any} */ (initDesk({ module: deskWasm }));
      exports.__wbindgen_free(0xffff_fff0, 0x7fff_fff0, 1);
      log.end.call({ __wbg_ptr: 0xffff_fff0 });
    }), scruple('guard_failed', 'the guard failed'));
    await assert.rejects(waiting, scruple('guard_failed', 'the guard failed'));
    assert.equal(desk.current(), before + 1);
    assert.equal((await qrCode('HELLO WORLD')).side, 21);
    assert.equal(guard.evaluate(facts()).verdicts[0].decision, 'allow');
  });
});

describe('several calls at once', () => {
  test('facts, plans and summaries while a page is looked at', async () => {
    const guard = await guardOf();
    const planned = guard.plan(URL_);
    if (planned.kind !== 'planned') assert.fail();
    /** @type {(answer: string) => void} */
    let answer = () => {};
    const waiting = guard.inspect(planned, () => new Promise((resolve) => { answer = resolve; }));
    await new Promise(setImmediate);
    assert.equal(guard.evaluate(facts()).verdicts[0].decision, 'allow');
    assert.equal(guard.plan(URL_).kind, 'planned');
    assert.equal(guard.summary().usable, true);
    answer('{"v":1,"error":"not_html"}');
    assert.equal((await waiting).kind, 'refused');
  });
});

describe('a trap', () => {
  // What an instance waits for when it is replaced finds nobody, and would say so to a worker. Here its clock is stopped.
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));

  test('is told as a failure, and the next call of the same guard works', async () => {
    const guard = await guardOf();
    const before = guard.summary();
    engine.plan = trap;
    assert.throws(() => guard.plan(URL_), scruple('guard_failed', 'the guard failed'));
    engine.plan = plan;
    assert.equal(guard.plan(URL_).kind, 'planned');
    assert.deepEqual(guard.summary(), before);
    assert.equal(guard.evaluate(facts()).verdicts[0].decision, 'allow');
  });

  test('while facts are judged is told as well', async () => {
    const guard = await guardOf();
    engine.evaluateFacts = trap;
    assert.throws(() => guard.evaluate(facts()), scruple('guard_failed', 'the guard failed'));
    engine.evaluateFacts = evaluateFacts;
    assert.equal(guard.evaluate(facts()).verdicts[0].decision, 'allow');
  });

  test('ends what other guards have under way, and they go on working', async () => {
    const [broken, other] = [await guardOf(), await guardOf({ policy: undefined })];
    const planned = other.plan(URL_);
    assert.equal(planned.kind, 'planned');
    if (planned.kind !== 'planned') return;
    const waiting = other.inspect(planned, () => new Promise(() => {}));
    await new Promise(setImmediate);
    engine.plan = trap;
    assert.throws(() => broken.plan(URL_), scruple('guard_failed'));
    await assert.rejects(waiting, scruple('guard_failed', 'the guard failed'));
    engine.plan = plan;
    assert.equal(other.plan(URL_).kind, 'planned');
    assert.equal(other.evaluate(facts()).verdicts[0].decision, 'deny');
  });

  test('after an answer of the page surfaces in the worker, and ends what is under way', async () => {
    const error = new WebAssembly.RuntimeError('unreachable');
    for (const [type, event] of /** @type {const} */ ([['unhandledrejection', { reason: error }], ['error', { error }]])) {
      const guard = await guardOf();
      const planned = guard.plan(URL_);
      if (planned.kind !== 'planned') assert.fail();
      const waiting = guard.inspect(planned, () => new Promise(() => {}));
      await new Promise(setImmediate);
      listeners.get(type)?.(event);
      await assert.rejects(waiting, scruple('guard_failed', 'the guard failed'));
      assert.equal(guard.evaluate(facts()).verdicts[0].decision, 'allow');
    }
  });

  test('makes what comes too late for it be passed over in silence', () => {
    let prevented = 0;
    const event = { preventDefault() { prevented += 1; } };
    const late = new Error('Cannot invoke closure from previous WASM instance');
    listeners.get('error')?.({ ...event, error: late });
    listeners.get('unhandledrejection')?.({ ...event, reason: late });
    assert.equal(prevented, 2);
    // What is not of the guard is for those it belongs to.
    for (const error of [new Error('x is undefined'), new WebAssembly.RuntimeError('unreachable'), undefined]) {
      listeners.get('error')?.({ ...event, error });
      listeners.get('unhandledrejection')?.({ ...event, reason: error });
    }
    assert.equal(prevented, 2);
  });

  test('is none if something else of the worker fails', async () => {
    const guard = await guardOf();
    const planned = guard.plan(URL_);
    if (planned.kind !== 'planned') assert.fail();
    /** @type {(answer: string) => void} */
    let answer = () => {};
    const waiting = guard.inspect(planned, () => new Promise((resolve) => { answer = resolve; }));
    await new Promise(setImmediate);
    listeners.get('unhandledrejection')?.({ reason: new TypeError('x is undefined') });
    listeners.get('error')?.({});
    answer('{"v":1,"error":"not_html"}');
    assert.equal((await waiting).kind, 'refused');
  });

  test('of a stack that was used up counts as one', async () => {
    const guard = await guardOf();
    engine.plan = () => { throw new RangeError('Maximum call stack size exceeded'); };
    assert.throws(() => guard.plan(URL_), scruple('guard_failed', 'the guard failed'));
    engine.plan = plan;
    assert.equal(guard.plan(URL_).kind, 'planned');
  });

  test('that leaves no instance behind is repaired by the next call that can', async () => {
    const guard = await guardOf();
    mock.method(WebAssembly, 'Instance', function none() { throw new RangeError('out of memory'); });
    engine.plan = trap;
    assert.throws(() => guard.plan(URL_), scruple('guard_failed'));
    engine.plan = plan;
    assert.throws(() => guard.plan(URL_), scruple('guard_failed'));
    assert.throws(() => guard.evaluate(facts()), scruple('guard_failed'));
    await assert.rejects(guard.log.newest(1), scruple('guard_failed'));
    mock.restoreAll();
    assert.equal(guard.plan(URL_).kind, 'planned');
    assert.equal(guard.evaluate(facts()).verdicts[0].decision, 'allow');
  });
});

describe('every call ends', () => {
  test('one that never answers, after 25 seconds', async () => {
    const guard = await guardOf();
    const planned = guard.plan(URL_);
    if (planned.kind !== 'planned') assert.fail();
    mock.timers.enable({ apis: ['setTimeout'] });
    engine.inspect = () => new Promise(() => {});
    const waiting = guard.inspect(planned, async () => '');
    mock.timers.tick(24_999);
    assert.equal(await Promise.race([waiting, new Promise((resolve) => { setImmediate(resolve, 'waiting'); })]), 'waiting');
    mock.timers.tick(1);
    await assert.rejects(waiting, scruple('guard_timeout', 'the guard did not answer in time'));
  });

  test('without passing on what an engine says', async () => {
    const guard = await guardOf();
    const canary = 'lea.morel@example.org';
    const { RuntimeError } = WebAssembly;
    const kinds = [TypeError, Error, RuntimeError, SyntaxError, RangeError];
    for (const error of [...kinds.map((Kind) => new Kind(canary)), canary, { canary }]) {
      engine.plan = () => { throw error; };
      engine.inspect = () => Promise.reject(error);
      engine.evaluateFacts = () => { throw error; };
      for (const call of [() => guard.plan(URL_), () => guard.inspect('{}', async () => ''), () => guard.evaluate(facts())]) {
        await assert.rejects(async () => call(), (/** @type {unknown} */ caught) => {
          assert.ok(caught instanceof ScrupleError);
          assert.ok(!JSON.stringify([caught.message, caught.detail, caught.stack, caught.cause]).includes(canary));
          return scruple('guard_failed', 'the guard failed')(caught);
        });
      }
    }
  });

  test('with a word for it where the guard has one', async () => {
    const guard = await guardOf();
    engine.inspect = () => Promise.reject(new Error('deny.guard.error: storage_full'));
    await assert.rejects(guard.inspect('{}', async () => ''), scruple('guard_failed', 'storage_full'));
  });

  test('also where the answer cannot be read', async () => {
    const guard = await guardOf();
    const kinds = ['{"kind":"allowed"}', '{"kind":"planned"}', '{"kind":"refused"}', '{"kind":"refused","report":{}}'];
    for (const answer of ['', '{', 'null', '7', '{}', ...kinds]) {
      engine.plan = () => answer;
      assert.throws(() => guard.plan(URL_), scruple('guard_failed', 'the answer of the guard cannot be read'), answer);
    }
  });

  test('and leaves nothing running', async () => {
    // A timer that is left would hold this process for 25 seconds; see the time the file takes.
    const guard = await guardOf();
    await assert.rejects(guard.log.newest(1), scruple('guard_failed'));
    await assert.rejects(guard.log.export(), scruple('guard_failed'));
    await assert.rejects(guard.purge(), scruple('guard_failed'));
    assert.equal(process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length, 0);
  });
});
