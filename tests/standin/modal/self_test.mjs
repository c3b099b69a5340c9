// self_test.mjs - what the stand-in must refuse, and its faults: seen with bare calls, as no SDK makes them. Prints TAP.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { controlPlane, router } from './methods.mjs';
import { Schema } from './schema.mjs';
import { Server } from './sdk/server.mjs';

const schema = new Schema(fileURLToPath(new URL('../../../src/modal/modal.proto', import.meta.url)));
const patience = 600; // seconds
const { status } = grpc;

// A client that says just what it is told: each method takes a request and headers.
class Bare {
  constructor(url, ca) {
    const secure = url.startsWith('https:');
    const credentials = secure ? grpc.credentials.createSsl(ca) : grpc.credentials.createInsecure();
    this.client = new grpc.Client(url.replace(/^https?:\/\//, ''), credentials, {
      'grpc.enable_retries': 0,
      ...(secure ? { 'grpc.ssl_target_name_override': 'localhost' } : {}),
    });
    this.services = { ...schema.service(controlPlane), ...schema.service(router) };
  }

  #parts(method, headers) {
    const metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    const { path: place, requestSerialize, responseDeserialize } = this.services[method];
    return [place, requestSerialize, responseDeserialize, metadata];
  }

  call(method, request, headers, seconds = 30) {
    const [place, serialize, deserialize, metadata] = this.#parts(method, headers);
    const deadline = Date.now() + seconds * 1000;
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(place, serialize, deserialize, request, metadata, { deadline }, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  }

  // What a stream gives, all of it: {messages, error}.
  stream(method, request, headers) {
    const [place, serialize, deserialize, metadata] = this.#parts(method, headers);
    const messages = [];
    const deadline = Date.now() + 30000;
    return new Promise((resolve) => {
      const call = this.client.makeServerStreamRequest(place, serialize, deserialize, request, metadata, { deadline });
      call.on('data', (message) => messages.push(message));
      call.on('error', (error) => resolve({ messages, error }));
      call.on('end', () => resolve({ messages }));
    });
  }

  upload(method, requests, headers) {
    const [place, serialize, deserialize, metadata] = this.#parts(method, headers);
    return new Promise((resolve, reject) => {
      const call = this.client.makeClientStreamRequest(place, serialize, deserialize, metadata, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
      requests.forEach((request) => call.write(request));
      call.end();
    });
  }
}

const fails = (promise, code) =>
  assert.rejects(promise, (error) => {
    assert.equal(status[error.code], code, error.details);
    return true;
  });
const bytes = (messages) => Buffer.concat(messages.map((message) => message.data));
const text = (messages) => bytes(messages).toString();

// One sandbox on V2 and what is needed to talk about it.
async function prepare(server) {
  const bare = new Bare(server.ready.url);
  const identity = {
    'x-modal-client-type': '8',
    'x-modal-client-version': '1.0.0',
    'x-modal-libmodal-version': 'sandgate/test',
    'x-modal-token-id': server.ready.token_id,
    'x-modal-token-secret': server.ready.token_secret,
  };
  const { token } = await bare.call('AuthTokenGet', {}, identity);
  const headers = { ...identity, 'x-modal-auth-token': token };
  const { app_id: appId } = await bare.call('AppGetOrCreate', { app_name: 'self', object_creation_type: 1 }, headers);
  const image = { dockerfile_commands: ['FROM python:3.12'] };
  const { image_id: imageId } = await bare.call('ImageGetOrCreate', { image, app_id: appId }, headers);
  await bare.stream('ImageJoinStreaming', { image_id: imageId, timeout: 55 }, headers);
  const create = (definition = {}, more = {}) =>
    bare.call(
      'SandboxCreateV2',
      { app_id: appId, definition: { image_id: imageId, ...definition } },
      { ...headers, ...more },
    );
  const sandbox = await create();
  const bearer = { authorization: `Bearer ${sandbox.command_router_access.jwt}` };
  const start = async (argv, more = {}) => {
    const execId = randomUUID();
    await bare.call(
      'TaskExecStart',
      { task_id: sandbox.task_id, exec_id: execId, command_args: argv, stdout_config: 1, stderr_config: 1, ...more },
      bearer,
    );
    return { task_id: sandbox.task_id, exec_id: execId };
  };
  return { server, bare, identity, headers, appId, imageId, image, create, sandbox, bearer, start };
}

const tests = {
  async 'headers: each one that is missing or wrong is refused'({ bare, headers, identity }) {
    const without = (name) => Object.fromEntries(Object.entries(headers).filter(([one]) => one !== name));
    const ask = (given) => bare.call('AppGetOrCreate', { app_name: 'self' }, given);
    await ask(headers);
    await fails(ask(without('x-modal-client-type')), 'UNAUTHENTICATED');
    await fails(ask({ ...headers, 'x-modal-client-type': '77' }), 'FAILED_PRECONDITION');
    await fails(ask(without('x-modal-client-version')), 'FAILED_PRECONDITION');
    await fails(ask(without('x-modal-token-id')), 'UNAUTHENTICATED');
    await fails(ask({ ...headers, 'x-modal-token-secret': 'as-other' }), 'UNAUTHENTICATED');
    await fails(ask(without('x-modal-auth-token')), 'UNAUTHENTICATED');
    await fails(ask({ ...headers, 'x-modal-auth-token': 'a.b.c' }), 'UNAUTHENTICATED');
    await fails(bare.call('AuthTokenGet', {}, { ...identity, 'x-modal-token-id': 'ak-other' }), 'UNAUTHENTICATED');
  },

  async 'router: only with the token of this task'({ bare, headers, bearer, create, sandbox }) {
    const ask = (given, taskId = sandbox.task_id) =>
      bare.call('TaskExecPoll', { task_id: taskId, exec_id: 'none' }, given);
    await fails(ask({}), 'UNAUTHENTICATED');
    await fails(ask(headers), 'UNAUTHENTICATED');
    await fails(ask(bearer), 'NOT_FOUND');
    const other = await create();
    await fails(ask(bearer, other.task_id), 'PERMISSION_DENIED');
  },

  async 'router: its address fits how the client came'({ server, headers, sandbox, bare }) {
    assert.equal(sandbox.command_router_access.url, server.ready.url);
    const asked = { sandbox_id: sandbox.sandbox_id };
    const js = { ...headers, 'x-modal-libmodal-version': 'modal-js/0.11.1' };
    assert.equal(
      (await bare.call('SandboxGetCommandRouterAccess', asked, js)).url,
      server.ready.url.replace('http:', 'https:'),
    );
    const secure = new Bare(server.ready.tls_url, await readFile(server.ready.ca));
    assert.equal((await secure.call('SandboxGetCommandRouterAccess', asked, headers)).url, server.ready.tls_url);
  },

  async 'ids have the shapes of their backends'({ bare, headers, sandbox, appId, imageId }) {
    assert.match(sandbox.sandbox_id, /^sb-01[0-9A-Z]{24}$/);
    assert.match(sandbox.task_id, /^ta-.*V$/);
    const first = await bare.call('SandboxCreate', { app_id: appId, definition: { image_id: imageId } }, headers);
    assert.match(first.sandbox_id, /^sb-[0-9A-Za-z]{22}$/);
  },

  async 'a start with the same exec id begins nothing again'({ server, bare, bearer, sandbox }) {
    const request = {
      task_id: sandbox.task_id,
      exec_id: randomUUID(),
      command_args: ['sh', '-c', 'echo x >> /tmp/once; cat /tmp/once'],
      stdout_config: 1,
      stderr_config: 1,
    };
    await Promise.all(Array.from({ length: 5 }, () => bare.call('TaskExecStart', request, bearer)));
    const { messages } = await bare.stream('TaskExecStdioRead', request, bearer);
    assert.equal(text(messages), 'x\n');
    const { sandboxes } = await server.control('GET', '/state');
    const { execs } = sandboxes.find((one) => one.id === sandbox.sandbox_id);
    assert.equal(execs.find((one) => one.id === request.exec_id).starts, 1);
  },

  async 'output: from any offset, as often as one likes'({ bare, bearer, start }) {
    const exec = await start(['seq', '1', '50000']);
    const all = bytes((await bare.stream('TaskExecStdioRead', exec, bearer)).messages);
    assert.equal(all.length, 288894);
    for (const offset of [1, 77777, 288893, 288894]) {
      const { messages } = await bare.stream('TaskExecStdioRead', { ...exec, offset }, bearer);
      assert.ok(bytes(messages).equals(all.subarray(offset)), `from ${offset}`);
    }
  },

  async 'input: overlap is dropped, a gap refused, two ends are one'({ bare, bearer, start }) {
    const exec = await start(['cat']);
    const write = (offset, data, eof = false) =>
      bare.call('TaskExecStdinWrite', { ...exec, offset, data: Buffer.from(data), eof }, bearer);
    await write(0, 'abc');
    await write(0, 'abc');
    await write(1, 'bcdef');
    await fails(write(9, 'x'), 'FAILED_PRECONDITION');
    await write(6, '', true);
    await write(6, '', true);
    assert.deepEqual(await bare.call('TaskExecStdinStatus', exec, bearer), { num_bytes_written: 6, closed: true });
    const { messages } = await bare.stream('TaskExecStdioRead', exec, bearer);
    assert.equal(text(messages), 'abcdef');
    await fails(write(6, 'more'), 'FAILED_PRECONDITION');
    const ended = await start(['true']);
    await bare.call('TaskExecWait', ended, bearer);
    await fails(
      bare.call('TaskExecStdinWrite', { ...ended, offset: 0, data: Buffer.from('x') }, bearer),
      'FAILED_PRECONDITION',
    );
  },

  async 'input as a stream: resumed, and left open without its end'({ bare, bearer, start }) {
    const exec = await start(['cat']);
    const upload = (requests) => bare.upload('TaskExecStdinWriteStream', requests, bearer);
    await fails(upload([{ start: { ...exec, offset: 0 } }, { data: Buffer.from('one ') }]), 'CANCELLED');
    assert.deepEqual(await bare.call('TaskExecStdinStatus', exec, bearer), { num_bytes_written: 4, closed: false });
    await fails(upload([{ start: { ...exec, offset: 2 } }, { end: {} }]), 'FAILED_PRECONDITION');
    await upload([{ start: { ...exec, offset: 4 } }, { data: Buffer.from('two') }, { end: {} }]);
    assert.equal(text((await bare.stream('TaskExecStdioRead', exec, bearer)).messages), 'one two');
  },

  async 'ends: code, signal, time-out; a wait holds to the deadline'({ bare, bearer, start }) {
    const wait = async (exec, seconds) => bare.call('TaskExecWait', exec, bearer, seconds);
    const code = ({ code: number, signal }) => ({ code: number, signal });
    assert.deepEqual(code(await wait(await start(['true']))), { code: 0, signal: undefined });
    assert.deepEqual(code(await wait(await start(['sh', '-c', 'kill -15 $$']))), { code: undefined, signal: 15 });
    const slow = await start(['sleep', '600'], { timeout_secs: 4 });
    assert.equal((await bare.call('TaskExecPoll', slow, bearer)).exit_status, undefined);
    await fails(wait(slow, 0.3), 'DEADLINE_EXCEEDED');
    assert.equal((await wait(slow)).signal, 9);
  },

  async 'a terminal: size, TERM, ^C, end of input'({ bare, bearer, start }) {
    const terminal = { enabled: true, winsz_rows: 33, winsz_cols: 101, env_term: 'xterm-256color', pty_type: 2 };
    const exec = await start(['sh', '-c', 'stty size; echo $TERM; cat'], { pty_info: terminal });
    const type = (offset, data) =>
      bare.call('TaskExecStdinWrite', { ...exec, offset, data: Buffer.from(data) }, bearer);
    await type(0, 'a\n');
    await bare.call('TaskExecStdinWrite', { ...exec, offset: 2, eof: true }, bearer);
    assert.equal((await bare.call('TaskExecWait', exec, bearer)).code, 0);
    const { messages } = await bare.stream('TaskExecStdioRead', exec, bearer);
    for (const line of ['33 101', 'xterm-256color', 'a'])
      assert.ok(text(messages).includes(`${line}\r\n`), text(messages));
    assert.equal((await bare.stream('TaskExecStdioRead', { ...exec, file_descriptor: 1 }, bearer)).messages.length, 0);
    const busy = await start(['cat'], { pty_info: terminal });
    await bare.call('TaskExecStdinWrite', { ...busy, offset: 0, data: Buffer.from([3]) }, bearer);
    assert.equal((await bare.call('TaskExecWait', busy, bearer)).signal, 2);
  },

  async 'what a killed call left behind does not hold its outputs'({ bare, bearer, start }) {
    const exec = await start(['sh', '-c', 'sleep 600 & echo started; exec sleep 600'], { timeout_secs: 4 });
    assert.equal((await bare.call('TaskExecWait', exec, bearer)).signal, 9);
    assert.equal(text((await bare.stream('TaskExecStdioRead', exec, bearer)).messages), 'started\n');
  },

  async 'a build: its log line by line, resumed by entry, its failure'({ bare, headers, appId }) {
    const image = {
      dockerfile_commands: [
        'FROM python:3.12',
        'RUN echo one; echo two',
        'RUN apt-get install -y x',
        `RUN false ${randomUUID()}`,
      ],
    };
    const { image_id: imageId } = await bare.call('ImageGetOrCreate', { image, app_id: appId }, headers);
    const join = (more) =>
      bare.stream(
        'ImageJoinStreaming',
        { image_id: imageId, timeout: 55, include_logs_for_finished: true, ...more },
        headers,
      );
    const { messages } = await join();
    const lines = messages
      .flatMap((message) => message.task_logs)
      .map((log) => log.data)
      .join('');
    assert.match(lines, /Step 1\/4 : FROM[^]*one\ntwo\n[^]*apt-get/);
    assert.equal(messages.at(-1).result.status, 2);
    const middle = messages[3].entry_id;
    assert.equal((await join({ last_entry_id: middle })).messages.length, messages.length - 4);
  },

  async 'a repeat with the same key creates nothing twice'({ server, create }) {
    const key = { 'x-idempotency-key': randomUUID() };
    await server.control('POST', '/faults', { method: 'SandboxCreateV2', do: 'drop' });
    await assert.rejects(create({}, key));
    const before = (await server.control('GET', '/state')).sandboxes.length;
    const { sandbox_id: sandboxId } = await create({}, key);
    assert.equal((await server.control('GET', '/state')).sandboxes.length, before);
    assert.match(sandboxId, /^sb-/);
  },

  async "faults: a status with Modal's retry policy"({ server, bare, headers }) {
    await server.control('POST', '/faults', {
      method: 'App*',
      do: 'status',
      code: 'RESOURCE_EXHAUSTED',
      retry_after: 1.5,
    });
    const error = await bare.call('AppGetOrCreate', { app_name: 'self' }, headers).catch((one) => one);
    assert.equal(error.code, status.RESOURCE_EXHAUSTED);
    const [details] = error.metadata.get('grpc-status-details-bin');
    const {
      details: [detail],
    } = schema.message('RPCStatus').deserialize(details);
    assert.match(detail.type_url, /\/modal\.client\.RPCRetryPolicy$/);
    assert.equal(schema.message('RPCRetryPolicy').deserialize(detail.value).retry_after_secs, 1.5);
    await bare.call('AppGetOrCreate', { app_name: 'self' }, headers);
  },

  async 'faults: the nth call, as often as said, with what was fired told'({ server, bare, headers }) {
    await server.control('POST', '/faults', {
      method: 'TokenInfoGet',
      do: 'status',
      code: 'INTERNAL',
      nth: 2,
      count: 2,
    });
    const ask = () =>
      bare.call('TokenInfoGet', {}, headers).then(
        () => 'fine',
        (error) => status[error.code],
      );
    assert.deepEqual([await ask(), await ask(), await ask(), await ask()], ['fine', 'INTERNAL', 'INTERNAL', 'fine']);
    const { fired } = await server.control('GET', '/faults');
    assert.deepEqual(
      fired.map(({ call }) => call),
      ['TokenInfoGet', 'TokenInfoGet'],
    );
  },

  async 'faults: a stream is cut, in each way, at each of many points, on both ports'({ server, bare, bearer, start }) {
    const exec = await start(['seq', '1', '50000']);
    await bare.call('TaskExecWait', exec, bearer);
    const whole = bytes((await bare.stream('TaskExecStdioRead', exec, bearer)).messages);
    const secure = new Bare(server.ready.tls_url, await readFile(server.ready.ca));
    const cut = async (client, how, after) => {
      await server.control('POST', '/faults', { method: 'TaskExecStdioRead', do: 'cut', how, after_bytes: after });
      const { messages, error } = await client.stream('TaskExecStdioRead', exec, bearer);
      const got = bytes(messages);
      assert.ok(error, `${how} after ${after}: no error`);
      assert.ok(
        got.length <= after && got.equals(whole.subarray(0, got.length)),
        `${how} after ${after}: ${got.length}`,
      );
      if (how === 'status') assert.equal(got.length, after);
    };
    for (const client of [bare, secure]) {
      for (const how of ['reset', 'stream', 'status', 'middle', 'bare']) {
        for (const after of [0, 1, 262143, 262144, 262145, 288893]) await cut(client, how, after);
      }
    }
  },

  async 'faults: an upload is answered while it goes on'({ server, bare, bearer, start }) {
    const exec = await start(['cat']);
    await server.control('POST', '/faults', {
      method: 'TaskExecStdinWriteStream',
      do: 'early',
      code: 'UNAVAILABLE',
      after_bytes: 100000,
    });
    const pieces = Array.from({ length: 40 }, () => ({ data: Buffer.alloc(65536, 'u') }));
    await fails(
      bare.upload('TaskExecStdinWriteStream', [{ start: { ...exec, offset: 0 } }, ...pieces, { end: {} }], bearer),
      'UNAVAILABLE',
    );
    const { num_bytes_written: written } = await bare.call('TaskExecStdinStatus', exec, bearer);
    assert.ok(written >= 100000 && written < 40 * 65536, String(written));
  },

  async 'faults: delay, hang, goaway, flood'({ server, bare, headers, bearer, start }) {
    const ask = (seconds) => bare.call('TokenInfoGet', {}, headers, seconds);
    await server.control('POST', '/faults', [
      { method: 'TokenInfoGet', do: 'delay', ms: 3000 },
      { method: 'TokenInfoGet', do: 'hang', nth: 2 },
    ]);
    await fails(ask(0.1), 'DEADLINE_EXCEEDED');
    await fails(ask(0.3), 'DEADLINE_EXCEEDED');
    await server.control('POST', '/faults', { method: 'TokenInfoGet', do: 'goaway', nth: 1, count: 3 });
    const unlessDropped = (error) => assert.equal(error.code, status.UNAVAILABLE, error.details);
    for (let i = 0; i < 4; i++) await ask().catch(unlessDropped);
    await server.control('POST', '/faults', { method: 'TaskExecStart', do: 'flood', bytes: 3000000 });
    const exec = await start(['echo', 'end']);
    const got = bytes((await bare.stream('TaskExecStdioRead', exec, bearer)).messages);
    assert.equal(got.length, 3000004);
    assert.equal(got.subarray(-5).toString(), 'xend\n');
  },

  async 'faults: tokens that are over'({ server, bare, headers, identity, bearer, sandbox }) {
    await server.control('POST', '/expire', {});
    await fails(bare.call('TokenInfoGet', {}, headers), 'UNAUTHENTICATED');
    await fails(bare.call('TaskExecPoll', { task_id: sandbox.task_id, exec_id: 'x' }, bearer), 'UNAUTHENTICATED');
    headers['x-modal-auth-token'] = (await bare.call('AuthTokenGet', {}, identity)).token;
    bearer.authorization = `Bearer ${(await bare.call('SandboxGetCommandRouterAccess', { sandbox_id: sandbox.sandbox_id }, headers)).jwt}`;
    await fails(bare.call('TaskExecPoll', { task_id: sandbox.task_id, exec_id: 'x' }, bearer), 'NOT_FOUND');
  },

  async 'chance with a seed strikes the same calls again'({ server, bare, headers }) {
    const strike = async () => {
      await server.control('DELETE', '/faults');
      await server.control('POST', '/random', { seed: 7, rate: 0.5, method: 'TokenInfoGet' });
      for (let i = 0; i < 20; i++) await bare.call('TokenInfoGet', {}, headers).catch(() => {});
      return (await server.control('GET', '/faults')).fired.map(({ at, ...fault }) => fault);
    };
    const once = await strike();
    assert.ok(once.length > 3);
    assert.deepEqual(await strike(), once);
  },

  async 'a sandbox that ends under a call'({ server, bare, headers, create }) {
    const sandbox = await create({ timeout_secs: 600 });
    const bearer = { authorization: `Bearer ${sandbox.command_router_access.jwt}` };
    const exec = {
      task_id: sandbox.task_id,
      exec_id: randomUUID(),
      command_args: ['sh', '-c', 'echo begun; sleep 600'],
      stdout_config: 1,
      stderr_config: 1,
    };
    await bare.call('TaskExecStart', exec, bearer);
    const reading = bare.stream('TaskExecStdioRead', exec, bearer);
    const waiting = bare.call('TaskExecWait', exec, bearer);
    const watching = bare.call('SandboxWaitV2', { sandbox_id: sandbox.sandbox_id, timeout: 50 }, headers);
    await Promise.race([
      reading,
      waiting.catch(() => {}),
      bare.stream('SandboxStdioReadV2', { task_id: sandbox.task_id, offset: 1 }, bearer),
      server.control('POST', '/timeout', { sandbox: sandbox.sandbox_id }),
    ]);
    await fails(waiting, 'NOT_FOUND');
    assert.equal(status[(await reading).error.code], 'NOT_FOUND');
    assert.equal((await watching).result.status, 4);
    await fails(bare.call('TaskExecStart', { ...exec, exec_id: randomUUID() }, bearer), 'NOT_FOUND');
  },

  async 'a sandbox that cannot start says why'({ bare, headers, create, server }) {
    await server.control('POST', '/settings', { startMs: 600000 });
    const sandbox = await create();
    const asked = { sandbox_id: sandbox.sandbox_id };
    assert.deepEqual(await bare.call('SandboxGetTaskIdV2', { ...asked, timeout: 0.05 }, headers), {});
    await bare.call('SandboxTerminateV2', asked, headers);
    assert.equal((await bare.call('SandboxGetTaskIdV2', asked, headers)).task_result.status, 3);
    await server.control('POST', '/settings', { startMs: 0 });
  },
};

tests['an image: what RUN makes outside of /usr is there, and /usr/local is its own'] = async ({
  bare,
  headers,
  appId,
  server,
}) => {
  const lines = [
    'FROM python:3.12',
    'RUN echo "#!/bin/sh\necho tool" > /usr/local/bin/tool && chmod 755 /usr/local/bin/tool',
    'RUN mkdir /data',
  ];
  const request = { image: { dockerfile_commands: lines }, app_id: appId };
  const { image_id: imageId } = await bare.call('ImageGetOrCreate', request, headers);
  await bare.stream('ImageJoinStreaming', { image_id: imageId, timeout: 55 }, headers);
  const definition = {
    image_id: imageId,
    entrypoint_args: ['sh', '-c', 'tool; python -c "print(1)"; cd /data && sleep 600'],
  };
  const sandbox = await bare.call('SandboxCreateV2', { app_id: appId, definition }, headers);
  const bearer = { authorization: `Bearer ${sandbox.command_router_access.jwt}` };
  const read = (more) => bare.stream('SandboxStdioReadV2', { task_id: sandbox.task_id, ...more }, bearer);
  const reading = read();
  for (let size = 0; size < 7;) {
    const { batches } = await bare.call(
      'AppFetchLogs',
      { app_id: appId, task_id: sandbox.task_id, limit: 100 },
      headers,
    );
    size = batches.flatMap((batch) => batch.items).reduce((sum, item) => sum + item.data.length, 0);
  }
  await server.control('POST', '/settings', { mainKept: 3 });
  const late = read();
  await bare.call('SandboxTerminateV2', { sandbox_id: sandbox.sandbox_id }, headers);
  assert.equal(text((await reading).messages), 'tool\n1\n');
  const { messages } = await late;
  assert.deepEqual([messages[0].starting_offset, text(messages)], [4, '\n1\n']);
  await server.control('POST', '/settings', { mainKept: 0 });
};

tests['a helper that is missing, a bucket that is missing'] = async ({
  server,
  bare,
  bearer,
  start,
  create,
  headers,
}) => {
  await server.control('POST', '/settings', { fileHelper: false });
  const exec = await start(['/__modal/.bin/modal-sandbox-fs-tools', '{"Stat":{"path":"/"}}']);
  assert.equal((await bare.call('TaskExecWait', exec, bearer)).code, 127);
  await server.control('POST', '/settings', { fileHelper: true });
  const sandbox = await create({ cloud_bucket_mounts: [{ bucket_name: 'missing', mount_path: '/b' }] });
  const { result } = await bare.call('SandboxWaitV2', { sandbox_id: sandbox.sandbox_id, timeout: 30 }, headers);
  assert.equal(result.status, 5);
};

const folder = mkdtempSync(path.join(os.tmpdir(), 'sandgate-standin-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const server = await Server.start(path.join(folder, 'standin'));
const parts = await prepare(server);
let [number, failed] = [0, 0];
let now = '';
setTimeout(() => {
  process.stdout.write(`Bail out! no end after ${patience} s, at "${now}"\n`);
  process.exit(1);
}, patience * 1000).unref();

for (const [name, run] of Object.entries(tests)) {
  if (process.argv[2] && !name.includes(process.argv[2])) continue;
  number += 1;
  now = name;
  try {
    await run(parts);
    process.stdout.write(`ok ${number} - ${name}\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`${String(error.stack).replace(/^/gm, '# ')}\nnot ok ${number} - ${name}\n`);
  }
  await server.control('DELETE', '/faults');
}
process.stdout.write(`1..${number}\n`);
await server.stop();
process.exit(failed ? 1 : 0);
