// account.mjs - who asks: auth token, hello, login in a browser, the token's owner; apps and environments.
import { fail, notFound } from '../errors.mjs';
import { id } from '../ids.mjs';
import { sleep } from '../wait.mjs';

const validName = /^[A-Za-z0-9._-]{1,64}$/;

export function accountHandlers(world) {
  const { settings } = world;
  const flows = new Map();

  // What the page in the browser does: it asks the client's own little server which flow it is.
  const askClient = async (flow, port) => {
    const told = { id: flow.id, answer: null, origin: null };
    world.tokenFlows.push(told);
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
    told.answer = response && (await response.text());
    told.origin = response?.headers.get('access-control-allow-origin') ?? null;
  };

  return {
    AuthTokenGet: () => ({ token: world.tokens.auth.issue('client', settings.authSeconds) }),

    ClientHello: () => ({ server_warnings: settings.warnings.map((message) => ({ type: 2, message })) }),

    TokenFlowCreate: ({ localhost_port: port }) => {
      const flow = { id: id('tf'), secret: id('ws'), ready: Date.now() + settings.tokenFlowSeconds * 1000 };
      flows.set(flow.id, flow);
      if (port) askClient(flow, port);
      return {
        token_flow_id: flow.id,
        web_url: `https://modal.test/token-flow/${flow.id}`,
        code: 'ABCD-1234',
        wait_secret: flow.secret,
      };
    },

    TokenFlowWait: async ({ token_flow_id: flowId, wait_secret: secret, timeout = 0 }, call) => {
      const flow = flows.get(flowId);
      if (!flow) throw notFound('token flow', flowId);
      if (flow.secret !== secret) throw fail('PERMISSION_DENIED', 'the wait secret is another one');
      await sleep(Math.min(flow.ready - Date.now(), timeout * 1000), call.signal);
      if (Date.now() < flow.ready) return { timeout: true };
      return { token_id: settings.tokenId, token_secret: settings.tokenSecret, workspace_username: 'standin' };
    },

    TokenInfoGet: () => ({
      token_id: settings.tokenId,
      workspace_id: 'ac-standin',
      workspace_name: 'standin',
      token_name: 'test token',
      user_identity: { user_id: 'us-standin', username: 'somebody' },
    }),

    AppGetOrCreate: ({ app_name: name, environment_name: environment = '', object_creation_type: type }) => {
      if (!validName.test(name ?? '')) throw fail('INVALID_ARGUMENT', `"${name}" is no name for an app`);
      return { app_id: world.apps.getOrCreate(type, name, environment, () => ({})).id };
    },

    EnvironmentGetOrCreate: ({ deployment_name: name = '' }) => {
      if (name && !['main', 'dev'].includes(name)) throw notFound('environment', name);
      const settingsOf = { image_builder_version: settings.builderVersion };
      return { environment_id: `en-${name || 'main'}`, metadata: { name: name || 'main', settings: settingsOf } };
    },
  };
}
