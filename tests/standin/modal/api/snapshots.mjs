// snapshots.mjs (api) - snapshots of files and (played) of memory, mounts, restore; network policy and readiness.
import { fail, notFound } from '../errors.mjs';
import { id } from '../ids.mjs';
import { sleep } from '../wait.mjs';
import { accessOf, metadataOf } from './sandboxes.mjs';

const keepForEver = -1;

function checkTime(seconds) {
  if (seconds === 0 || (seconds < 0 && seconds !== keepForEver))
    throw fail('INVALID_ARGUMENT', 'ttl_seconds must be above 0, or -1');
}

function absolute(path) {
  const place = path.toString();
  if (!place.startsWith('/') || place === '/') throw fail('INVALID_ARGUMENT', `"${place}" is no place for that`);
  return place;
}

export function snapshotHandlers(world) {
  const { settings } = world;
  const running = async (call) => {
    const sandbox = world.task(call.taskId);
    await sandbox.starting;
    if (sandbox.result) throw fail('NOT_FOUND', 'the task has ended');
    sandbox.use();
    return sandbox;
  };
  // Once for each snapshot id, however often it is asked for.
  const snapshot = (snapshotId, make) =>
    world.once(`snapshot ${snapshotId}`, async () => {
      await sleep(settings.snapshotMs);
      return { image_id: (await make()).id };
    });

  return {
    TaskSnapshotFilesystem: async ({ snapshot_id: snapshotId, ttl_seconds: seconds }, call) => {
      checkTime(seconds);
      const sandbox = await running(call);
      return snapshot(snapshotId, () => sandbox.snapshot());
    },

    TaskSnapshotDirectory: async ({ path, snapshot_id: snapshotId, ttl_seconds: seconds }, call) => {
      checkTime(seconds);
      const place = absolute(path);
      const sandbox = await running(call);
      return snapshot(snapshotId, () => sandbox.snapshotDirectory(place));
    },

    TaskMountDirectory: async ({ path, image_id: imageId }, call) => {
      const place = absolute(path);
      const sandbox = await running(call);
      await sandbox.mount(place, imageId ? world.images.get(imageId) : null);
    },

    TaskUnmountDirectory: async ({ path }, call) => {
      const sandbox = await running(call);
      await sandbox.unmount(absolute(path));
    },

    TaskSetNetworkAccess: async ({ network_access: access }, call) => {
      const sandbox = await running(call);
      if (access?.network_access_type !== 3) throw fail('INVALID_ARGUMENT', 'only an allowlist can be set');
      sandbox.applyNetwork(access);
    },

    TaskReloadVolumes: async (_, call) => {
      await running(call);
    },

    SandboxWaitUntilReady: async ({ timeout = 300 }, call) => {
      const sandbox = await running(call);
      if (!sandbox.probe) throw fail('FAILED_PRECONDITION', 'the sandbox has no readiness probe');
      await sandbox.changed.until(() => sandbox.readyAt || sandbox.result, call.signal, timeout * 1000);
      if (sandbox.result) throw fail('NOT_FOUND', 'the sandbox ended before it was ready');
      if (!sandbox.readyAt) throw fail('DEADLINE_EXCEEDED', 'the sandbox is not ready in time');
      return { ready_at: sandbox.readyAt };
    },
  };
}

export function restoreHandlers(world, tunnels) {
  const { memorySnapshots } = world;
  const remember = async (sandbox) => {
    if (!sandbox.definition.enable_snapshot)
      throw fail('FAILED_PRECONDITION', 'the sandbox was not created with enable_snapshot');
    const snapshot = { id: id('sn'), sandbox, image: await sandbox.snapshot() };
    memorySnapshots.set(snapshot.id, snapshot);
    return snapshot;
  };
  const find = (snapshotId) => {
    const snapshot = memorySnapshots.get(snapshotId);
    if (!snapshot) throw notFound('snapshot', snapshotId);
    return snapshot;
  };
  const restore = async (request, v2) => {
    const { sandbox: before, image } = find(request.snapshot_id);
    const names = { 1: '', 2: request.sandbox_name_override ?? '' };
    const name = names[request.sandbox_name_override_type] ?? before.definition.name;
    const definition = { ...before.definition, image_id: image.id, name };
    if (request.replace_volume_mounts) definition.volume_mounts = request.volume_mounts;
    const sandbox = world.createSandbox({ v2, app: before.app, definition, tags: before.tags, env: before.env });
    sandbox.tunnels = await Promise.all(
      (definition.open_ports?.ports ?? []).map((port) => tunnels.open(sandbox, port)),
    );
    return sandbox;
  };
  const exitSnapshot = async ({ sandbox_id: sandboxId, timeout = 10 }, call) => {
    const sandbox = world.sandbox(sandboxId);
    if (sandbox.definition.experimental_options_v2?.enable_exit_snapshot !== 'true') {
      throw fail('INVALID_ARGUMENT', 'the sandbox was not created with enable_exit_snapshot');
    }
    await sandbox.changed.until(() => sandbox.result, call.signal, timeout * 1000);
    if (!sandbox.result) return { pending: {} };
    if (!sandbox.exitSnapshot) return { error: { error_code: 2, message: 'the sandbox never ran' } };
    return { success: { image_id: (await sandbox.exitSnapshot).id } };
  };

  return {
    TaskSnapshotMemory: async ({ idempotency_key: key }, call) => {
      const sandbox = world.task(call.taskId);
      await sandbox.starting;
      const snapshot = await world.once(`memory ${key}`, () => remember(sandbox));
      sandbox.terminate();
      return { snapshot_id: snapshot.id };
    },
    SandboxSnapshot: async ({ sandbox_id: sandboxId }) => ({
      snapshot_id: (await remember(world.sandbox(sandboxId))).id,
    }),
    SandboxSnapshotWait: ({ snapshot_id: snapshotId }) => {
      find(snapshotId);
      return { result: { status: 1 } };
    },
    SandboxSnapshotGet: ({ snapshot_id: snapshotId }) => ({
      snapshot_id: find(snapshotId).id,
      handle_metadata: { is_v2: find(snapshotId).sandbox.v2 },
    }),
    SandboxRestore: async (request) => ({ sandbox_id: (await restore(request, false)).id }),
    SandboxRestoreV2: async (request, call) => {
      const sandbox = await restore(request, true);
      return {
        sandbox_id: sandbox.id,
        task_id: sandbox.taskId,
        metadata: metadataOf(sandbox),
        tunnels: sandbox.tunnels.filter((tunnel) => !tunnel.raw).map((tunnel) => tunnel.data),
        command_router_access: accessOf(world, call, sandbox),
      };
    },
    SandboxGetExitSnapshot: exitSnapshot,
    SandboxGetExitSnapshotV2: exitSnapshot,
  };
}
