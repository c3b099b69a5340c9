// images.mjs - images: a folder each, made by playing the lines of a Dockerfile, kept by content.
//
// FROM copies the parent's folder (or furnishes a new one), ENV, WORKDIR, CMD and ENTRYPOINT are remembered, COPY
// takes files of the context. RUN runs in a jail on the image's folder, unless it would need a network: then it
// is only logged. A line with FAIL in it fails the build.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { copyTree, inside } from './folders.mjs';
import { notFound } from './errors.mjs';
import { Exec } from './exec.mjs';
import { id } from './ids.mjs';
import { Jail, furnish } from './jail.mjs';
import { Bell, sleep } from './wait.mjs';

const needsNetwork = /\b(apk|apt|apt-get|conda|curl|debconf|dnf|git|micromamba|npm|pip|pip3|uv|wget|yum)\b/;
const success = { status: 1 };
const failure = (exception, exitcode = 1) => ({ status: 2, exception, exitcode });

class Build {
  constructor(images, image, request) {
    Object.assign(this, { images, image, request });
    this.lines = {
      FROM: this.#from,
      RUN: this.#run,
      ENV: this.#env,
      WORKDIR: this.#workdir,
      COPY: this.#copy,
      ADD: this.#copy,
      CMD: this.#words('cmd'),
      ENTRYPOINT: this.#words('entrypoint'),
    };
  }

  async play() {
    const { settings } = this.images;
    const lines = this.request.image.dockerfile_commands;
    try {
      for (const [index, line] of lines.entries()) {
        this.image.log(`Step ${index + 1}/${lines.length} : ${line}\n`);
        await sleep(settings.buildLineMs);
        if (line.includes('FAIL')) throw new Error(`"${line}" failed with exit code 1`);
        const [, word, rest] = /^\s*(\w+)\s*([^]*)$/.exec(line) ?? [null, '', ''];
        await this.lines[word.toUpperCase()]?.call(this, rest.trim());
      }
      this.image.log('Saving image...\n', { len: 100, pos: 100, progress_type: 0, description: 'Saving image' });
      this.image.finish(success);
    } catch (error) {
      this.image.log(`${error.message}\n`);
      this.image.finish(failure(error.message));
    } finally {
      this.jail?.destroy();
    }
  }

  async #from(name) {
    const [tag] = name.split(/\s/);
    const bound = this.request.image.base_images.find((base) => base.docker_tag === tag);
    if (!bound) {
      furnish(this.image.folder);
      this.image.python = /^python:(\d+\.\d+(\.\d+)?)/.exec(tag)?.[1];
      if (this.image.python) symlinkSync('/usr/bin/python3', path.join(this.image.folder, 'usr/local/bin/python'));
      return;
    }
    const parent = this.images.get(bound.image_id);
    await copyTree(parent.folder, this.image.folder);
    Object.assign(this.image, parent.recipe());
  }

  async #run(command) {
    const { settings } = this.images;
    if (needsNetwork.test(command)) {
      for (let line = 1; line <= settings.buildLogs; line++) {
        await sleep(settings.buildLineMs);
        this.image.log(`played (${line}/${settings.buildLogs}): ${command}\n`);
      }
      return;
    }
    this.jail ??= new Jail({
      root: this.image.folder,
      spool: `${this.image.folder}.spool`,
      images: this.images.folder,
    });
    await this.jail.ready;
    const env = { ...this.image.env, ...this.request.image.build_args };
    const exec = new Exec(this.jail, {
      argv: ['/bin/sh', '-c', command],
      env,
      cwd: this.image.workdir ?? '/',
      timeout: 60,
    });
    const signal = new AbortController().signal;
    const pour = async (which) => {
      for await (const data of exec.read(which, 0, () => 65536, signal)) this.image.log(data.toString());
    };
    await Promise.all([pour(0), pour(1), exec.finished()]);
    if (exec.exitCode !== 0) throw new Error(`"RUN ${command}" failed with exit code ${exec.exitCode}`);
  }

  #env(words) {
    const unquote = (value) => value.replace(/^(["'])([^]*)\1$/, '$2');
    const [, name, value] = /^(\w+)[ =]([^]*)$/.exec(words) ?? [];
    if (name) this.image.env[name] = unquote(value.trim());
  }

  #workdir(place) {
    this.image.workdir = path.posix.resolve(this.image.workdir ?? '/', place);
    mkdirSync(inside(this.image.folder, this.image.workdir), { recursive: true });
  }

  #copy(words) {
    if (words.startsWith('--from=')) return;
    const [source, target] = words.split(/\s+/);
    const context = this.request.image.context_files.map(({ filename, data }) => ({ filename, data }));
    const mount = this.images.mounts.get(this.request.image.context_mount_id);
    for (const file of mount?.files ?? [])
      context.push({ filename: file.filename, data: this.images.blobs.get(file.sha256_hex), mode: file.mode });
    for (const { filename, data, mode } of context) {
      const name = path.posix.resolve('/', filename);
      const wanted = path.posix.resolve('/', source);
      if (name !== wanted && !name.startsWith(wanted === '/' ? '/' : `${wanted}/`)) continue;
      const rest =
        name === wanted ? (target.endsWith('/') ? path.posix.basename(name) : '') : name.slice(wanted.length);
      const place = inside(
        this.image.folder,
        path.posix.join(path.posix.resolve(this.image.workdir ?? '/', target), rest),
      );
      mkdirSync(path.dirname(place), { recursive: true });
      writeFileSync(place, data ?? '');
      if (mode) chmodSync(place, mode & 0o7777);
    }
  }

  #words(field) {
    return (words) => {
      this.image[field] = words.startsWith('[') ? JSON.parse(words) : ['/bin/sh', '-c', words];
    };
  }
}

