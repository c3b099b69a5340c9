// sandboxes.mjs (api) - create, find, list, name, tag, wait for and terminate sandboxes, of both backends.
import { fail, notFound } from '../errors.mjs';

const taskIdHold = 5; // seconds that GetTaskId hangs when the client names none
const pageSize = 100;

function infoOf(sandbox) {
  const { definition, result } = sandbox;
  return {
    id: sandbox.id,
    created_at: sandbox.createdAt,
    app_id: sandbox.app.id,
    tags: sandbox.tags,
    name: sandbox.name,
    image_id: sandbox.image.id,
    regions: definition.scheduler_placement?.regions ?? [],
    timeout_secs: definition.timeout_secs,
    idle_timeout_secs: definition.idle_timeout_secs,
    readiness_probe: definition.readiness_probe,
    ...(sandbox.readyAt ? { ready_at: sandbox.readyAt } : {}),
    task_info: {
      id: sandbox.taskId,
      started_at: sandbox.startedAt,
      finished_at: sandbox.finishedAt,
      enqueued_at: sandbox.createdAt,
      sandbox_id: sandbox.id,
      ...(result ? { result } : {}),
    },
    resource_info: {
      memory_mb: { value: definition.resources?.memory_mb ?? 0, is_default: !definition.resources?.memory_mb },
      milli_cpu: { value: definition.resources?.milli_cpu ?? 0, is_default: !definition.resources?.milli_cpu },
      gpu_type: definition.resources?.gpu_config?.gpu_type ?? '',
    },
    tunnels: sandbox.tunnels.map((tunnel) => tunnel.data),
    metadata: metadataOf(sandbox),
  };
}

export const metadataOf = (sandbox) => ({
  app_id: sandbox.app.id,
  ...(sandbox.result ? { result: sandbox.result } : {}),
});

export function accessOf(world, call, sandbox) {
  return { jwt: world.tokens.router.issue(sandbox.taskId, world.settings.jwtSeconds), url: call.routerUrl };
}

function checkDefinition(definition, v2) {
  const { network_access: access, open_ports: ports, inbound_cidr_allowlist: inbound = [], resources } = definition;
  if (
    access?.network_access_type === 2 &&
    (ports?.ports?.length || inbound.length || access.allowed_cidrs.length || access.allowed_domains.length)
  ) {
    throw fail('INVALID_ARGUMENT', 'a blocked network excludes ports and allowlists');
  }
  if (definition.workdir && !definition.workdir.startsWith('/'))
    throw fail('INVALID_ARGUMENT', 'workdir must be absolute');
  if (v2 && resources?.gpu_config?.gpu_type) throw fail('INVALID_ARGUMENT', 'GPUs are not supported by V2 sandboxes');
  const paths = (definition.volume_mounts ?? []).map((mount) => mount.mount_path);
  if (new Set(paths).size !== paths.length) throw fail('INVALID_ARGUMENT', 'two volumes at one path');
}

