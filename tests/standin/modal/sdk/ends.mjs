// ends.mjs (sdk) - how sandboxes end, and what the SDK makes of it; its repeats after faults.
import assert from 'node:assert/strict';

export const ends = [
  {
    name: 'faults: a stream cut in the middle is resumed, byte for byte',
    async run(session) {
      const { server } = session;
      for (const how of ['reset', 'stream', 'status', 'middle']) {
        await server.control('POST', '/faults', {
          method: 'TaskExecStdioRead',
          do: 'cut',
          after_bytes: 70001,
          how,
          count: 1,
        });
        const { stdout, code } = await session.run(session.sandbox, ['seq', '1', '100000']);
        assert.equal(stdout.length, 588895, how);
        assert.equal(code, 0);
      }
    },
  },
  {
    name: 'faults: an answer that was lost is asked for again, nothing runs twice',
    async run(session) {
      await session.server.control('POST', '/faults', { method: 'TaskExecStart', do: 'drop' });
      assert.equal(
        (await session.run(session.sandbox, ['sh', '-c', 'echo x >> /tmp/times; cat /tmp/times'])).stdout,
        'x\n',
      );
      const { execs } = await session.seen(session.sandbox);
      assert.ok(execs.every((one) => one.starts === 1));
    },
  },
  {
    name: 'faults: tokens that are over are asked for anew',
    async run(session) {
      const { server } = session;
      await server.control('POST', '/settings', { jwtSeconds: 20 }); // a longer one would still be trusted
      const sandbox = await session.create();
      await session.run(sandbox, ['true']);
      await server.control('POST', '/expire', { auth: false, sandbox: sandbox.sandboxId });
      assert.equal((await session.run(sandbox, ['echo', 'still'])).stdout, 'still\n');
      await server.control('POST', '/settings', { jwtSeconds: 3600 });
    },
  },
  {
    name: 'faults: the server asks to wait',
    async run(session) {
      const rule = {
        method: 'AppGetOrCreate',
        do: 'status',
        code: 'RESOURCE_EXHAUSTED',
        message: 'slowly',
        retry_after: 0.2,
        count: 2,
      };
      await session.server.control('POST', '/faults', rule);
      assert.equal((await session.modal.apps.fromName(`app-${session.suffix}`)).appId, session.app.appId);
      assert.equal((await session.server.control('GET', '/faults')).fired.length, 2);
    },
  },
  {
    name: 'faults: by chance, over a script of commands: exact, and nothing runs twice',
    async run(session) {
      const { server, sandbox } = session;
      await server.control('POST', '/random', { seed: 3, rate: 0.2, method: 'TaskExec*' });
      for (let i = 1; i <= 25; i++) {
        const { stdout, code } = await session.run(
          sandbox,
          ['sh', '-c', `echo ${i} >> /tmp/script; cat; seq 1 ${i * 500}; exit ${i}`],
          {},
          `in ${i}\n`,
        );
        const numbers = Array.from({ length: i * 500 }, (_, k) => `${k + 1}\n`).join('');
        assert.equal(stdout, `in ${i}\n${numbers}`);
        assert.equal(code, i);
      }
      const { fired } = await server.control('GET', '/faults');
      assert.ok(fired.length > 10, `only ${fired.length} faults`);
      await server.control('DELETE', '/faults');
      const { stdout } = await session.run(sandbox, ['cat', '/tmp/script']);
      assert.equal(stdout, Array.from({ length: 25 }, (_, i) => `${i + 1}\n`).join(''));
    },
  },
  {
    name: 'end: poll, terminate, wait; terminated twice',
    async run(session) {
      const sandbox = await session.create();
      assert.equal(await sandbox.poll(), null);
      await sandbox.terminate();
      const again = await session.modal.sandboxes.fromId(sandbox.sandboxId);
      assert.equal(await again.wait(), 137);
      await again.terminate();
      assert.equal(await (await session.modal.sandboxes.fromId(sandbox.sandboxId)).poll(), 137);
    },
  },
  {
    name: 'end: the main process leaves with a code',
    async run(session) {
      assert.equal(await (await session.create({ command: ['sh', '-c', 'exit 7'] })).wait(), 7);
      assert.equal(await (await session.create({ command: ['true'] })).wait(), 0);
    },
  },
  {
    name: 'end: time-out and idle time-out',
    async run(session) {
      assert.equal(await (await session.create({ timeoutMs: 1000 })).wait(), 124);
      assert.equal(await (await session.create({ idleTimeoutMs: 1000 })).wait(), 0);
    },
  },
  {
    name: 'end: detached, it lives on',
    needs: ['sandbox.detach'],
    async run(session) {
      const sandbox = await session.create();
      await session.run(sandbox, ['true']);
      sandbox.detach();
      await assert.rejects(sandbox.exec(['true']), /detached/);
      const again = await session.modal.sandboxes.fromId(sandbox.sandboxId);
      assert.equal(await again.poll(), null);
    },
  },
];
