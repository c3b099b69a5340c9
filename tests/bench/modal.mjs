// modal.mjs - sandgate's Modal client beside the official SDK, on one stand-in, in one run: node modal.mjs BUILD [--quick]
//
// Each doing is done by both, in turn, several times; the middle one counts.  Nothing here can fail: it prints figures.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const [build, quick] = process.argv.slice(2);
const version = '0.11.1';
const { Server } = await import(new URL('../standin/modal/sdk/server.mjs', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'sandgate-bench-'));
const server = await Server.start(path.join(folder, 'root'));
const ours = {
  ...process.env,
  MODAL_SERVER_URL: process.env.BENCH_PLAIN ? server.ready.url : server.ready.tls_url,
  CURL_CA_BUNDLE: server.ready.ca,
  MODAL_TOKEN_ID: server.ready.token_id,
  MODAL_TOKEN_SECRET: server.ready.token_secret,
  MODAL_CONFIG_PATH: '/nonexistent/modal.toml',
  XDG_DATA_HOME: folder,
  XDG_CONFIG_HOME: folder,
};
const theirs = { ...ours, MODAL_SERVER_URL: server.ready.url };
const sandgate = path.join(build, 'sandgate');
const client = path.join(build, 'tests/bench/modal_client');
const script = path.join(here, 'modal_sdk.mjs');

// Runs a command to its end; milliseconds until the first byte of its standard output, and that output.
function run(command, args, env) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let first, text = '';
    child.stdout.on('data', (piece) => {
      first ??= performance.now() - began;
      text += piece;
    });
    child.on('close', (code) => (code ? reject(new Error(`${command} ${args.join(' ')}: ${code}`)) : resolve({ first, text })));
  });
}

const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];

// Both in turn; { ours, theirs } of VALUE and peak.
async function measure(times, one, other) {
  const results = { ours: [], theirs: [] };
  for (let i = 0; i < times; i++) {
    results.ours.push(await one());
    results.theirs.push(await other());
  }
  const of = (side, key) => middle(results[side].map((result) => result[key]));
  return {
    value: [of('ours', 'value'), of('theirs', 'value')],
    peak: [of('ours', 'peak'), of('theirs', 'peak')],
  };
}

function row(name, unit, result, better, aim) {
  const [mine, sdk] = result.value;
  const ratio = better === 'less' ? sdk / mine : mine / sdk;
  const number = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0).padStart(9);
  const peaks = result.peak.map((peak) => (peak ? (peak / 1024).toFixed(1) : '').padStart(8)).join('');
  console.log(`${name.padEnd(38)}${number(mine)}${number(sdk)} ${unit.padEnd(5)}${ratio.toFixed(2).padStart(7)} ${aim.padEnd(8)}${peaks}`);
}

async function main() {
  const id = (await run(sandgate, ['sandbox', 'create'], ours)).text.trim();
  const exec = (...words) => run(sandgate, ['sandbox', 'exec', id, '--', ...words], ours);
  await exec('sh', '-c', 'mkdir -p /workspace/many && cd /workspace/many && seq 10000 | xargs touch');
  const big = path.join(folder, 'big'), back = path.join(folder, 'back');
  spawnSync('sh', ['-c', `head -c 100000000 /dev/urandom >${big}`]);

  const parse = (scale) => ({ text }) => {
    const { seconds, peak } = JSON.parse(text);
    return { value: scale(seconds), peak };
  };
  const both = (times, what, scale, file = '') =>
    measure(
      times,
      () => run(client, [id, what, file], ours).then(parse(scale)),
      () => run(process.execPath, [script, version, id, what, file], theirs).then(parse(scale)),
    );
  const times = quick ? 3 : 9;
  const first = ({ first }) => ({ value: first });

  console.log(`modal: sandgate beside the SDK ${version}`.padEnd(38) + ' sandgate      SDK            ratio aim         peak MiB');
  row('start to the first byte of echo hi', 'ms', await measure(
    times,
    () => exec('echo', 'hi').then(first),
    () => run(process.execPath, [script, version, id, 'hello'], theirs).then(first),
  ), 'less', '>= 10');
  row('an exec and back, warm', 'ms', await both(times, 'trips', (seconds) => seconds * 10), 'less', '>= 1');
  row('100 MB of standard output', 'MB/s', await both(times, 'stdout', (seconds) => 100 / seconds), 'more', '>= 2');
  row('a file of 100 MB up', 'MB/s', await both(times, 'up', (seconds) => 100 / seconds, big), 'more', '>= 2');
  row('a file of 100 MB down', 'MB/s', await both(times, 'down', (seconds) => 100 / seconds, back), 'more', '>= 2');
  if (!readFileSync(big).equals(readFileSync(back))) console.log('the file that came back is another one');
  row('a folder of 10,000 entries', 'ms', await both(times, 'list', (seconds) => seconds * 1000), 'less', '');
  row('64 execs at once', 'ms', await both(times, 'many', (seconds) => seconds * 1000), 'less', '');
  console.log('ratio: how many times better than the SDK; peak memory of the process with that doing');
}

try {
  await main();
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}
