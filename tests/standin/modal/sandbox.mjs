// sandbox.mjs - a sandbox: a folder, a jail, executions, a main process, a life with an end.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fail, notFound } from './errors.mjs';
import { Exec } from './exec.mjs';
import { copyTree, inside } from './folders.mjs';
import { id, taskIdV2, ulid } from './ids.mjs';
import { Jail, furnish } from './jail.mjs';
import { Log } from './log.mjs';
import { Probe } from './probe.mjs';
import { Bell, sleep } from './wait.mjs';

const finished = 1,
  failed = 2,
  terminated = 3,
  timedOut = 4,
  initFailure = 5,
  idle = 7;
const fileHelper = '/__modal/.bin/modal-sandbox-fs-tools';
const secondsNow = () => Date.now() / 1000;

export class Sandbox {
  constructor(world, { v2, app, definition, tags = [], env = {}, image }) {
    Object.assign(this, { world, v2, app, definition, image, tags, env });
    this.id = v2 ? ulid('sb') : id('sb');
    this.taskId = v2 ? taskIdV2() : id('ta');
    this.name = definition.name || '';
    this.createdAt = secondsNow();
    this.startedAt = 0;
    this.finishedAt = 0;
    this.readyAt = 0;
    this.inputIndex = 0; // of SandboxStdinWrite
    this.result = null;
    this.execs = new Map();
    this.startCounts = new Map(); // exec id -> how often it was really started
    this.changed = new Bell();
    this.networkAccess = definition.network_access ?? { network_access_type: 1 };
    this.tunnels = [];
    this.mounts = 0;
    this.mounted = new Map(); // path -> where what it hides lies
    this.log = new Log();
    this.timers = new Set();
    this.lastUse = Date.now();
    this.folder = path.join(world.folder, 'sandboxes', this.id);
    this.root = path.join(this.folder, 'root');
  }

  get scheduled() {
    return this.startedAt > 0;
  }

  // Prepares the folder, starts the jail and the main process, and the clocks.
  async start() {
    const { settings } = this.world;
    try {
      await copyTree(this.image.folder, this.root);
      furnish(this.root);
      this.#makeBuckets();
      for (const mountId of this.definition.mount_ids ?? []) this.world.mounts.pour(mountId, this.root);
      const workdir = this.workdir();
      mkdirSync(inside(this.root, workdir), { recursive: true });
      await sleep(settings.startMs);
      if (this.result) return;
      if (!settings.capacity) return;
      this.jail = new Jail({
        root: this.root,
        spool: path.join(this.folder, 's'),
        images: this.world.images.folder,
        binds: this.#binds(),
        onEnd: (error) =>
          this.#finish({ status: this.startedAt ? failed : initFailure, exception: error.message, exitcode: 1 }),
      });
      await this.jail.ready;
      this.applyNetwork(this.networkAccess);
      this.startedAt = secondsNow();
      this.#startMain();
      this.#startClocks();
    } catch (error) {
      this.#finish({ status: initFailure, exception: error.message, exitcode: 1 });
    }
    this.changed.ring();
  }

  workdir() {
    return this.definition.workdir || this.image.workdir || '/';
  }

