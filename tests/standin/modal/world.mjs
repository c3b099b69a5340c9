// world.mjs - everything there is: apps, images, sandboxes, secrets, volumes, mounts, and the tokens handed out.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail, notFound } from './errors.mjs';
import { inside } from './folders.mjs';
import { id } from './ids.mjs';
import { Images } from './images.mjs';
import { Sandbox } from './sandbox.mjs';
import { Tokens } from './tokens.mjs';

const secondsNow = () => Date.now() / 1000;
const step = 1e-3; // no two are made at the same time: lists are paged by it
const create = { lookUp: 0, ifMissing: 1, failIfExists: 2, overwrite: 3, ofApp: 4, ephemeral: 5 };

// Named things of one kind: by id, and by environment and name.
class Named {
  constructor(kind, prefix) {
    Object.assign(this, { kind, prefix, byId: new Map() });
  }

  get(objectId) {
    const object = this.byId.get(objectId);
    if (!object) throw notFound(this.kind, objectId);
    return object;
  }

  find(name, environment = '') {
    return [...this.byId.values()].find((one) => one.name === name && one.environment === environment);
  }

  add(fields) {
    this.newest = Math.max(secondsNow(), (this.newest ?? 0) + step);
    const object = { id: id(this.prefix), createdAt: this.newest, ...fields };
    this.byId.set(object.id, object);
    return object;
  }

  // What an ObjectCreationType asks for; MAKE gives the fields of a new one.
  getOrCreate(type, name, environment, make) {
    if (type === create.ephemeral || type === create.ofApp) return this.add({ name: '', environment, ...make() });
    const known = this.find(name, environment);
    if (known && type === create.failIfExists) throw fail('ALREADY_EXISTS', `${this.kind} "${name}" exists already`);
    if (known && type === create.overwrite) return Object.assign(known, make());
    if (known) return known;
    if (!type) throw notFound(this.kind, name);
    return this.add({ name, environment, ...make() });
  }

  // A page, newest first, as ListPagination asks for it.
  page(environment, { max_objects: most = 100, created_before: before = 0 } = {}) {
    return [...this.byId.values()]
      .filter((one) => one.name && one.environment === environment && (!before || one.createdAt < before))
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(0, most || 100);
  }
}

class Secrets extends Named {
  constructor() {
    super('secret', 'st');
  }

  values(secretIds = []) {
    return Object.assign({}, ...secretIds.map((one) => this.get(one).values));
  }

  // Later ones win; SOURCES, newer than the list of ids, say their order themselves.
  merged(secretIds, sources = []) {
    const ordered = sources.map((source) => (source.env ? source.env.contents : this.get(source.secret_id).values));
    return Object.assign(this.values(secretIds), ...ordered);
  }
}

class Volumes extends Named {
  constructor(folder) {
    super('volume', 'vo');
    this.folder = folder;
  }

  add(fields) {
    const volume = super.add(fields);
    volume.folder = path.join(this.folder, volume.id);
    mkdirSync(volume.folder, { recursive: true });
    return volume;
  }

  remove(volumeId) {
    rmSync(this.get(volumeId).folder, { recursive: true, force: true });
    this.byId.delete(volumeId);
  }
}

// Sets of local files that came up, to be copied into an image or a sandbox.
class Mounts {
  constructor(blobs) {
    Object.assign(this, { blobs, byId: new Map() });
  }

  get(mountId) {
    return this.byId.get(mountId);
  }

  add(files) {
    const mount = { id: id('mo'), files };
    this.byId.set(mount.id, mount);
    return mount;
  }

  pour(mountId, root) {
    for (const { filename, sha256_hex: hash, mode } of this.get(mountId)?.files ?? []) {
      const place = inside(root, filename);
      writeFileSync(place, this.blobs.get(hash) ?? '');
      if (mode) chmodSync(place, mode & 0o7777);
    }
  }
}

export class World {
  constructor({ folder, settings }) {
    Object.assign(this, { folder, settings });
    this.tokens = { auth: new Tokens(), router: new Tokens() };
    this.blobs = new Map(); // sha256 in hex -> bytes
    this.apps = new Named('app', 'ap');
    this.secrets = new Secrets();
    this.volumes = new Volumes(path.join(folder, 'volumes'));
    this.mounts = new Mounts(this.blobs);
    this.images = new Images({ folder: path.join(folder, 'images'), settings, mounts: this.mounts, blobs: this.blobs });
    this.sandboxes = new Map();
    this.tokenFlows = []; // what the clients' own servers answered to the page of a login
    this.memorySnapshots = new Map();
    this.mutations = new Map(); // snapshot id or idempotency key -> promise of what came of it
    mkdirSync(path.join(folder, 'sandboxes'), { recursive: true });
  }

  addBlob(data) {
    const hash = createHash('sha256').update(data).digest('hex');
    this.blobs.set(hash, data);
    return hash;
  }

  // Does ACT once for KEY; who comes again with it gets what the first one got. What failed may be tried anew.
  once(key, act) {
    if (!this.mutations.has(key)) {
      const made = act();
      this.mutations.set(key, made);
      made.catch(() => this.mutations.delete(key));
    }
    return this.mutations.get(key);
  }

  createSandbox(fields) {
    const { definition, app } = fields;
    const image = this.images.get(definition.image_id);
    if (image.result?.status !== 1) throw fail('FAILED_PRECONDITION', `image ${image.id} is not built`);
    if (definition.name && this.sandboxByName(definition.name, app.id)) {
      throw fail('ALREADY_EXISTS', `a sandbox named "${definition.name}" is running in this app`);
    }
    const sandbox = new Sandbox(this, { ...fields, image });
    sandbox.createdAt = this.newest = Math.max(sandbox.createdAt, (this.newest ?? 0) + step);
    this.sandboxes.set(sandbox.id, sandbox);
    sandbox.starting = sandbox.start();
    return sandbox;
  }

  sandbox(sandboxId) {
    const sandbox = this.sandboxes.get(sandboxId);
    if (!sandbox) throw notFound('sandbox', sandboxId);
    return sandbox;
  }

  task(taskId) {
    const sandbox = [...this.sandboxes.values()].find((one) => one.taskId === taskId);
    if (!sandbox) throw notFound('task', taskId);
    return sandbox;
  }

  // The running sandbox of that name, or with ENDED the newest of those that had it.
  sandboxByName(name, appId, ended = false) {
    const named = [...this.sandboxes.values()].filter((one) => one.name === name && one.app.id === appId);
    return named.find((one) => !one.result) ?? (ended ? named.pop() : undefined);
  }

  sandboxEnded(sandbox) {
    if (sandbox.definition.experimental_options_v2?.enable_exit_snapshot !== 'true' || !sandbox.jail) return;
    sandbox.exitSnapshot = this.images.ofFolder(sandbox.root, sandbox.image);
    sandbox.exitSnapshot.catch(() => {}); // told to who asks for it
  }

  close() {
    for (const sandbox of this.sandboxes.values()) sandbox.terminate();
  }
}
