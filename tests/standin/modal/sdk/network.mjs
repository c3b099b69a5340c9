// network.mjs (sdk) - outbound policy, tunnels, connect tokens, readiness.
import assert from 'node:assert/strict';
import net from 'node:net';
import tls from 'node:tls';

const look = (name) => [
  'python3',
  '-c',
  `import urllib.request; print(urllib.request.urlopen("http://${name}/", timeout=5).read().decode(), end="")`,
];
const server = [
  'python3',
  '-u',
  '-c',
  `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = ("from inside " + str(self.headers.get("X-Verified-User-Data"))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
`,
];

// One HTTP request over SOCKET; the whole answer.
async function ask(socket) {
  socket.write('GET / HTTP/1.0\r\n\r\n');
  let text = '';
  for await (const data of socket) text += data;
  return text;
}

export const network = [
  {
    name: 'network: open, blocked, allowlist',
    async run(session) {
      assert.equal((await session.run(session.sandbox, look('example.com'))).stdout, 'this is example.com\n');
      const blocked = await session.create({ blockNetwork: true });
      assert.notEqual((await session.run(blocked, look('example.com'))).code, 0);
      const listed = await session.create({ outboundDomainAllowlist: ['allowed.test'], outboundCidrAllowlist: [] });
      assert.equal((await session.run(listed, look('allowed.test'))).stdout, 'this is allowed.test\n');
      assert.notEqual((await session.run(listed, look('blocked.test'))).code, 0);
      const { definition } = await session.seen(listed);
      assert.equal(definition.network_access.network_access_type, 3);
    },
  },
  {
    name: 'network: policy of a running sandbox',
    needs: ['sandbox.updateNetworkPolicy'],
    async run(session) {
      const sandbox = await session.create();
      await sandbox.updateNetworkPolicy({ outboundDomainAllowlist: ['blocked.test'], outboundCidrAllowlist: [] });
      assert.equal((await session.run(sandbox, look('blocked.test'))).stdout, 'this is blocked.test\n');
      assert.notEqual((await session.run(sandbox, look('allowed.test'))).code, 0);
    },
  },
  {
    name: 'tunnels: encrypted; readiness by port',
    needs: ['sandbox.waitUntilReady'],
    async run(session) {
      const probe = session.sdk.Probe.withTcp(8000);
      const sandbox = await session.create({ command: server, encryptedPorts: [8000], readinessProbe: probe });
      await sandbox.waitUntilReady(30000);
      const tunnels = await sandbox.tunnels();
      assert.match(tunnels[8000].url, /^https:\/\/127\.0\.0\.1:\d+$/);
      const [host, port] = tunnels[8000].tlsSocket;
      assert.match(await ask(tls.connect({ host, port, rejectUnauthorized: false })), /from inside/);
    },
  },
  {
    name: 'connect token',
    needs: ['sandbox.createConnectToken'],
    async run(session) {
      const sandbox = await session.create({ command: server, readinessProbe: session.sdk.Probe.withTcp(8000) });
      await sandbox.waitUntilReady(30000);
      const { url, token } = await sandbox.createConnectToken({ userMetadata: 'somebody', port: 8000 });
      const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
      assert.equal(await answer.text(), 'from inside somebody');
      assert.equal((await fetch(url)).status, 401);
    },
  },
  {
    name: 'tunnels: raw TCP',
    async run(session) {
      const sandbox = await session.create({ command: server, unencryptedPorts: [8000] });
      const [host, port] = (await sandbox.tunnels())[8000].tcpSocket;
      let text = '';
      while (!text) text = await ask(net.connect({ host, port })).catch(() => '');
      assert.match(text, /from inside/);
    },
  },
  {
    name: 'readiness by command',
    needs: ['sandbox.waitUntilReady'],
    async run(session) {
      const probe = session.sdk.Probe.withExec(['test', '-e', '/tmp/ready']);
      const sandbox = await session.create({ readinessProbe: probe });
      await assert.rejects(sandbox.waitUntilReady(300));
      await session.run(sandbox, ['touch', '/tmp/ready']);
      await sandbox.waitUntilReady(20000);
    },
  },
];
