// jail.mjs - a bubblewrap jail for one sandbox, and the link to its first process (guest/init.py).
//
// The sandbox's folder is its root, /usr is the host's, read-only, but /usr/local its own; its processes, terminals and loopback network
// are its own and die with the jail.  Nothing of a sandbox runs outside of one.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inside } from './folders.mjs';

const guest = fileURLToPath(new URL('guest', import.meta.url));
const hosts = '127.0.0.1 localhost\n127.80.0.1 example.com\n127.80.0.2 allowed.test\n127.80.0.3 blocked.test\n';
const files = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n',
  'etc/group': 'root:x:0:\nnogroup:x:65534:\n',
  'etc/hosts': hosts,
};
const folders = [
  'dev',
  'etc',
  'home',
  'mnt',
  'opt',
  'proc',
  'root',
  'srv',
  'tmp',
  'usr/local/bin',
  'var/tmp',
  '__modal/.bin',
];
const links = { bin: 'usr/bin', sbin: 'usr/sbin', lib: 'usr/lib', lib64: 'usr/lib64' };

// Makes FOLDER a root to begin with: what every image has and this one lacks.
export function furnish(folder) {
  const lacks = (name) => !lstatSync(path.join(folder, name), { throwIfNoEntry: false });
  for (const name of folders.filter(lacks)) mkdirSync(inside(folder, name), { recursive: true });
  for (const name of Object.keys(files).filter(lacks)) writeFileSync(inside(folder, name), files[name]);
  for (const name of Object.keys(links).filter(lacks)) symlinkSync(links[name], path.join(folder, name));
}

const ownKinds =
  '--unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts --die-with-parent --uid 0 --gid 0 --chdir / --clearenv';
const abilities = ['CAP_NET_BIND_SERVICE', 'CAP_DAC_OVERRIDE', 'CAP_CHOWN', 'CAP_FOWNER'];
const firstProcess = ['/usr/bin/python3', '-SEB', '/__modal/.bin/init.py'];

function bubblewrapArguments({ root, binds, hostname }) {
  const host = (place) => (existsSync(place) ? ['--ro-bind', place, place] : []);
  return [
    ...ownKinds.split(' '),
    ...['--hostname', hostname, '--bind', root, '/'],
    ...host('/usr'),
    ...['--bind', path.join(root, 'usr/local'), '/usr/local'],
    ...host('/etc/alternatives'),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...binds.flatMap(({ from, to, readOnly }) => [readOnly ? '--ro-bind' : '--bind', from, to]),
    ...['--ro-bind', guest, '/__modal/.bin'],
    ...abilities.flatMap((name) => ['--cap-add', name]),
    ...firstProcess,
  ];
}

const starting = new Set(); // the promises of jails that are not up yet

// When each is up or has failed: the program must not end before, see destroy.
export const allAreUp = () => Promise.allSettled([...starting]);

export class Jail {
  // ROOT, SPOOL and IMAGES are folders; BINDS are {from, to, readOnly}; ONEND is called once, when it is gone.
  constructor({ root, spool, images, binds = [], hostname = 'modal', onEnd = () => {} }) {
    this.spool = spool;
    this.receivers = new Map();
    this.number = 0;
    this.dead = false;
    mkdirSync(spool, { recursive: true });
    const handles = [openSync(spool, 'r'), openSync(images, 'r')];
    this.process = spawn('bwrap', bubblewrapArguments({ root, binds, hostname }), {
      stdio: ['pipe', 'pipe', 'pipe', ...handles],
      env: {},
    });
    handles.forEach(closeSync);
    this.ready = new Promise((resolve, reject) => {
      this.becameReady = resolve;
      this.#listen(reject, onEnd);
    });
    starting.add(this.ready);
    const settled = () => starting.delete(this.ready);
    this.ready.then(settled, settled);
  }

  #listen(reject, onEnd) {
    let errors = '';
    let rest = '';
    this.process.stderr.on('data', (data) => {
      errors = (errors + data).slice(-4096);
    });
    this.process.stdin.on('error', () => {});
    this.process.stdout.setEncoding('utf8').on('data', (data) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      for (const line of lines) this.#report(JSON.parse(line));
    });
    const end = (error) => {
      if (this.dead) return;
      this.dead = true;
      reject(error);
      for (const receiver of this.receivers.values()) receiver({ gone: true });
      onEnd(error);
    };
    this.process.on('error', (error) => end(new Error(`bubblewrap cannot be started: ${error.message}`)));
    this.process.on('close', () => end(new Error(`the jail ended: ${errors.trim()}`)));
  }

  #report(report) {
    if (report.ready) this.becameReady();
    else this.receivers.get(report.exec)?.(report);
  }

  send(request) {
    if (!this.dead) this.process.stdin.write(`${JSON.stringify(request)}\n`);
  }

  // Starts an execution; RECEIVE is told what becomes of it. Returns its number, by which the spool files are named.
  start(request, receive) {
    const number = ++this.number;
    this.receivers.set(number, receive);
    this.send({ op: 'start', exec: number, ...request });
    return number;
  }

  // Killed before it is up, bubblewrap leaves a child behind that waits for it for ever.
  destroy() {
    const kill = () => this.process.kill('SIGKILL');
    this.ready.then(kill, kill);
  }
}
