/**
 * What must hold on the disk, whatever was stopped, failed or broken off: cards, entries, keys and what is searched fit together, and the log verifies.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** @typedef {import('./faults.mjs').Told} Told */
/** @typedef {import('./faults.mjs').Disk} Disk */

const { SCRUPLE_BIN } = process.env;

/** Has the command line tool check a log. @param {string} text @returns {Promise<{ sound: boolean, said: string }>} */
export async function verified(text) {
  if (!SCRUPLE_BIN) return { sound: true, said: 'not checked: SCRUPLE_BIN does not name the command line tool' };
  const folder = mkdtempSync(join(tmpdir(), 'scruple-log-')), file = join(folder, 'log');
  try {
    writeFileSync(file, text);
    const { stdout } = await promisify(execFile)(SCRUPLE_BIN, ['verify', file], { encoding: 'utf8' });
    return { sound: true, said: stdout };
  } catch (error) {
    const { stdout, stderr } = /** @type {any} */ (error);
    return { sound: false, said: `${stdout}${stderr}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How many places a part of what is searched is about. */
const ROOM = 256;

/** What a log says of a card: what it committed to last, what its owner restricted since, and until when it is kept since they got in touch. @typedef {{ commitment: string, review: string[], until?: string }} Kept */

/** The cards that are there by what a log says. @param {any[]} entries */
function keptBy(entries) {
  /** @type {Map<string, Kept>} */ const kept = new Map();
  for (const { kind, card, cards = [], index, fields = [], to } of entries) {
    assert.equal(Boolean(card), kind === 'captured');
    // Who is captured again has the earlier deadline.
    if (card) kept.set(card.id, { commitment: card.commitment, review: [], until: kept.get(card.id)?.until });
    for (const id of cards) {
      const there = kept.get(id) ?? assert.fail(`entry ${index}, ${kind}: ${id} was not there`);
      if (kind === 'erased' || kind === 'purged') kept.delete(id);
      if (kind === 'restricted') there.review = [...there.review, ...fields].sort();
      if (kind === 'reviewed') Object.assign(there, { commitment: to, review: [] });
      if (kind === 'contacted') there.until = to;
    }
  }
  return kept;
}

/** Cards, entries, keys and parts fit; what a worker was told was captured has its entry. @param {Disk} there @param {string} when @param {Told[]} told */
export function fits({ rows, parts, keys, entries, safe }, when, told = []) {
  const log = entries.map((text) => JSON.parse(String(text)));
  const kept = keptBy(log);
  // What is seen of a deadline: only a contact says in the log what it came to.
  const seen = rows.map(({ id, commitment, review, expires }) => /** @type {const} */ ([id, { commitment, review, until: kept.get(id)?.until && `${new Date(expires).toISOString().slice(0, 19)}Z` }]));
  assert.deepEqual(new Map(seen), kept, `${when}: cards and entries (${rows.map(({ said }) => said)})`);
  assert.deepEqual([...keys].sort(), [...rows, ...parts].map(({ key }) => key).sort(), `${when}: the names of keys`);
  for (const { number, seqs } of parts) {
    const there = rows.map(({ seq }) => seq).filter((seq) => Math.floor(seq / ROOM) === number).sort((a, b) => a - b);
    assert.deepEqual(seqs, there, `${when}: the cards that part ${number} names`);
  }
  const missing = [...rows, ...parts].filter(({ key }) => !safe.includes(key));
  assert.deepEqual(missing, [], `${when}: keys that are gone`);
  for (const { answer } of told) {
    if (answer?.kind === 'captured') assert.ok(log.some(({ id, kind, card }) => id === answer.id && kind === 'captured' && card.id === answer.card), `${when}: given out without an entry`);
    else assert.ok(!JSON.stringify(answer ?? null).includes('Jonas Weber'), `${when}: given out although it was refused`);
  }
}

/** What was refused because something broke says so, whatever else speaks against it. @param {string[]} codes @param {string} when */
export function denies(codes, when) {
  assert.ok(codes.includes('deny.guard.error') && codes.every((code) => code.startsWith('deny.')), `${when}: ${codes}`);
}
