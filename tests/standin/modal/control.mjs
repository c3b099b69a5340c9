// control.mjs - the endpoint by which a test steers the stand-in: JSON over HTTP on the loopback address.
//
// What it understands is the table below; server.mjs describes it for people.
import http from 'node:http';
import { settings as known } from './settings.mjs';

function stateOf(world) {
  const execOf = (sandbox) => (exec) => ({
    id: exec.id,
    argv: exec.argv,
    pid: exec.pid,
    end: exec.end,
    lost: exec.lost,
    starts: sandbox.startCounts.get(exec.id),
    stdin: exec.input.written,
    stdout: exec.outputs[0].size,
    stderr: exec.outputs[1].size,
  });
  return {
    sandboxes: [...world.sandboxes.values()].map((sandbox) => ({
      id: sandbox.id,
      task_id: sandbox.taskId,
      v2: sandbox.v2,
      name: sandbox.name,
      tags: sandbox.tags,
      root: sandbox.root,
      result: sandbox.result,
      definition: sandbox.definition,
      network_access: sandbox.networkAccess,
      env: sandbox.env,
      execs: [...sandbox.execs.values()].map(execOf(sandbox)),
    })),
    token_flows: world.tokenFlows,
    images: [...world.images.byId.values()].map(({ id, folder, commands, result }) => ({
      id,
      folder,
      commands,
      result,
    })),
  };
}

function actions({ world, faults, record }) {
  const chosen = (id) => [...world.sandboxes.values()].filter((one) => !one.result && (!id || one.id === id));
  return {
    'GET /state': () => stateOf(world),
    'GET /calls': () => ({ counts: record.counts, calls: record.calls }),
    'DELETE /calls': () => record.clear(),
    'GET /faults': () => ({ fired: faults.log }),
    'POST /faults': (rules) => [rules].flat().forEach((rule) => faults.add(rule)),
    'DELETE /faults': () => faults.clear(),
    'POST /random': (chance) => faults.random(chance),
    'POST /expire': ({ auth = true, router = true, sandbox }) => {
      if (auth) world.tokens.auth.expire();
      if (router) world.tokens.router.expire(sandbox && world.sandbox(sandbox).taskId);
    },
    'POST /kill': ({ sandbox }) => chosen(sandbox).forEach((one) => one.terminate()),
    'POST /timeout': ({ sandbox }) =>
      chosen(sandbox).forEach((one) =>
        one.end({ status: 4, exception: 'the sandbox reached its timeout', exitcode: 124 }),
      ),
    'POST /crash': ({ sandbox }) => chosen(sandbox).forEach((one) => one.jail?.destroy()),
    'POST /settings': (values) => {
      for (const [name, value] of Object.entries(values)) {
        if (!(name in known)) throw new Error(`there is no setting "${name}"`);
        world.settings[name] = value;
      }
    },
  };
}

async function bodyOf(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return pieces.length ? JSON.parse(Buffer.concat(pieces)) : {};
}

export function listenForControl(parts) {
  const table = actions(parts);
  const server = http.createServer(async (request, response) => {
    const answer = (code, value) =>
      response.writeHead(code, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
    try {
      const action = table[`${request.method} ${request.url}`];
      if (action) answer(200, action(await bodyOf(request)) ?? {});
      else answer(404, { error: `there is no ${request.method} ${request.url}`, known: Object.keys(table) });
    } catch (error) {
      answer(400, { error: error.message });
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}
