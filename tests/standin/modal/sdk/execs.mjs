// execs.mjs (sdk) - executions: output, input, exit code, signal, time-out, terminal; the main process and its log.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

const hash = (data) => createHash('sha256').update(data).digest('hex');

export const execs = [
  {
    name: 'exec: input, both outputs, exit code',
    async run({ sandbox }) {
      const process_ = await sandbox.exec(['sh', '-c', 'cat; echo wrong >&2; exit 42']);
      await process_.stdin.writeText('one\n');
      await process_.stdin.writeText('two\n');
      await process_.closeStdin();
      assert.equal(await process_.stdout.readText(), 'one\ntwo\n');
      assert.equal(await process_.stderr.readText(), 'wrong\n');
      assert.equal(await process_.wait(), 42);
    },
  },
  {
    name: 'exec: ended by a signal',
    async run(session) {
      assert.equal((await session.run(session.sandbox, ['sh', '-c', 'kill -9 $$'])).code, 137);
    },
  },
  {
    name: 'exec: a process group is killed by a second exec',
    async run(session) {
      const script = 'echo $$; exec sleep 600';
      const long = await session.sandbox.exec(['sh', '-c', script]);
      const reader = long.stdout.getReader();
      const { value } = await reader.read();
      const group = String(value).trim();
      assert.equal((await session.run(session.sandbox, ['sh', '-c', `kill -TERM -${group}`])).code, 0);
      assert.equal(await long.wait(), 143);
    },
  },
  {
    name: 'exec: time-out',
    async run(session) {
      const process_ = await session.sandbox.exec(['sleep', '60'], { timeoutMs: 1000 });
      const code = await process_.wait().catch((error) => String(error));
      assert.ok(code === 137 || /deadline|timed? ?out/i.test(code), `ended with ${code}`);
    },
  },
  {
    name: 'exec: workdir, a missing program, too many arguments',
    async run(session) {
      const { sandbox } = session;
      assert.equal((await session.run(sandbox, ['pwd'], { workdir: '/tmp' })).stdout, '/tmp\n');
      assert.equal((await session.run(sandbox, ['no-such-program'])).code, 127);
      await assert.rejects(sandbox.exec(['x'.repeat(70000)]));
    },
  },
  {
    name: 'exec: output ignored',
    needs: ['global.ReadableStream.from'], // Node 18 has none, and the SDK relies on it just here
    async run({ sandbox }) {
      const quiet = await sandbox.exec(['head', '-c', '4000000', '/dev/zero'], { stdout: 'ignore', stderr: 'ignore' });
      assert.equal(await quiet.wait(), 0);
    },
  },
  {
    name: 'exec: 5 MB of bytes, exact',
    async run({ sandbox }) {
      const script = 'import os,sys; d=bytes(i*i%251 for i in range(65536)); [os.write(1,d) for _ in range(80)]';
      const process_ = await sandbox.exec(['python3', '-c', script], { mode: 'binary' });
      const got = await process_.stdout.readBytes();
      const piece = Buffer.from(Array.from({ length: 65536 }, (_, i) => (i * i) % 251));
      assert.equal(hash(got), hash(Buffer.concat(Array(80).fill(piece))));
    },
  },
  {
    name: 'exec: text split inside of characters',
    async run(session) {
      await session.server.control('POST', '/settings', { chunkBytes: 1 });
      const { stdout } = await session.run(session.sandbox, ['printf', 'grüße 🌍 ende']);
      await session.server.control('POST', '/settings', { chunkBytes: 262144 });
      assert.equal(stdout, 'grüße 🌍 ende');
    },
  },
  {
    name: 'exec: 32 at once',
    async run(session) {
      const all = await Promise.all(
        Array.from({ length: 32 }, (_, i) => session.run(session.sandbox, ['echo', String(i)])),
      );
      assert.deepEqual(
        all.map(({ stdout }) => stdout.trim()),
        all.map((_, i) => String(i)),
      );
    },
  },
  {
    name: 'exec: on a terminal',
    async run({ sandbox }) {
      const process_ = await sandbox.exec(
        ['sh', '-c', 'stty size; echo $TERM; [ -t 0 ] && echo terminal; read line; echo "<$line>"'],
        { pty: true },
      );
      await process_.stdin.writeText('typed\n');
      const text = await process_.stdout.readText();
      for (const line of ['24 80', 'xterm-256color', 'terminal', '<typed>'])
        assert.ok(text.includes(`${line}\r\n`), text);
      assert.equal(await process_.wait(), 0);
    },
  },
  {
    name: 'main process: output, errors, input',
    async run(session) {
      const sandbox = await session.create({
        command: ['sh', '-c', 'echo begin; read line; echo "got $line"; echo fault >&2; exit 3'],
      });
      await sandbox.stdin.writeText('something\n');
      assert.equal(await sandbox.wait(), 3);
      assert.equal(await sandbox.stdout.readText(), 'begin\ngot something\n');
      assert.equal(await sandbox.stderr.readText(), 'fault\n');
    },
  },
  {
    name: 'logs: the tail',
    needs: ['sdk.SandboxLogsManager'],
    async run(session) {
      const sandbox = await session.create({ command: ['sh', '-c', 'echo one; echo two; sleep 600'] });
      let text = '';
      while (!text.includes('two')) {
        text = '';
        for await (const entry of sandbox.logs.tail({ n: 10 })) text += entry.data ?? entry.message ?? '';
      }
      assert.match(text, /one\ntwo\n/);
    },
  },
];
