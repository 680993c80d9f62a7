/**
 * What runs inside the browser while faults are made: a guard in a worker that can be stopped or made to fail at any step, and a page that starts such
 * workers, ends them, and looks at what is on the disk then.
 *
 * A dedicated worker stands for the service worker: it has the same stores, the same locks and the same guard, ends as suddenly (`terminate`), and starts in
 * a tenth of the time. That the real one may end anywhere is tried in `e2e.test.mjs`.
 */

/** How a fault comes: the worker is ended, what is called fails, or the transaction is broken when it should be kept. @typedef {'stop' | 'fail' | 'abort'} Fault */

/** A fault at a step, counted from 1. @typedef {{ at: number, fault: Fault }} Plan */

/** What a worker is asked. `file` is a backup, in Base64; `meanwhile` is done before the first card is opened. @typedef {{ what: string, who?: string, days?: number, plan?: Plan | null, late?: number, file?: string, meanwhile?: Order }} Order */

/** What a worker answers. @typedef {{ answer?: any, error?: { name: string, code: string, detail: string }, steps: number, met: string | null, stopped: boolean }} Told */

/** A card as it is on the disk. @typedef {{ source: string, id: string, seq: number, expires: number, review: string[], key: string, commitment: string | null, said: string }} Row */

/** A part of what is searched, and the places of the cards that it names; null where it cannot be opened. @typedef {{ number: number, key: string, seqs: number[] | null }} Part */

/** What is on the disk. @typedef {{ rows: Row[], parts: Part[], keys: string[], entries: unknown[], safe: string[], files: string[] }} Disk */

/**
 * With what backups are sealed that are restored again and again: making a key of a passphrase takes a second on purpose, unless the file asks for less. The key
 * and the check come from Argon2id (RFC 9106) over this passphrase and salt, with 8 KiB of memory, one pass and one lane.
 */
export const CHEAP = {
  passphrase: 'words for a test', key: 'da581fd2dcba0a6c4c329e39a2974e2b01fd96ac4af3333dd3f9df3e38207680',
  header: { check: 'ed4db1962f433d5850754b0911bb6377dad3c2c3fc034f140fcad587783757bb', form: 'scruple backup', lanes: 1, memory: 8, passes: 1, salt: '5a'.repeat(32), v: 1 },
};

/**
 * The worker. It is run inside the browser.
 * @param {{ createGuard: any, safe: any, setup: { policy: string, adapter: string, cheap: typeof CHEAP } }} what
 */
