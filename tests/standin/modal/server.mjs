// server.mjs - a local stand-in of Modal's two services (control plane and command router), for tests.
//
//     node server.mjs --root FOLDER [--set NAME=VALUE ...] [--faults FILE]
//
// FOLDER takes everything that it makes: images, sandboxes, volumes, the test authority. When it is ready it prints
// one line of JSON:
//
//     url        http://127.0.0.1:P     plaintext HTTP/2, both services: MODAL_SERVER_URL for the SDK
//     tls_url    https://127.0.0.1:Q    TLS with ALPN h2, both services
//     ca         the file of the test authority
//     control    http://127.0.0.1:R     the control endpoint
//     token_id, token_secret            the only ones that are accepted
//
// It ends when its standard input does, and takes all sandboxes with it. --set gives one of settings.mjs its value
// (JSON, or else text); --faults reads rules (an array of them, see faults.mjs) from a file.
//
// The control endpoint, JSON both ways:
//
//     GET    /state      sandboxes with their definitions and executions ("starts": how often each really began)
//     GET    /calls      how often each method was called, and the last calls;   DELETE /calls forgets them
//     POST   /faults     one rule or an array of them;   GET /faults: those that fired;   DELETE /faults: no more
//     POST   /random     {seed, rate, method, most}: faults by chance, reproducible as far as the calls are
//     POST   /expire     {auth, router, sandbox}: tokens that were handed out count no more; "auth" and "router" are true
//                        when left out, "sandbox" limits the latter to its own. A client may trust a router's token
//                        whose time is not over for 30 s yet, so set jwtSeconds to less before one is handed out
//     POST   /kill       {sandbox}: terminates it, or all;   /timeout: it reaches its time-out;   /crash: it breaks
//     POST   /settings   {name: value}
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import grpc from '@grpc/grpc-js';
import { accountHandlers } from './api/account.mjs';
import { execHandlers } from './api/execs.mjs';
import { mountHandlers, volumeHandlers } from './api/files.mjs';
import { imageHandlers } from './api/images.mjs';
import { logHandlers } from './api/logs.mjs';
import { sandboxHandlers } from './api/sandboxes.mjs';
import { secretHandlers } from './api/secrets.mjs';
import { restoreHandlers, snapshotHandlers } from './api/snapshots.mjs';
import { makeAuthority } from './authority.mjs';
import { Connections } from './connections.mjs';
import { listenForControl } from './control.mjs';
import { Faults } from './faults.mjs';
import { Gate, checks } from './gate.mjs';
import { allAreUp } from './jail.mjs';
import { controlPlane, router } from './methods.mjs';
import { Record } from './record.mjs';
import { Schema } from './schema.mjs';
import { settings } from './settings.mjs';
import { Store } from './store.mjs';
import { Tunnels } from './tunnels.mjs';
import { World } from './world.mjs';

const messageFile = fileURLToPath(new URL('../../../src/modal/modal.proto', import.meta.url));
const limits = { 'grpc.max_receive_message_length': 100 << 20, 'grpc.max_send_message_length': 100 << 20 };

function options() {
  const { values } = parseArgs({
    options: { root: { type: 'string' }, set: { type: 'string', multiple: true }, faults: { type: 'string' } },
  });
  if (!values.root) throw new Error('--root FOLDER is missing');
  for (const word of values.set ?? []) {
    const [, name, text] = /^(\w+)=([^]*)$/.exec(word) ?? [];
    if (!(name in settings)) throw new Error(`--set ${word}: there is no such setting`);
    try {
      settings[name] = JSON.parse(text);
    } catch {
      settings[name] = text;
    }
  }
  return { root: path.resolve(values.root), rules: values.faults ? JSON.parse(readFileSync(values.faults)) : [] };
}

async function main() {
  const { root, rules } = options();
  mkdirSync(root, { recursive: true });
  const authority = makeAuthority(root);
  const world = new World({ folder: root, settings });
  const faults = new Faults(world);
  rules.forEach((rule) => faults.add(rule));
  const record = new Record();
  const tunnels = new Tunnels(authority);
  const connections = new Connections();
  const store = new Store();
  await store.listen();
  const ports = {};
  const gate = new Gate({ schema: new Schema(messageFile), world, faults, record, connections, ports });

  const server = new grpc.Server(limits);
  const add = ({ definition, implementation }) => server.addService(definition, implementation);
  const restore = restoreHandlers(world, tunnels);
  add(
    gate.serve(controlPlane, checks.control, {
      ...accountHandlers(world),
      ...imageHandlers(world),
      ...mountHandlers(world, store),
      ...sandboxHandlers(world, tunnels),
      ...logHandlers(world),
      ...restore,
      ...secretHandlers(world),
      ...volumeHandlers(world, store),
    }),
  );
  add(gate.serve(router, checks.router, { ...execHandlers(world), ...snapshotHandlers(world), ...restore }));
  const plain = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  const pair = { private_key: authority.key, cert_chain: authority.certificate };
  const secure = server.createConnectionInjector(grpc.ServerCredentials.createSsl(null, [pair], false));
  ports.plainPort = await connections.listen(plain, false);
  ports.tlsPort = await connections.listen(secure, true);
  const controlPort = await listenForControl({ world, faults, record });

  const end = async () => {
    world.close();
    await allAreUp();
    process.exit(0);
  };
  process.stdin.on('end', end).on('error', end).resume();
  process.on('SIGTERM', end);
  process.stdout.write(
    `${JSON.stringify({
      url: `http://127.0.0.1:${ports.plainPort}`,
      tls_url: `https://127.0.0.1:${ports.tlsPort}`,
      ca: authority.file,
      control: `http://127.0.0.1:${controlPort}`,
      token_id: settings.tokenId,
      token_secret: settings.tokenSecret,
    })}\n`,
  );
}

main().catch((error) => {
  process.stderr.write(`the stand-in cannot start: ${error.message}\n`);
  process.exit(1);
});
