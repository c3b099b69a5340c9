// modal.mjs - sandgate's Modal client beside the official SDK, on one stand-in, in one run: node modal.mjs BUILD [--quick] [ROW ...]
//
// Each doing is done in turn by sandgate and the SDK, both over plaintext as the SDK does it on this host, and by
// sandgate over TLS as it is in production; several times, and the middle one counts.  The stand-in is a Node program
// on the same cores: where it is the slowest of the three, the ratio is the nearer to 1.  Nothing here can fail: it
// prints figures.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const [build, ...words] = process.argv.slice(2);
const quick = words.includes('--quick');
const only = words.filter((word) => !word.startsWith('--')); // rows, by name; none: all
const version = '0.11.1';
const { Server } = await import(new URL('../standin/modal/sdk/server.mjs', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'sandgate-bench-'));
// Collecting garbage on several threads would take from the client the core that it is measured on.
const server = await Server.start(path.join(folder, 'root'), ['--single-threaded-gc', '--max-semi-space-size=64']);
const plain = {
  ...process.env,
  MODAL_SERVER_URL: server.ready.url,
  MODAL_LOGLEVEL: 'error',
  CURL_CA_BUNDLE: server.ready.ca,
  MODAL_TOKEN_ID: server.ready.token_id,
  MODAL_TOKEN_SECRET: server.ready.token_secret,
  MODAL_CONFIG_PATH: '/nonexistent/modal.toml',
  XDG_DATA_HOME: folder,
  XDG_CONFIG_HOME: folder,
};
const secure = { ...plain, MODAL_SERVER_URL: server.ready.tls_url };
const sandgate = path.join(build, 'sandgate');
const client = path.join(build, 'tests/bench/modal_client');
const script = path.join(here, 'modal_sdk.mjs');

// Runs a command to its end; milliseconds until the first byte of its standard output, and that output.
function run(command, args, env, errors = 'inherit') {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', errors] });
    let first, text = '';
    child.stdout.on('data', (piece) => {
      first ??= performance.now() - began;
      text += piece;
    });
    child.on('close', (code) => (code ? reject(new Error(`${command} ${args.join(' ')}: ${code}`)) : resolve({ first, text })));
  });
}

const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];

// All in turn: sandgate, the SDK, sandgate over TLS.
async function measure(times, mine, sdk) {
  const sides = [() => mine(plain), () => sdk(plain), () => mine(secure)];
  const results = sides.map(() => []);
  for (let i = 0; i < times; i++) {
    for (const [which, side] of sides.entries()) results[which].push(await side());
  }
  const of = (key) => results.map((side) => middle(side.map((result) => result[key])));
  return { value: of('value'), peak: of('peak') };
}

function row(name, unit, { value, peak }, better, aim) {
  const [mine, sdk, overTls] = value;
  const ratio = (ours) => (better === 'less' ? sdk / ours : ours / sdk).toFixed(2).padStart(7);
  const number = (figure) => figure.toFixed(figure < 10 ? 2 : figure < 100 ? 1 : 0).padStart(9);
  const peaks = [peak[0], peak[1]].map((kib) => (kib ? (kib / 1024).toFixed(1) : '').padStart(8)).join('');
  const figures = `${number(mine)}${number(sdk)} ${unit.padEnd(5)}${ratio(mine)} ${aim.padEnd(6)}${peaks}`;
  console.log(`${name.padEnd(33)}${figures}${number(overTls)}${ratio(overTls)}`);
}

async function main() {
  const id = (await run(sandgate, ['sandbox', 'create'], plain, 'ignore')).text.trim();
  const exec = (env, ...words) => run(sandgate, ['sandbox', 'exec', id, '--', ...words], env);
  await exec(plain, 'sh', '-c', 'mkdir -p /workspace/many && cd /workspace/many && seq 10000 | xargs touch');
  const big = path.join(folder, 'big'), back = path.join(folder, 'back');
  spawnSync('sh', ['-c', `head -c 100000000 /dev/urandom >${big}`]);

  const parse = (scale) => ({ text }) => {
    const { seconds, peak } = JSON.parse(text);
    return { value: scale(seconds), peak };
  };
  const both = (times, what, scale, file = '') =>
    measure(
      times,
      (env) => run(client, [id, what, file], env).then(parse(scale)),
      (env) => run(process.execPath, [script, version, id, what, file], env).then(parse(scale)),
    );
  const times = quick ? 3 : 9;
  const first = ({ first }) => ({ value: first });
  const rows = {
    first: async () => row('start to the first byte of echo hi', 'ms', await measure(
      times,
      (env) => exec(env, 'echo', 'hi').then(first),
      (env) => run(process.execPath, [script, version, id, 'hello'], env).then(first),
    ), 'less', '>= 10'),
    trips: async () => row('an exec and back, warm', 'ms', await both(times, 'trips', (seconds) => seconds * 10), 'less', '>= 1'),
    stdout: async () => row('100 MB of standard output', 'MB/s', await both(times, 'stdout', (seconds) => 100 / seconds), 'more', '>= 2'),
    up: async () => row('a file of 100 MB up', 'MB/s', await both(times, 'up', (seconds) => 100 / seconds, big), 'more', '>= 2'),
    down: async () => {
      row('a file of 100 MB down', 'MB/s', await both(times, 'down', (seconds) => 100 / seconds, back), 'more', '>= 2');
      if (!readFileSync(big).equals(readFileSync(back))) console.log('the file that came back is another one');
    },
    list: async () => row('a folder of 10,000 entries', 'ms', await both(times, 'list', (seconds) => seconds * 1000), 'less', ''),
    many: async () => row('64 execs at once', 'ms', await both(times, 'many', (seconds) => seconds * 1000), 'less', ''),
  };
  console.log(`${'both plaintext'.padStart(33 + 18)}${'peak MiB'.padStart(29)}${'over TLS'.padStart(16)}`);
  console.log(`${`sandgate, the SDK ${version}`.padEnd(33)} sandgate      SDK        ratio aim   sandgate     SDK sandgate  ratio`);
  for (const [name, measured] of Object.entries(rows)) if (!only.length || only.includes(name)) await measured();
  const load = os.loadavg()[0].toFixed(1);
  console.log(`ratio: how many times better than the SDK; peak memory of the client's process; load ${load} on ${os.cpus().length} cores`);
}

try {
  await main();
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}