export function sandboxHandlers(world, tunnels) {
  const create = async ({ app_id: appId, definition, tags }, v2, env) => {
    const app = world.apps.get(appId);
    checkDefinition(definition, v2);
    const sandbox = world.createSandbox({ v2, app, definition, tags, env });
    sandbox.tunnels = await Promise.all(
      (definition.open_ports?.ports ?? []).map((port) => tunnels.open(sandbox, port)),
    );
    return sandbox;
  };
  const wait = async ({ sandbox_id: sandboxId, timeout = 0 }, call) => {
    const sandbox = world.sandbox(sandboxId);
    await sandbox.changed.until(() => sandbox.result, call.signal, timeout * 1000);
    return { ...(sandbox.result ? { result: sandbox.result } : {}), metadata: metadataOf(sandbox) };
  };
  const terminate = ({ sandbox_id: sandboxId }) => {
    const sandbox = world.sandbox(sandboxId);
    const existing = sandbox.result;
    sandbox.terminate();
    return existing ? { existing_result: existing } : {};
  };
  const taskId = async ({ sandbox_id: sandboxId, timeout = taskIdHold }, call) => {
    const sandbox = world.sandbox(sandboxId);
    await sandbox.changed.until(() => sandbox.scheduled || sandbox.result, call.signal, timeout * 1000);
    if (sandbox.result)
      return { task_result: sandbox.result, ...(sandbox.scheduled ? { task_id: sandbox.taskId } : {}) };
    return sandbox.scheduled ? { task_id: sandbox.taskId } : {};
  };
  const list =
    (v2) =>
    ({ app_id: appId, before_timestamp: before = 0, include_finished: all, tags }) => {
      const found = [...world.sandboxes.values()]
        .filter((one) => (v2 || !one.v2) && (!appId || one.app.id === appId) && (all || !one.result))
        .filter((one) => !before || one.createdAt < before)
        .filter((one) =>
          tags.every((tag) => one.tags.some((own) => own.tag_name === tag.tag_name && own.tag_value === tag.tag_value)),
        )
        .sort((a, b) => b.createdAt - a.createdAt);
      return { sandboxes: found.slice(0, pageSize).map(infoOf) };
    };
  const fromName =
    (v2) =>
    ({ sandbox_name: name, environment_name: environment = '', app_name: appName, include_terminated: ended }) => {
      const app = world.apps.find(appName, environment);
      const sandbox = app && world.sandboxByName(name, app.id, ended);
      if (!sandbox || (!v2 && sandbox.v2)) throw notFound('sandbox', name);
      return { sandbox_id: sandbox.id, metadata: metadataOf(sandbox) };
    };
  const tagsGet = ({ sandbox_id: sandboxId }) => ({ tags: world.sandbox(sandboxId).tags });
  const tagsSet = ({ sandbox_id: sandboxId, tags }) => {
    world.sandbox(sandboxId).tags = tags;
  };
  const getTunnels = async ({ sandbox_id: sandboxId, timeout = 50 }, call) => {
    const sandbox = world.sandbox(sandboxId);
    const known = await sandbox.changed.until(() => sandbox.scheduled || sandbox.result, call.signal, timeout * 1000);
    if (!known) return { result: { status: 4 } };
    return { result: { status: 1 }, tunnels: sandbox.tunnels.map((tunnel) => tunnel.data) };
  };
  const connectToken = async ({ sandbox_id: sandboxId, user_metadata: about, port = 8080 }) => {
    if (port < 1 || port > 65535) throw fail('INVALID_ARGUMENT', `${port} is no port`);
    return tunnels.connectToken(world.sandbox(sandboxId), port, about);
  };

  return {
    SandboxCreate: async (request) => {
      const env = world.secrets.values(request.definition.secret_ids);
      const sandbox = await create(request, false, env);
      return { sandbox_id: sandbox.id, metadata: metadataOf(sandbox) };
    },

    SandboxCreateV2: async (request, call) => {
      const { definition, ephemeral_secrets: inline, secret_sources: sources } = request;
      const env = { ...world.secrets.merged(definition.secret_ids, sources), ...inline?.contents };
      const sandbox = await create(request, true, env);
      const access = world.settings.routerAccess ? { command_router_access: accessOf(world, call, sandbox) } : {};
      const encrypted = sandbox.tunnels.filter((tunnel) => !tunnel.raw).map((tunnel) => tunnel.data);
      return {
        sandbox_id: sandbox.id,
        task_id: sandbox.taskId,
        tunnels: encrypted,
        metadata: metadataOf(sandbox),
        ...access,
      };
    },

    TaskGetCommandRouterAccess: async ({ task_id: id }, call) => {
      const sandbox = world.task(id);
      await sandbox.starting;
      sandbox.mustRun();
      return accessOf(world, call, sandbox);
    },

    SandboxGetCommandRouterAccess: async ({ sandbox_id: sandboxId, task_id: id }, call) => {
      const sandbox = sandboxId ? world.sandbox(sandboxId) : world.task(id);
      await sandbox.starting;
      sandbox.mustRun();
      return accessOf(world, call, sandbox);
    },

    SandboxSetName: ({ sandbox_id: sandboxId, name }) => {
      const sandbox = world.sandbox(sandboxId);
      if (!name) throw fail('INVALID_ARGUMENT', 'the name is empty');
      if (!sandbox.v2) throw fail('UNIMPLEMENTED', 'only V2 sandboxes can be named later');
      if (sandbox.name === name) return;
      if (sandbox.name) throw fail('FAILED_PRECONDITION', `the sandbox is named "${sandbox.name}"`);
      if (world.sandboxByName(name, sandbox.app.id)) throw fail('ALREADY_EXISTS', `"${name}" is taken`);
      sandbox.name = name;
    },

    SandboxWait: wait,
    SandboxWaitV2: wait,
    SandboxTerminate: terminate,
    SandboxTerminateV2: terminate,
    SandboxGetTaskId: taskId,
    SandboxGetTaskIdV2: taskId,
    SandboxList: list(false),
    SandboxListV2: list(true),
    SandboxGetFromName: fromName(false),
    SandboxGetFromNameV2: fromName(true),
    SandboxTagsGet: tagsGet,
    SandboxTagsGetV2: tagsGet,
    SandboxTagsSet: tagsSet,
    SandboxTagsSetV2: tagsSet,
    SandboxGetTunnels: getTunnels,
    SandboxGetTunnelsV2: getTunnels,
    SandboxCreateConnectToken: connectToken,
    SandboxCreateConnectTokenV2: connectToken,
  };
}