export class Image {
  constructor(folder, imageId) {
    Object.assign(this, { id: imageId, folder: path.join(folder, imageId), createdAt: Date.now() / 1000 });
    Object.assign(this, { env: {}, workdir: undefined, cmd: undefined, entrypoint: undefined, python: undefined });
    this.result = null;
    this.entries = [];
    this.changed = new Bell();
    mkdirSync(this.folder, { recursive: true });
  }

  // What a child of this image begins with.
  recipe() {
    const { env, workdir, cmd, entrypoint, python } = this;
    return { env: { ...env }, workdir, cmd, entrypoint, python };
  }

  metadata() {
    return {
      image_builder_version: '2025.06',
      ...(this.workdir ? { workdir: this.workdir } : {}),
      ...(this.python ? { python_version_info: `Python ${this.python}` } : {}),
    };
  }

  log(data, progress) {
    const entry = {
      timestamp: Date.now() / 1000,
      file_descriptor: 1,
      ...(progress ? { task_progress: progress } : { data }),
    };
    this.entries.push(entry);
    this.changed.ring();
  }

  finish(result) {
    this.result = result;
    this.changed.ring();
  }
}

export class Images {
  constructor({ folder, settings, mounts, blobs }) {
    Object.assign(this, { folder, settings, mounts, blobs });
    this.byId = new Map();
    this.byKey = new Map();
    this.tags = new Map(); // "environment/name:tag" -> {image, revision, createdAt, updatedAt}
    mkdirSync(folder, { recursive: true });
  }

  get(imageId) {
    const image = this.byId.get(imageId);
    if (!image) throw notFound('image', imageId);
    return image;
  }

  add() {
    const image = new Image(this.folder, id('im'));
    this.byId.set(image.id, image);
    return image;
  }

  // The image of REQUEST: the one of the same content, or a new one whose build has begun.
  getOrBuild(request) {
    const { image, builder_version: version } = request;
    const content = [
      version,
      image.dockerfile_commands,
      image.base_images,
      image.secret_ids,
      image.build_args,
      image.context_files.map(({ filename, data }) => [filename, data.toString('base64')]),
      this.mounts.get(image.context_mount_id)?.files,
    ];
    const key = createHash('sha256').update(JSON.stringify(content)).digest('hex');
    const known = this.byKey.get(key);
    if (known && !request.force_build && !request.ignore_cache && known.result?.status !== 2) return known;
    for (const base of image.base_images) this.get(base.image_id);
    const made = this.add();
    if (!request.ignore_cache) this.byKey.set(key, made);
    made.commands = image.dockerfile_commands;
    new Build(this, made, request).play();
    return made;
  }

  // An image of the content of FOLDER, as a child of PARENT.
  async ofFolder(folder, parent) {
    const image = this.add();
    if (parent) Object.assign(image, parent.recipe());
    await copyTree(folder, image.folder);
    image.finish(success);
    return image;
  }

  remove(imageId) {
    const image = this.get(imageId);
    this.byId.delete(imageId);
    for (const [key, one] of this.byKey) if (one === image) this.byKey.delete(key);
    rmSync(image.folder, { recursive: true, force: true });
  }
}