export function work({ createGuard, safe, setup }) {
  const self = /** @type {any} */ (globalThis), never = new Promise(() => {});
  let steps = 0, isOver = false, late = 0, isSealed = false, isClosed = false;
  /** @type {Plan | null} */ let plan = null;
  /** @type {string | null} */ let met = null;
  /** What is done before the next card is opened. @type {Order | null} */ let meanwhile = null;
  /** What is sealed for a backup, as long as somebody listens. @type {[AesGcmParams, BufferSource][] | null} */ let overheard = null;

  /** The error of a disk that is full, which repeats what was to be stored as a browser might. */
  const full = () => new DOMException('no room for Jonas Weber', 'QuotaExceededError');
  // What a handler of IDBRequest throws ends its transaction, and nobody else hears of it.
  self.addEventListener('error', (/** @type {ErrorEvent} */ event) => { if (event.error?.name === 'QuotaExceededError') event.preventDefault(); });
  /** Whether a fault comes now. @param {string} name @param {boolean} [canFail] whether it is something that can fail by itself @returns {Fault | null} */
  function step(name, canFail = true) {
    if (isOver) return 'stop';
    if (plan && plan.fault !== 'stop' && !canFail) return null;
    if (plan?.fault === 'abort' && !/^(put|add|delete|clear) /.test(name)) return null;
    steps += 1;
    if (steps !== plan?.at) return null;
    met = `${name}, step ${steps}`;
    if (plan.fault === 'stop') {
      // From here on nothing goes on, until the page ends the worker.
      isOver = true;
      self.postMessage({ stopped: true, met, steps });
    }
    return plan.fault;
  }
  /** Breaks the transaction that something belongs to, if it is not over. @param {IDBTransaction | null | undefined} transaction */
  const cut = (transaction) => { try { transaction?.abort(); } catch { /* it is over */ } };

  /** What is promised. @param {any} type @param {string[]} names */
  const promising = (type, names) => {
    for (const name of names) {
      const real = type.prototype[name];
      type.prototype[name] = function (/** @type {any[]} */ ...args) {
        if (name === 'encrypt') isSealed = true;
        if (name === 'encrypt') overheard?.push([args[0], args[2]]);
        if (name === 'decrypt' && meanwhile) {
          const order = meanwhile;
          meanwhile = null;
          return work[order.what]?.(order).then(() => real.apply(this, args));
        }
        switch (step(name)) {
          case 'stop': return never;
          case 'fail': return Promise.reject(full());
          default: return real.apply(this, args);
        }
      };
    }
  };
  promising(FileSystemDirectoryHandle, ['getDirectoryHandle', 'getFileHandle', 'removeEntry']);
  promising(FileSystemFileHandle, ['createWritable', 'getFile']);
  promising(FileSystemWritableFileStream, ['write', 'close']);
  promising(SubtleCrypto, ['encrypt', 'decrypt', 'digest', 'importKey', 'exportKey', 'generateKey', 'sign']);
  promising(LockManager, ['request', 'query']);
  promising(StorageManager, ['getDirectory']);

  /** Transactions that break when they should be kept. @type {WeakSet<IDBTransaction>} */ const doomed = new WeakSet();
  // What is written: a transaction keeps all of it or nothing, so one that is stopped is broken.
  for (const name of /** @type {const} */ (['put', 'add', 'delete', 'clear'])) {
    const real = /** @type {any} */ (IDBObjectStore.prototype[name]);
    IDBObjectStore.prototype[name] = function (/** @type {any[]} */ ...args) {
      const fault = step(`${name} ${this.name}`);
      if (fault === 'stop') cut(this.transaction);
      if (fault === 'fail') throw full();
      const request = real.apply(this, args);
      if (fault === 'abort') {
        doomed.add(this.transaction);
        queueMicrotask(() => cut(this.transaction));
      }
      return request;
    };
  }
  // What is to be kept. Nothing stops that any more once it is called, so what is to break breaks here.
  const { commit } = IDBTransaction.prototype;
  IDBTransaction.prototype.commit = function () {
    const fault = step('commit');
    if (fault === 'fail') throw full();
    if (fault === 'stop' || doomed.has(this)) return cut(this);
    commit.call(this);
  };
  // What is begun.
  for (const [type, name] of /** @type {[any, string][]} */ ([[IDBFactory, 'open'], [IDBDatabase, 'transaction']])) {
    const real = type.prototype[name];
    type.prototype[name] = function (/** @type {any[]} */ ...args) {
      // What is to be late finds the store closed, so that it has to be opened.
      if (late > 0 && isSealed && !isClosed && name === 'transaction' && this.name === 'scruple') {
        isClosed = true;
        throw new DOMException('it was closed', 'InvalidStateError');
      }
      const fault = step(`${name} ${args[0]}`);
      if (fault === 'fail') throw full();
      const begun = real.apply(this, args);
      if (fault === 'stop') cut(name === 'transaction' ? begun : null);
      return begun;
    };
  }
  // What is heard.
  /** @type {[any, string, (target: any) => IDBTransaction | null][]} */
  const heard = [[IDBRequest, 'onsuccess', ({ transaction }) => transaction], [IDBRequest, 'onerror', () => null], [IDBOpenDBRequest, 'onupgradeneeded', ({ transaction }) => transaction],
    [IDBTransaction, 'oncomplete', () => null], [IDBTransaction, 'onabort', () => null]];
  for (const [type, name, transactionOf] of heard) {
    const { get, set } = /** @type {any} */ (Object.getOwnPropertyDescriptor(type.prototype, name));
    Object.defineProperty(type.prototype, name, { configurable: true, get, set(handler) {
      set.call(this, handler && function (/** @type {Event} */ event) {
        const target = /** @type {any} */ (event.target);
        if (step(`${name} ${target.source?.name ?? target.result?.name ?? target.db?.name ?? ''}`, false) === 'stop') return cut(transactionOf(target));
        // What is late is what writes: the store is looked into before anything is read, too.
        const isLate = late > 0 && isSealed && name === 'onsuccess' && target.result instanceof IDBDatabase && target.result.name === 'scruple';
        if (!isLate) return handler(event);
        setTimeout(() => handler(event), late);
      });
    } });
  }

  // A call that nobody waits for any longer: no test waits as long as people do.
  const timeout = setTimeout;
  self.setTimeout = (/** @type {any} */ work, /** @type {number} */ ms, /** @type {any[]} */ ...rest) => timeout(work, late > 0 && ms > 20_000 ? late / 4 : ms, ...rest);

  /** Answers as the probe does, for a page that shows a name and a line below it. @param {string} name @param {string} [anchor] by what its layout is known */
  const page = (name, anchor = 'h1.name') => async (/** @type {string} */ text) => {
    const message = JSON.parse(text), { nonce } = message;
    if (message.read) return JSON.stringify({ v: 1, nonce, values: message.read.map((/** @type {{ h: number }} */ { h }) => ({ h, text: name })) });
    const answers = message.queries.map((/** @type {{ id: number, css?: string, presence?: boolean }} */ { id, css = '', presence }) => {
      if (presence) return { id, count: css === anchor ? 1 : 0 };
      return ['main.person', '.name', '.headline'].includes(css) ? { id, count: 1, nodes: [{ h: id, shown: 'rendered', yes: [], print: '00112233445566aa' }] } : { id, count: 0 };
    });
    return JSON.stringify({ v: 1, nonce, pin: '00112233445566aa', elements: 9, answers });
  };
  const urlOf = (/** @type {string} */ who) => `https://network.example/in/${who}/`;

  const now = Date.now;
  let ahead = 0;
  Date.now = () => now() + ahead;

  /** @param {{ parts: AsyncIterable<string> }} log */
  const whole = async ({ parts }) => { let text = ''; for await (const part of parts) text += part; return text; };

  const guard = createGuard({ policy: setup.policy, adapters: [setup.adapter] });
  /** @type {Record<string, (order: Order) => Promise<any>>} */
  const work = {
    async ready() { await guard; },
    async capture({ who = '' }) {
      const it = await guard, ask = page(`Jonas Weber ${who}`), judged = await it.inspect(it.plan(urlOf(who)), ask);
      const answer = judged.kind === 'judged' ? await it.capture(judged.inspection, ask) : judged;
      const details = answer.report.verdicts.flatMap((/** @type {any} */ { reasons }) => reasons.map((/** @type {any} */ { code }) => code));
      return { kind: answer.kind, id: answer.report.id, card: answer.report.card?.id ?? null, problem: answer.problem, codes: [...new Set(details)], text: JSON.stringify(answer) };
    },
    async refuse({ who = '' }) {
      const it = await guard, answer = await it.inspect(it.plan(urlOf(who)), () => Promise.reject(new Error('gone')));
      return { kind: answer.kind, id: answer.report.id, problem: answer.problem };
    },
    /** Has the guard look at a page that limits by now who may see the line below the name. */
    async restrict({ who = '' }) {
      const it = await guard, answer = await it.inspect(it.plan(urlOf(who)), page(`Jonas Weber ${who}`, 'h1.limited'));
      return { kind: answer.kind, id: answer.report.id };
    },
    async review({ who = '' }) { return (await guard).vault.review(urlOf(who), 'keep_without'); },
    async contacted({ who = '' }) { return (await guard).vault.contacted(urlOf(who), 'replied', { at: new Date(Date.now()) }); },
    /** Whose cards a search finds: their identities. */
    async search() { return (await (await guard).vault.search({ text: 'jonas web' })).cards.map((/** @type {any} */ { id }) => id); },
    /** A backup, sealed anew with a key that costs nothing to make, and how often it was begun. */
    async save(order) {
      let attempts = 0;
      // What was sealed for an attempt that came to nothing is no part of it.
      const progress = (/** @type {number} */ done) => { if (done === 0) [attempts, overheard] = [attempts + 1, []]; };
      meanwhile = order.meanwhile ?? null;
      for await (const _ of (await guard).backup.save(setup.cheap.passphrase, { progress }));
      const chunks = overheard ?? [];
      overheard = null;
      const bytes = (/** @type {string} */ hex) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16)), encoder = new TextEncoder();
      const key = await crypto.subtle.importKey('raw', bytes(setup.cheap.key), 'AES-GCM', false, ['encrypt']), header = encoder.encode(`${JSON.stringify(setup.cheap.header)}\n`);
      /** @type {Uint8Array[]} */ const parts = [header];
      for (const [{ iv, additionalData }, text] of chunks) {
        // A card is sealed for its row by another form.
        if (!new TextDecoder().decode(additionalData).includes('scruple backup')) continue;
        const data = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: header }, key, text)), isLast = new Uint8Array(/** @type {any} */ (iv)).at(11) === 1;
        const length = new Uint8Array(4);
        new DataView(length.buffer).setUint32(0, data.length + (isLast ? 0x8000_0000 : 0));
        parts.push(length, data);
      }
      return { file: btoa(parts.map((part) => String.fromCharCode(...part)).join('')), attempts };
    },
    async restore({ file = '' }) { return (await guard).backup.restore(new Blob([Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0))]), setup.cheap.passphrase); },
    async half() { return (await guard).backup.isHalf(); },
    async discard() { return (await guard).backup.discard(); },
    async erase({ who = '' }) { return (await guard).vault.erase(urlOf(who), { requested: true }); },
    async purge() { return (await guard).purge(); },
    async sweep() { return (await guard).purge(); },
    async export() { return whole(await (await guard).log.export()); },
    async rotate() { return whole(await (await guard).log.export({ anew: true })); },
    async card({ who = '' }) { return (await guard).vault.card(urlOf(who)); },
    async newest() { return (await guard).log.newest(5); },
    /** A key for which no row will come. */
    async stray() { const { key } = await safe.seal('a stray', 'key'); safe.settle([key]); },
    /** What rows and parts are sealed into: which commitment each row keeps, and how the others fail; and the places of the cards that each part names. */
    async opened(order) {
      const { rows, parts } = /** @type {{ rows: string[], parts: { number: number, sealed: string }[] }} */ (/** @type {unknown} */ (order));
      const bytes = (/** @type {string} */ text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const sealed = (/** @type {string} */ id, /** @type {string} */ text) => { const [key, iv = '', data = ''] = text.split(' '); return { id, key, iv: bytes(iv), data: bytes(data) }; };
      const texts = await safe.openAll([...rows.map((text) => sealed('scruple card 1', text)), ...parts.map(({ number, sealed: text }) => sealed(`scruple part 1 ${number}`, text))]);
      const commitment = async (/** @type {string} */ text) => `sha256:${[...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
      return {
        rows: await Promise.all(texts.slice(0, rows.length).map(async (/** @type {unknown} */ text) => typeof text === 'string' ? { commitment: await commitment(text), said: '' }
          : { commitment: null, said: text === null ? 'destroyed' : String(/** @type {any} */ (text).detail) })),
        parts: texts.slice(rows.length).map((/** @type {unknown} */ text) => typeof text === 'string' ? text.split('\n').slice(1, -1).map((line) => Number(line.split('\t')[0])) : null),
      };
    },
  };
  self.onmessage = async (/** @type {MessageEvent<Order>} */ { data }) => {
    ahead = (data.days ?? 0) * 86_400_000;
    await guard;
    // What is counted is what the order itself does.
    [steps, plan, met, late, isSealed, isClosed] = [0, data.plan ?? null, null, data.late ?? 0, false, false];
    /** @type {any} */ let told;
    try {
      told = { answer: await work[data.what]?.(data) };
    } catch (error) {
      const { name, code, detail, message } = /** @type {any} */ (error);
      told = { error: { name, code, detail: detail ?? message } };
    }
    [plan, late] = [null, 0];
    if (!isOver) self.postMessage({ ...told, steps, met, stopped: false });
  };
}

/** What the page has: workers, and the disk. It is run inside the browser. */
export function prepare() {
  const self = /** @type {any} */ (globalThis);
  /** @type {Map<string, Worker>} */ const workers = new Map();
  /** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
  const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); });
  /** What is in a database: nothing where there is none. @param {string} name @returns {Promise<Record<string, { keys: any[], values: any[] }>>} */
  async function contents(name) {
    if (!(await indexedDB.databases()).some((one) => one.name === name)) return {};
    const database = await done(indexedDB.open(name));
    try {
      const names = [...database.objectStoreNames];
      if (names.length === 0) return {};
      const transaction = database.transaction(names);
      const all = await Promise.all(names.map(async (name) => { const store = transaction.objectStore(name); const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]); return [name, { keys, values }]; }));
      return Object.fromEntries(all);
    } finally {
      database.close();
    }
  }
  self.faults = {
    /** Has a worker do something, and ends it if it stops. @param {string} name @param {Order} order @returns {Promise<Told>} */
    async order(name, order) {
      let worker = workers.get(name);
      if (!worker) workers.set(name, worker = new Worker('/guard/faults.js', { type: 'module' }));
      /** @type {Told} */
      const told = await new Promise((yes, no) => {
        /** @type {any} */ (worker).onmessage = (/** @type {MessageEvent} */ { data }) => yes(data);
        /** @type {any} */ (worker).onerror = (/** @type {ErrorEvent} */ { message }) => no(new Error(`the worker broke: ${message}`));
        worker.postMessage(order);
      });
      if (told.stopped) self.faults.end(name);
      return told;
    },
    /** Ends a worker, whatever it is doing. @param {string} name */
    end(name) {
      workers.get(name)?.terminate();
      workers.delete(name);
    },
    /** What is on the disk, as a worker that is not disturbed can open it. @returns {Promise<Disk>} */
    async disk() {
      const { cards, keys, entries, parts, meta } = await contents('scruple'), { heads } = await contents('scruple-safe');
      const rows = cards?.values ?? [];
      const { answer: opened, error } = await self.faults.order('looks', { what: 'opened', rows: rows.map(({ sealed }) => sealed), parts: parts?.values ?? [] });
      if (error) throw new Error(`what is on the disk cannot be opened: ${error.detail}`);
      const hex = (/** @type {Uint8Array} */ bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const root = await navigator.storage.getDirectory(), folder = await root.getDirectoryHandle('scruple-safe', { create: true });
      /** @type {string[]} */ const files = [];
      for await (const name of /** @type {any} */ (folder).keys()) files.push(name);
      return {
        rows: rows.map(({ source, id, seq, expires, review, sealed }, i) => ({ source, id, seq, expires, review, key: sealed.split(' ')[0], ...opened.rows[i] })),
        parts: (parts?.values ?? []).map(({ number, sealed }, i) => ({ number, key: sealed.split(' ')[0], seqs: opened.parts[i] })),
        keys: keys?.values ?? [],
        // What stands where the next entry comes is none, and only there if that is said beside the end of the log.
        entries: entries?.values.slice(0, meta?.keys.includes('unseen') ? -1 : undefined) ?? [],
        safe: (heads?.values ?? []).flatMap(({ names }, i) => (hex(names).match(/.{32}/g) ?? []).map((name) => `${heads?.keys[i]}.${name}`)), files,
      };
    },
    /** Forgets everything: as in a browser that was never used. */
    async forget() {
      // The one that looks keeps nothing open.
      for (const name of [...workers.keys()]) if (name !== 'looks') self.faults.end(name);
      for (const { name = '' } of await indexedDB.databases()) await done(indexedDB.deleteDatabase(name));
      const root = await navigator.storage.getDirectory();
      for await (const name of /** @type {any} */ (root).keys()) await root.removeEntry(name, { recursive: true });
    },
    contents,
    /** Changes something in a store behind the guard's back. @param {string} name @param {string} part @param {IDBValidKey} key @param {unknown} value undefined: it is deleted */
    async write(name, part, key, value) {
      const database = await done(indexedDB.open(name)), transaction = database.transaction(part, 'readwrite', { durability: 'strict' }), store = transaction.objectStore(part);
      if (value === undefined) store.delete(key); else store.put(value, key);
      await new Promise((yes, no) => { transaction.oncomplete = yes; transaction.onabort = no; });
      database.close();
    },
    /** Spoils a bucket of the safe: its file and its copy. @param {number} bucket */
    async spoil(bucket) {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('scruple-safe');
      const stream = await (await folder.getFileHandle(String(bucket))).createWritable();
      await stream.write(Uint8Array.of(9, 9));
      await stream.close();
      await self.faults.write('scruple-safe', 'copies', bucket, new Blob([Uint8Array.of(8, 8)]));
    },
  };
}
