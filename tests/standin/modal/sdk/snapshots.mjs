// snapshots.mjs (sdk) - snapshots of the file system and of a directory, mounts, memory and exit snapshots.
import assert from 'node:assert/strict';

export const snapshots = [
  {
    name: 'snapshot of the file system, and a fork of it',
    async run(session) {
      await session.run(session.sandbox, ['sh', '-c', 'echo before > /workspace/state']);
      const image = await session.sandbox.snapshotFilesystem();
      await session.run(session.sandbox, ['sh', '-c', 'echo after > /workspace/state']);
      const fork = await session.create({}, image);
      assert.equal((await session.run(fork, ['cat', '/workspace/state'])).stdout, 'before\n');
    },
  },
  {
    name: 'snapshot of a directory, mounted and unmounted',
    needs: ['sandbox.snapshotDirectory', 'sandbox.mountImage', 'sandbox.unmountImage'],
    async run(session) {
      const { sandbox } = session;
      await session.run(sandbox, [
        'sh',
        '-c',
        'mkdir -p /workspace/part/sub /target; echo in > /workspace/part/sub/file; echo hidden > /target/own',
      ]);
      const image = await sandbox.snapshotDirectory('/workspace/part');
      await sandbox.mountImage('/target', image);
      assert.equal((await session.run(sandbox, ['sh', '-c', 'cat /target/sub/file; ls /target'])).stdout, 'in\nsub\n');
      await sandbox.unmountImage('/target');
      assert.equal((await session.run(sandbox, ['cat', '/target/own'])).stdout, 'hidden\n');
      await sandbox.mountImage('/workspace/nothing');
      assert.equal((await session.run(sandbox, ['ls', '/workspace/nothing'])).stdout, '');
    },
  },
  {
    name: 'snapshot of memory, restored',
    needs: ['sandbox.experimentalSnapshot', 'modal.sandboxes.experimentalFromSnapshot'],
    async run(session) {
      const sandbox = await session.create({ experimentalEnableSnapshot: true });
      await session.run(sandbox, ['sh', '-c', 'echo remembered > /root/state']);
      const snapshot = await sandbox.experimentalSnapshot();
      const restored = await session.modal.sandboxes.experimentalFromSnapshot(snapshot);
      session.sandboxes.push(restored);
      assert.equal((await session.run(restored, ['cat', '/root/state'])).stdout, 'remembered\n');
    },
  },
  {
    name: 'snapshot at the exit',
    needs: ['sandbox.experimentalGetExitSnapshot'],
    async run(session) {
      const sandbox = await session.create({ experimentalOptions: { enable_exit_snapshot: true } });
      await session.run(sandbox, ['sh', '-c', 'echo last > /root/state']);
      await sandbox.terminate();
      const fork = await session.create({}, await sandbox.experimentalGetExitSnapshot());
      assert.equal((await session.run(fork, ['cat', '/root/state'])).stdout, 'last\n');
    },
  },
];
