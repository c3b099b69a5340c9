// objects.mjs (sdk) - create with all that it takes, secrets, volumes, proxies; finding sandboxes again.
import assert from 'node:assert/strict';

async function collect(items) {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
}

export const objects = [
  {
    name: 'create: resources, time-outs, workdir, region, cloud, tags, name',
    async run(session) {
      const sandbox = await session.create({
        cpu: 0.5,
        cpuLimit: 1,
        memoryMiB: 256,
        memoryLimitMiB: 512,
        timeoutMs: 600_000,
        idleTimeoutMs: 300_000,
        workdir: '/workspace',
        regions: ['us-east-1'],
        cloud: 'aws',
        verbose: true,
        name: `named-${session.suffix}`,
        experimentalOptions: { enable_exit_snapshot: true },
      });
      session.sandbox = sandbox;
      const { definition, v2 } = await session.seen(sandbox);
      assert.equal(v2, session.backend === 'V2');
      assert.deepEqual(definition.resources, {
        memory_mb: 256,
        milli_cpu: 500,
        gpu_config: {},
        memory_mb_max: 512,
        milli_cpu_max: 1000,
      });
      assert.equal(definition.timeout_secs, 600);
      assert.equal(definition.idle_timeout_secs, 300);
      assert.deepEqual(definition.scheduler_placement.regions, ['us-east-1']);
      assert.equal(definition.cloud_provider_str, 'aws');
      assert.equal(definition.name, `named-${session.suffix}`);
      assert.equal((await session.run(sandbox, ['pwd'])).stdout, '/workspace\n');
    },
  },
  {
    name: 'create: environment, named and inline secrets',
    async run(session) {
      const { modal, sdk } = session;
      const inline = await modal.secrets.fromObject({ ONE: 'first', TWO: 'second' });
      const sandbox = await session.create({ env: { THREE: 'third' }, secrets: [inline] });
      const { stdout } = await session.run(sandbox, ['sh', '-c', 'echo $ONE $TWO $THREE $FOUR'], {
        env: { FOUR: 'fourth' },
      });
      assert.equal(stdout, 'first second third fourth\n');
      await assert.rejects(modal.secrets.fromName('no-such-secret'), sdk.NotFoundError);
    },
  },
  {
    name: 'create: a GPU',
    backend: 'V1',
    async run(session) {
      const { definition } = await session.seen(await session.create({ gpu: 'A100:2' }));
      assert.deepEqual(definition.resources.gpu_config, { count: 2, gpu_type: 'A100' });
    },
  },
  {
    name: 'create: the same name twice is refused',
    async run(session) {
      await assert.rejects(session.create({ name: `named-${session.suffix}` }), session.sdk.AlreadyExistsError);
    },
  },
  {
    name: 'volumes: shared by two sandboxes, read-only, reloaded, deleted',
    async run(session) {
      const { modal } = session;
      const volume = await modal.volumes.fromName(`vol-${session.suffix}`, { createIfMissing: true });
      const writer = await session.create({ volumes: { '/data': volume } });
      assert.equal((await session.run(writer, ['sh', '-c', 'echo kept > /data/file'])).code, 0);
      const reader = await session.create({
        volumes: { '/in': volume.withMountOptions?.({ readOnly: true }) ?? volume.readOnly() },
      });
      assert.equal((await session.run(reader, ['cat', '/in/file'])).stdout, 'kept\n');
      assert.notEqual((await session.run(reader, ['touch', '/in/other'])).code, 0);
      await reader.reloadVolumes?.();
      await modal.volumes.delete(`vol-${session.suffix}`);
    },
  },
  {
    name: 'volumes: ephemeral',
    async run(session) {
      const volume = await session.modal.volumes.ephemeral();
      assert.match(volume.volumeId, /^vo-/);
      volume.closeEphemeral();
    },
  },
  {
    name: 'proxy: by name',
    async run({ modal, sdk }) {
      assert.equal((await modal.proxies.fromName('office')).proxyId, 'pr-office');
      await assert.rejects(modal.proxies.fromName('missing'), sdk.NotFoundError);
    },
  },
  {
    name: 'tags: set and get',
    async run(session) {
      await session.sandbox.setTags({ purpose: 'test', run: session.suffix });
      assert.deepEqual(await session.sandbox.getTags(), { purpose: 'test', run: session.suffix });
    },
  },
  {
    name: 'find: list by tags',
    async run(session) {
      await session.sandbox.setTags({ purpose: 'found', run: session.suffix });
      const found = await collect(
        session.modal.sandboxes.list({ appId: session.app.appId, tags: { purpose: 'found' } }),
      );
      assert.deepEqual(
        found.map((one) => one.sandboxId),
        [session.sandbox.sandboxId],
      );
    },
  },
  {
    name: 'find: list by app, by name, by id',
    async run(session) {
      const { modal, sandbox, app, sdk } = session;
      const older = session.version === '0.9.0' && session.backend === 'V2';
      const found = await collect(modal.sandboxes[older ? 'experimentalList' : 'list']({ appId: app.appId }));
      assert.ok(found.length > 1 && found.some((one) => one.sandboxId === sandbox.sandboxId));
      const fromName = older ? 'experimentalFromName' : 'fromName';
      const named = await modal.sandboxes[fromName](`app-${session.suffix}`, `named-${session.suffix}`);
      assert.equal(named.sandboxId, sandbox.sandboxId);
      await assert.rejects(modal.sandboxes[fromName](`app-${session.suffix}`, 'nobody'), sdk.NotFoundError);
      const again = await modal.sandboxes.fromId(sandbox.sandboxId);
      assert.equal((await session.run(again, ['echo', 'attached'])).stdout, 'attached\n');
    },
  },
  {
    name: 'name: set later',
    needs: ['sandbox.experimentalSetName'],
    backend: 'V2',
    async run(session) {
      const sandbox = await session.create();
      await sandbox.experimentalSetName(`late-${session.suffix}`);
      assert.equal((await session.seen(sandbox)).name, `late-${session.suffix}`);
    },
  },
];
