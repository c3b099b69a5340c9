// modal_sdk.mjs - what the bench measures of Modal's official SDK: node modal_sdk.mjs VERSION SANDBOX WHAT [FILE].
// Prints one line of JSON: seconds of the doing alone, peak memory of the process in KiB.  See modal.mjs.
import { readFileSync } from 'node:fs';
import process from 'node:process';

const [version, id, what, file] = process.argv.slice(2);
const { ModalClient } = await import(new URL(`../standin/modal/node_modules/modal-${version}/dist/index.js`, import.meta.url));
const modal = new ModalClient();
const sandbox = await modal.sandboxes.fromId(id);

async function drain(stream) {
  let bytes = 0;
  for await (const piece of stream) bytes += piece.length;
  return bytes;
}

async function exec(command) {
  const running = await sandbox.exec(command, { mode: 'binary' });
  const [bytes] = await Promise.all([drain(running.stdout), drain(running.stderr), running.wait()]);
  return bytes;
}

const doings = {
  async hello() {
    const running = await sandbox.exec(['echo', 'hi'], { mode: 'binary' });
    for await (const piece of running.stdout) process.stdout.write(piece);
    await running.wait();
  },
  async trips() {
    for (let i = 0; i < 100; i++) await exec(['true']);
  },
  stdout: () => exec(['head', '-c', '100000000', '/dev/zero']),
  up: () => sandbox.filesystem.copyFromLocal(file, '/workspace/big'),
  down: () => sandbox.filesystem.copyToLocal('/workspace/big', file),
  list: () => sandbox.filesystem.listFiles('/workspace/many'),
  many: () => Promise.all(Array.from({ length: 64 }, () => exec(['echo', 'hi']))),
};

if (what !== 'hello') await exec(['true']); // the connection is warm
const began = performance.now();
await doings[what]();
const seconds = (performance.now() - began) / 1000;
if (what !== 'hello') console.log(JSON.stringify({ seconds, peak: Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status'))[1]) }));
process.exit(0);
