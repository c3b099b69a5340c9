// sdk_session.mjs - a whole session with Modal's official JavaScript SDK against the stand-in: who says it is true.
//
//     node sdk_session.mjs [VERSION ...]
//
// Each version that package.json pins is run on both backends, V1 and V2. Prints TAP, a line for each feature; what a
// version does not offer is skipped by name. tests/node.sh runs it where node and the packages are there.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { features } from './sdk/features.mjs';
import { Server } from './sdk/server.mjs';

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['0.9.0', '0.11.1'];
const patience = { all: 1200, each: 300 }; // seconds for all of it, and for one feature
// Of the SDK, but not of what sandgate speaks of.
const unserved = [
  'functions and classes',
  'queues',
  'dicts',
  'sidecar containers',
  'outbound policy with header replacements',
  'environments to create, list and delete',
];
let now = 'the start';
let number = 0;
const totals = { passed: 0, failed: 0, skipped: 0 };

setTimeout(() => {
  process.stdout.write(`Bail out! no end after ${patience.all} s, at "${now}"\n`);
  process.exit(1);
}, patience.all * 1000).unref();

// How far an SDK offers PATH, such as "modal.images.fromName": NAMES are what the session knows.
function offers(names, place) {
  const words = place.split('.');
  const last = words.pop();
  const owner = words.reduce((value, word) => value?.[word], names);
  return owner !== undefined && last in owner;
}

function tell(word, about, why = '') {
  number += 1;
  process.stdout.write(
    `${word === 'failed' ? 'not ok' : 'ok'} ${number} - ${about}${word === 'skipped' ? ` # SKIP ${why}` : ''}\n`,
  );
  totals[word] += 1;
}

// PROMISE, or after SECONDS a failure.
function within(seconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function runFeature(session, { name, needs = [], backend, run }) {
  const about = `modal ${session.version} on ${session.backend}: ${name}`;
  now = about;
  const lacking = needs.filter((place) => !offers(session.names, place));
  if (lacking.length || (backend && backend !== session.backend)) {
    session.missing.push(name);
    tell('skipped', about, lacking.length ? `not there: ${lacking.join(', ')}` : `only ${backend} has it`);
    return;
  }
  try {
    await within(patience.each, run(session));
    session.works.push(name);
    tell('passed', about);
  } catch (error) {
    if (/is not supported for V2 sandboxes/.test(error.message)) {
      session.missing.push(name);
      tell('skipped', about, `this version refuses: ${error.message}`);
      return;
    }
    process.stdout.write(
      `${String(error.stack)
        .split('\n')
        .map((line) => `# ${line}`)
        .join('\n')}\n`,
    );
    tell('failed', about);
  } finally {
    await session.server.control('DELETE', '/faults');
  }
}

async function runSession(server, version, backend) {
  const session = await server.session(version, backend);
  for (const feature of features) await runFeature(session, feature);
  await session.end();
  process.stdout.write(`# modal ${version} on ${backend} works: ${session.works.join('; ')}\n`);
  process.stdout.write(`# modal ${version} offers, but the stand-in does not serve: ${unserved.join('; ')}\n`);
  process.stdout.write(`# modal ${version} on ${backend} has not: ${session.missing.join('; ') || 'nothing'}\n`);
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'sandgate-sdk-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const server = await Server.start(path.join(folder, 'standin'));
try {
  for (const version of versions) {
    for (const backend of ['V1', 'V2']) await runSession(server, version, backend);
  }
} finally {
  await server.stop();
}
process.stdout.write(`1..${number}\n`);
process.stdout.write(`# ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exit(totals.failed ? 1 : 0);
