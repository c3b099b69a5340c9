// sdk_same.mjs - the same wish by Modal's own SDK and by `sandgate sandbox create`: the stand-in must see the same.
//
//     SANDGATE_BUILD=FOLDER node sdk_same.mjs
//
// Each row is a wish in both languages. Compared are the definition of the sandbox, field by field, and the image: ours
// must be the very one that the SDK had built, so its layers are the same to the byte. Prints TAP.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Server } from './sdk/server.mjs';

const program = path.join(process.env.SANDGATE_BUILD ?? '.', 'sandgate');
const asleep = ['sleep', '172800']; // what sandgate runs when it is told nothing
const open = ['--network', 'on'];
const set = (values) => Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]);

// ON: the only backend that takes it; LACKS: the SDK's that does not; NEEDS: a name that the SDK must have.
const wishes = [
  { about: 'nothing in particular', params: {}, words: open },
  { about: 'no network', params: { blockNetwork: true }, words: ['--network', 'off'] },
  {
    about: 'processors, memory and their limits',
    params: { cpu: 0.125, cpuLimit: 2, memoryMiB: 512, memoryLimitMiB: 1024 },
    words: [...open, '--cpu', '0.125', '--memory', '512', ...set({ 'modal.cpu_limit': 2, 'modal.memory_limit': 1024 })],
  },
  {
    about: 'times',
    params: { timeoutMs: 7200000, idleTimeoutMs: 60000 },
    words: [...open, '--timeout', '2h', ...set({ 'modal.idle_timeout': '1m' })],
  },
  { about: 'a command', params: { command: ['sh', '-c', 'sleep 300'] }, words: [...open, '--', 'sh', '-c', 'sleep 300'] },
  {
    about: 'ports of all kinds',
    params: { encryptedPorts: [8000], h2Ports: [8001], unencryptedPorts: [9000] },
    words: [...open, ...set({ 'modal.ports': '["9000/tcp","8000","8001/http2"]' })],
  },
  {
    about: 'lists of who is reached, and by whom',
    params: { outboundCidrAllowlist: ['10.0.0.0/8'], outboundDomainAllowlist: ['*.example.com'], inboundCidrAllowlist: ['1.2.3.0/24'] },
    words: set({ 'modal.cidrs': '["10.0.0.0/8"]', 'modal.domains': '["*.example.com"]', 'modal.inbound_cidrs': '["1.2.3.0/24"]' }),
  },
  {
    about: 'a place, a name of its own, and words in the log',
    params: { cloud: 'aws', regions: ['us-east-1', 'eu'], verbose: true },
    words: [...open, ...set({ 'modal.cloud': 'aws', 'modal.region': '["us-east-1","eu"]', 'modal.verbose': 'true' })],
  },
  { about: 'tags', params: { tags: { a: 'b', c: 'd=e' } }, words: [...open, '--tag', 'a=b', '--tag', 'c=d=e'], lacks: '0.9.0 on V2' },
  { about: 'a GPU', params: { gpu: 'h100:2' }, words: [...open, '--gpu', 'h100:2'], on: 'V1' },
  {
    about: 'experimental options',
    params: { experimentalOptions: { enable_docker: true } },
    words: [...open, ...set({ 'modal.experimental': '{enable_docker: "true"}' })],
  },
  {
    about: 'a probe of readiness',
    params: (sdk) => ({ readinessProbe: sdk.Probe.withTcp(8000, { intervalMs: 200 }) }),
    words: [...open, ...set({ 'modal.probe_port': 8000, 'modal.probe_interval': '200ms' })],
    needs: 'Probe',
  },
];

let number = 0;
let failed = 0;

function tell(fine, about, why = []) {
  number += 1;
  failed += !fine;
  process.stdout.write(`${fine ? 'ok' : 'not ok'} ${number} - ${about}\n${why.map((line) => `#   ${line}\n`).join('')}`);
}

// Lines "path = value"; what is false, empty or absent says nothing on the wire that its absence does not.
function lines(value, place = '') {
  if (value === null || value === undefined || value === false || value === '' || value === 0) return [];
  if (typeof value !== 'object') return [`${place} = ${value}`];
  return Object.entries(value).flatMap(([name, inner]) => lines(inner, `${place}/${name}`));
}

// A time-out, memory and processors are sandgate's own unless asked for: the SDK is told of them.
const usual = { timeoutMs: 3600000, cpu: 1, memoryMiB: 5120, command: asleep };

function isLacking({ sdk, version, backend }, { on = backend, lacks, needs }) {
  return on !== backend || lacks === `${version} on ${backend}` || (needs && !sdk[needs]);
}

async function newest(server) {
  return (await server.control('GET', '/state')).sandboxes.at(-1);
}

async function compare(session, wish) {
  const { server, sdk } = session;
  const params = { ...usual, ...(typeof wish.params === 'function' ? wish.params(sdk) : wish.params) };
  await session.create(params);
  const theirs = await newest(server);
  const images = (await server.control('GET', '/state')).images.length;
  const words = ['sandbox', 'create', '--app', session.app.name ?? 'same', '--image', 'python:3.12',
    ...set({ 'modal.dockerfile': '["ENV A=1","RUN echo built"]', 'modal.version': session.backend.toLowerCase() }), ...wish.words];
  const made = spawnSync(program, words, { encoding: 'utf8' });
  if (made.status !== 0) return [`sandgate: ${made.stderr.trim()}`];
  const ours = await newest(server);
  const [a, b] = [theirs, ours].map((one) => lines({ definition: one.definition, tags: one.tags, v2: one.v2 }));
  const more = (await server.control('GET', '/state')).images.length - images;
  return [
    ...a.filter((line) => !b.includes(line)).map((line) => `only the SDK: ${line}`),
    ...b.filter((line) => !a.includes(line)).map((line) => `only sandgate: ${line}`),
    ...(more ? [`sandgate had ${more} layers built that the SDK has not`] : []),
  ];
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'sandgate-same-'));
const server = await Server.start(path.join(folder, 'standin'));
process.env.HOME = folder;
process.env.XDG_CONFIG_HOME = folder;
process.chdir(folder);
try {
  for (const version of ['0.9.0', '0.11.1'])
    for (const backend of ['V1', 'V2']) {
      const session = await server.session(version, backend);
      session.app = await session.modal.apps.fromName('same', { createIfMissing: true });
      session.image = session.modal.images.fromRegistry('python:3.12').dockerfileCommands(['ENV A=1', 'RUN echo built']);
      for (const wish of wishes) {
        const about = `modal ${version} on ${backend}: ${wish.about}`;
        if (isLacking(session, wish)) {
          tell(true, `${about} # SKIP not there`);
          continue;
        }
        const why = await compare(session, wish).catch((error) => [error.message]);
        tell(why.length === 0, about, why);
      }
      await session.end();
    }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(`1..${number}\n`);
process.exit(failed ? 1 : 0);
