// files.mjs (sdk) - the file system API: every operation, and every kind of refusal.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const needs = ['sandbox.filesystem'];

export const files = [
  {
    name: 'files: write, read, replace, empty, parents made',
    needs,
    async run({ sandbox: { filesystem } }) {
      await filesystem.writeText('text ü', '/workspace/deep/er/a.txt');
      assert.equal(await filesystem.readText('/workspace/deep/er/a.txt'), 'text ü');
      await filesystem.writeText('new', '/workspace/deep/er/a.txt');
      assert.equal(await filesystem.readText('/workspace/deep/er/a.txt'), 'new');
      await filesystem.writeText('', '/workspace/empty');
      assert.equal((await filesystem.readBytes('/workspace/empty')).length, 0);
    },
  },
  {
    name: 'files: 20 MiB both ways',
    needs,
    async run({ sandbox: { filesystem } }) {
      const data = Buffer.alloc(20 << 20, 'sandgate');
      await filesystem.writeBytes(data, '/workspace/big');
      assert.ok(data.equals(Buffer.from(await filesystem.readBytes('/workspace/big'))));
    },
  },
  {
    name: 'files: list, stat, links',
    needs,
    async run(session) {
      const { filesystem } = session.sandbox;
      await session.run(session.sandbox, [
        'sh',
        '-c',
        'mkdir -p /workspace/l/dir; cd /workspace/l; echo x > b; ln -s nowhere dangling; ln -s /workspace/l /workspace/through',
      ]);
      const list = await filesystem.listFiles('/workspace/l');
      assert.deepEqual(
        list.map(({ name, type }) => [name, type]),
        [
          ['b', 'file'],
          ['dangling', 'symlink'],
          ['dir', 'directory'],
        ],
      );
      assert.equal(list[0].path, '/workspace/l/b');
      assert.equal((await filesystem.listFiles('/workspace/through')).length, 3);
      assert.deepEqual(await filesystem.listFiles('/workspace/l/dir'), []);
      const link = await filesystem.stat('/workspace/l/dangling');
      assert.equal(link.type, 'symlink');
      assert.equal(link.symlinkTarget, 'nowhere');
      const file = await filesystem.stat('/workspace/l/b');
      assert.deepEqual([file.size, file.permissions, file.owner], [2, '0644', 'root']);
    },
  },
  {
    name: 'files: make and remove directories',
    needs,
    async run({ sandbox: { filesystem }, sdk }) {
      await filesystem.makeDirectory('/workspace/m/n', { createParents: true });
      await filesystem.makeDirectory('/workspace/m/n', { createParents: true });
      await assert.rejects(
        filesystem.makeDirectory('/workspace/m/n', { createParents: false }),
        sdk.SandboxFilesystemPathAlreadyExistsError,
      );
      await assert.rejects(
        filesystem.makeDirectory('/workspace/no/where', { createParents: false }),
        sdk.SandboxFilesystemNotFoundError,
      );
      await assert.rejects(filesystem.remove('/workspace/m'), sdk.SandboxFilesystemDirectoryNotEmptyError);
      await filesystem.remove('/workspace/m', { recursive: true });
      await assert.rejects(filesystem.stat('/workspace/m'), sdk.SandboxFilesystemNotFoundError);
    },
  },
  {
    name: 'files: refusals by kind',
    needs,
    async run({ sandbox: { filesystem }, sdk }) {
      await assert.rejects(filesystem.readText('/workspace/missing'), sdk.SandboxFilesystemNotFoundError);
      await assert.rejects(filesystem.readText('/workspace'), sdk.SandboxFilesystemIsADirectoryError);
      await assert.rejects(filesystem.writeText('x', '/workspace'), sdk.SandboxFilesystemIsADirectoryError);
      await assert.rejects(
        filesystem.writeText('x', '/workspace/empty/below'),
        sdk.SandboxFilesystemNotADirectoryError,
      );
      await assert.rejects(filesystem.listFiles('/workspace/empty'), sdk.SandboxFilesystemNotADirectoryError);
      await assert.rejects(filesystem.listFiles('/workspace/missing'), sdk.SandboxFilesystemNotFoundError);
      await assert.rejects(filesystem.readText('relative'), sdk.InvalidError);
    },
  },
  {
    name: 'files: copy from and to local files',
    needs,
    async run({ sandbox: { filesystem } }) {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'sandgate-sdk-'));
      const data = Buffer.alloc(300000, 'copy');
      await writeFile(path.join(folder, 'up'), data);
      await filesystem.copyFromLocal(path.join(folder, 'up'), '/workspace/copied');
      await filesystem.copyToLocal('/workspace/copied', path.join(folder, 'down'));
      assert.ok(data.equals(await readFile(path.join(folder, 'down'))));
      await rm(folder, { recursive: true });
    },
  },
  {
    name: 'files: watch',
    needs,
    async run(session) {
      const { filesystem } = session.sandbox;
      await filesystem.makeDirectory('/workspace/watched/sub', { createParents: true });
      const events = [];
      const write = async () => {
        for (let i = 0; events.length === 0; i++) await filesystem.writeText('x', `/workspace/watched/sub/file${i}`);
      };
      const watch = async () => {
        for await (const event of filesystem.watch('/workspace/watched', {
          recursive: true,
          timeoutMs: 20000,
          filter: ['Create'],
        })) {
          events.push(event);
          return;
        }
      };
      await Promise.all([watch(), write()]);
      assert.equal(events[0].eventType ?? events[0].type, 'Create');
      assert.match(events[0].paths[0], /^\/workspace\/watched\/sub\/file/);
    },
  },
];