  // A bucket is an empty folder here; one that is said to be missing keeps the sandbox from starting.
  #makeBuckets() {
    for (const { bucket_name: name, mount_path: place } of this.definition.cloud_bucket_mounts ?? []) {
      if (name.includes('missing')) throw new Error(`bucket ${name} does not exist`);
      mkdirSync(inside(this.root, place), { recursive: true });
    }
  }

  #binds() {
    return (this.definition.volume_mounts ?? []).map((mount) => {
      const volume = this.world.volumes.get(mount.volume_id);
      const from = mount.sub_path ? inside(volume.folder, mount.sub_path) : volume.folder;
      mkdirSync(from, { recursive: true });
      mkdirSync(inside(this.root, mount.mount_path), { recursive: true });
      return { from, to: mount.mount_path, readOnly: mount.read_only };
    });
  }

  #startMain() {
    const { entrypoint_args: given = [], pty_info: pty } = this.definition;
    const argv = given.length ? given : [...(this.image.entrypoint ?? []), ...(this.image.cmd ?? ['sleep', '172800'])];
    this.main = new Exec(this.jail, { id: 'main', argv, cwd: this.workdir(), ...this.#surroundings(pty) });
    this.log.follow(this.main);
    if (this.definition.readiness_probe) this.probe = new Probe(this, this.definition.readiness_probe);
    const watch = async () => {
      await this.main.finished();
      const code = this.main.exitCode;
      await this.main.outputs[0].changed.until(
        () => this.main.outputs.every((output) => output.closed),
        undefined,
        1000,
      );
      this.#finish(code === 0 ? { status: finished, exitcode: 0 } : { status: failed, exitcode: code });
    };
    watch();
  }

  #surroundings(pty, env = {}) {
    const terminal = pty?.enabled ? { rows: pty.winsz_rows ?? 24, cols: pty.winsz_cols ?? 80 } : undefined;
    const words = {
      ...this.image.env,
      ...this.env,
      MODAL_SANDBOX_ID: this.id,
      MODAL_TASK_ID: this.taskId,
      ...env,
      ...(terminal && pty.env_term ? { TERM: pty.env_term } : {}),
      ...(terminal && pty.env_colorterm ? { COLORTERM: pty.env_colorterm } : {}),
    };
    return { pty: terminal, env: words };
  }

  #startClocks() {
    const after = (seconds, act) => {
      const timer = setTimeout(act, Math.min(seconds * 1000, 2 ** 31 - 1));
      this.timers.add(timer);
    };
    after(this.definition.timeout_secs || 300, () =>
      this.end({ status: timedOut, exception: 'the sandbox reached its timeout', exitcode: 124 }),
    );
    const limit = this.definition.idle_timeout_secs;
    const look = () => {
      const busy = [...this.execs.values()].some((exec) => !exec.end);
      const left = busy ? limit : limit - (Date.now() - this.lastUse) / 1000;
      if (left <= 0) this.end({ status: idle, exception: 'the sandbox was idle for too long', exitcode: 0 });
      else after(left, look);
    };
    if (limit) after(limit, look);
  }

  use() {
    this.lastUse = Date.now();
  }

  // The execution of START, begun now if it is not known yet. TIMES are counted: nothing may run twice.
  exec(start) {
    const execId = start.exec_id;
    const known = this.execs.get(execId);
    if (known) return known;
    if (start.stderr_config === 2) throw fail('INVALID_ARGUMENT', 'stderr cannot be merged into stdout here');
    const bytes = start.command_args.reduce((sum, word) => sum + Buffer.byteLength(word), 0);
    if (bytes > 65536) throw fail('INVALID_ARGUMENT', `the arguments have ${bytes} bytes, 65536 are allowed`);
    if (start.command_args.length === 0) throw fail('INVALID_ARGUMENT', 'there is no command');
    const [program, ...words] = start.command_args;
    const lacking = program === fileHelper && !this.world.settings.fileHelper;
    const secrets = this.world.secrets.merged(start.secret_ids, start.secret_sources);
    const exec = new Exec(this.jail, {
      id: execId,
      argv: [lacking ? `${program}-is-missing` : program, ...words],
      cwd: start.workdir || this.workdir(),
      stdout: start.stdout_config !== 0,
      stderr: start.stderr_config !== 0,
      timeout: start.timeout_secs,
      ...this.#surroundings(start.pty_info, { ...secrets, ...start.env }),
    });
    this.execs.set(execId, exec);
    this.startCounts.set(execId, (this.startCounts.get(execId) ?? 0) + 1);
    if (this.definition.verbose) this.log.add(`exec: ${start.command_args.join(' ')}\n`, 3);
    exec.finished().then(() => this.use());
    return exec;
  }

  findExec(execId) {
    const exec = this.execs.get(execId);
    if (!exec) throw notFound('exec', execId);
    return exec;
  }

  // Runs a command of the server's own in the jail, with the folder of images at descriptor 4.
  async plumb(argv) {
    const exec = new Exec(this.jail, { id: 'plumbing', argv, images: true });
    await exec.finished();
    const said = await exec.outputs[1].read(0, 4096);
    if (exec.exitCode !== 0) throw fail('FAILED_PRECONDITION', said.toString().trim() || `${argv[0]} failed`);
  }

  // An image's content at PLACE; what was there is hidden until it is unmounted.
  async mount(place, image) {
    if (this.mounted.has(place)) await this.unmount(place);
    const hidden = `/__modal/hidden/${++this.mounts}`;
    const script =
      'mkdir -p "$1" /__modal/hidden && mv "$1" "$2" && mkdir "$1" && { [ -z "$3" ] || cp -a "/proc/self/fd/4/$3/." "$1"; }';
    await this.plumb(['/bin/sh', '-c', script, 'mount', place, hidden, image?.id ?? '']);
    this.mounted.set(place, hidden);
  }

  async unmount(place) {
    const hidden = this.mounted.get(place);
    if (!hidden) throw notFound('mount', place);
    this.mounted.delete(place);
    await this.plumb(['/bin/sh', '-c', 'rm -rf "$1" && mv "$2" "$1"', 'unmount', place, hidden]);
  }

  // The content of the folder PLACE as an image.
  async snapshotDirectory(place) {
    const image = this.world.images.add();
    await this.plumb(['/bin/cp', '-a', `${place}/.`, `/proc/self/fd/4/${image.id}/`]);
    image.finish({ status: 1 });
    return image;
  }

  snapshot() {
    return this.world.images.ofFolder(this.root, this.image);
  }

  applyNetwork(access) {
    this.networkAccess = access;
    const type = access.network_access_type ?? 1;
    const names = type === 2 ? [] : type === 1 ? ['*'] : (access.allowed_domains ?? []);
    this.jail?.send({ op: 'network', names });
  }

  end(result) {
    if (this.result) return;
    this.#finish(result);
  }

  terminate() {
    this.end({ status: terminated, exception: 'the sandbox was terminated', exitcode: 137 });
  }

  #finish(result) {
    if (this.result) return;
    this.result = result;
    this.finishedAt = secondsNow();
    this.timers.forEach(clearTimeout);
    this.jail?.destroy();
    this.tunnels.forEach((tunnel) => tunnel.close());
    this.changed.ring();
    this.world.sandboxEnded(this);
  }

  mustRun() {
    if (this.result) throw fail('FAILED_PRECONDITION', 'Sandbox already finished');
    if (!this.scheduled) throw fail('FAILED_PRECONDITION', 'the sandbox is not running yet');
  }
}
