// tunnels.mjs - ways into a sandbox from outside: a listening port for each open port, and one for connect tokens.
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';

const portOf = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

// A connection to PORT inside of SANDBOX; destroyed when nobody listens there.
export function dial(sandbox, port) {
  const inner = net.connect(path.join(sandbox.jail?.spool ?? '/nowhere', 'tunnel'));
  inner.on('error', () => {});
  inner.write(`${port}\n`);
  const joined = new Promise((resolve) => {
    let said = Buffer.alloc(0);
    const take = (data) => {
      said = Buffer.concat([said, data]);
      const end = said.indexOf(10);
      if (end < 0) return;
      inner.off('data', take);
      inner.pause();
      if (said.length > end + 1) inner.unshift(said.subarray(end + 1));
      resolve(said.toString('latin1', 0, end) === 'joined');
    };
    inner.on('data', take);
    inner.on('close', () => resolve(false));
  });
  return { inner, joined };
}

async function join(outer, sandbox, port, first) {
  outer.on('error', () => {});
  const { inner, joined } = dial(sandbox, port);
  outer.on('close', () => inner.destroy());
  if (!(await joined)) {
    inner.destroy();
    outer.destroy();
    return;
  }
  if (first) inner.write(first);
  outer.pipe(inner).pipe(outer);
}

export class Tunnels {
  constructor(authority) {
    this.credentials = { key: authority.key, cert: authority.certificate };
    this.connects = new Map(); // token -> {sandbox, port, about}
  }

  // Opens one PortSpec of SANDBOX.
  async open(sandbox, { port, unencrypted }) {
    const serve = (socket) => join(socket, sandbox, port);
    const server = unencrypted ? net.createServer(serve) : tls.createServer(this.credentials, serve);
    server.on('tlsClientError', () => {});
    const outside = await portOf(server);
    const raw = unencrypted ? { unencrypted_host: '127.0.0.1', unencrypted_port: outside } : {};
    return {
      raw: Boolean(unencrypted),
      close: () => server.close(),
      data: { host: '127.0.0.1', port: unencrypted ? 0 : outside, container_port: port, ...raw },
    };
  }

  async connectToken(sandbox, port, about) {
    const token = randomBytes(16).toString('hex');
    this.connects.set(token, { sandbox, port, about });
    this.port ??= portOf(net.createServer((socket) => this.#connect(socket)));
    return { url: `http://127.0.0.1:${await this.port}`, token };
  }

  // The head of one HTTP request decides where the connection leads.
  #connect(socket) {
    let head = '';
    socket.on('error', () => {});
    const take = (data) => {
      head += data.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', take);
      const [, token] = /\r\nauthorization: bearer (\S+)/i.exec(head) ?? [];
      const known = this.connects.get(token);
      if (!known || known.sandbox.result) {
        socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        return;
      }
      const about = Buffer.from(known.about ?? '')
        .toString('latin1')
        .replace(/[\r\n]/g, ' ');
      const first = head.replace('\r\n', `\r\nX-Verified-User-Data: ${about}\r\n`);
      join(socket, known.sandbox, known.port, Buffer.from(first, 'latin1'));
    };
    socket.on('data', take);
  }
}
