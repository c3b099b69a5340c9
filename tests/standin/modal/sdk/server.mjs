// server.mjs (sdk) - the stand-in as a process, and a session: one version of the SDK on one backend.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../server.mjs', import.meta.url));

export class Server {
  // FLAGS are Node's.
  static async start(folder, flags = []) {
    const server = new Server();
    server.folder = folder;
    server.process = spawn(process.execPath, [...flags, program, '--root', folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = await once(server.process.stdout, 'data');
    server.ready = JSON.parse(line);
    return server;
  }

  async control(method, place, body) {
    const response = await fetch(this.ready.control + place, { method, body: body && JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  }

  async session(version, backend) {
    process.env.MODAL_SERVER_URL = this.ready.url;
    process.env.MODAL_TOKEN_ID = this.ready.token_id;
    process.env.MODAL_TOKEN_SECRET = this.ready.token_secret;
    process.env.MODAL_CONFIG_PATH = '/nonexistent/modal.toml';
    process.env.MODAL_SANDBOX_V2 = backend === 'V2' ? '1' : '0';
    process.env.MODAL_LOGLEVEL = 'error';
    const sdk = await import(`modal-${version}`);
    return new Session(this, version, backend, sdk);
  }

  async stop() {
    this.process.stdin.end();
    await once(this.process, 'exit');
  }
}

class Session {
  constructor(server, version, backend, sdk) {
    Object.assign(this, { server, version, backend, sdk });
    this.modal = new sdk.ModalClient();
    this.names = {
      modal: this.modal,
      sandbox: sdk.Sandbox.prototype,
      image: sdk.Image.prototype,
      sdk,
      global: globalThis,
    };
    this.works = [];
    this.missing = [];
    this.sandboxes = [];
    this.suffix = `${version}-${backend}`.replaceAll('.', '-');
  }

  // A sandbox of this session's backend, terminated at its end.
  async create(params = {}, image = this.image) {
    const make = this.version === '0.9.0' && this.backend === 'V2' ? 'experimentalCreate' : 'create';
    const sandbox = await this.modal.sandboxes[make](this.app, image, params);
    this.sandboxes.push(sandbox);
    return sandbox;
  }

  // What the stand-in knows of SANDBOX.
  async seen(sandbox) {
    const { sandboxes } = await this.server.control('GET', '/state');
    return sandboxes.find((one) => one.id === sandbox.sandboxId);
  }

  async called(method) {
    return (await this.server.control('GET', '/calls')).counts[method] ?? 0;
  }

  // Runs a command, with INPUT when it is given, and gives all there is of it.
  async run(sandbox, command, params, input) {
    const process_ = await sandbox.exec(command, params);
    if (input !== undefined) {
      await process_.stdin.writeText(input);
      await process_.closeStdin();
    }
    const [stdout, stderr, code] = await Promise.all([
      process_.stdout.readText(),
      process_.stderr.readText(),
      process_.wait(),
    ]);
    return { stdout, stderr, code };
  }

  async end() {
    for (const sandbox of this.sandboxes) {
      await (await this.modal.sandboxes.fromId(sandbox.sandboxId)).terminate().catch(() => {});
    }
    this.modal.close();
  }
}
