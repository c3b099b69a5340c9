// files.mjs (api) - local files on their way up: mounts and blobs; volumes and their files.
import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail, notFound } from '../errors.mjs';
import { inside } from '../folders.mjs';
import { id } from '../ids.mjs';

const blockSize = 8 << 20;
const listPiece = 500;
const types = [
  ['isSymbolicLink', 3],
  ['isFile', 1],
  ['isDirectory', 2],
  ['isFIFO', 4],
  ['isSocket', 5],
];
const hashOf = (data) => createHash('sha256').update(data).digest('hex');

export function mountHandlers(world, store) {
  const blobs = new Map(); // blob id -> bytes
  return {
    MountBatchedCheckExistence: ({ sha256_hex_hashes: hashes }) => ({
      missing_sha256_hex_hashes: hashes.filter((hash) => !world.blobs.has(hash)),
    }),

    MountPutFile: ({ sha256_hex: hash, data, data_blob_id: blobId }) => {
      const content = blobId ? blobs.get(blobId) : data;
      if (content) {
        if (hashOf(content) !== hash) throw fail('INVALID_ARGUMENT', 'the content has another hash');
        world.addBlob(content);
      }
      return { exists: world.blobs.has(hash) };
    },

    MountGetOrCreate: ({ files }) => {
      const missing = files.find((file) => !world.blobs.has(file.sha256_hex));
      if (missing) throw fail('FAILED_PRECONDITION', `${missing.filename} was not uploaded`);
      return { mount_id: world.mounts.add(files).id };
    },

    BlobCreate: () => {
      const blobId = id('bl');
      const take = (data) => {
        blobs.set(blobId, data);
        return '';
      };
      return { blob_id: blobId, upload_url: store.forPut(take) };
    },
  };
}

function entriesOf(root, place, recursive, entries = []) {
  const folder = inside(root, place, false);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found) throw notFound('path', place);
  const add = (name, status) => {
    const [, type] = types.find(([is]) => status[is]()) ?? [null, 1];
    entries.push({
      path: name,
      type,
      mtime: Math.floor(status.mtimeMs / 1000),
      size: status.isDirectory() ? 0 : status.size,
    });
  };
  const plain = place.replace(/^\/+|\/+$/g, '');
  if (!found.isDirectory()) add(plain, found);
  else {
    for (const name of readdirSync(folder).sort()) {
      const below = plain ? `${plain}/${name}` : name;
      const status = lstatSync(path.join(folder, name));
      add(below, status);
      if (recursive && status.isDirectory()) entriesOf(root, below, true, entries);
    }
  }
  return entries;
}

export function volumeHandlers(world, store) {
  const { volumes } = world;
  const unproven = new Set(); // hashes of blocks that were put and not shown to have been, by what the PUT answered
  const refuseTaken = (folder, places, keep) => {
    const taken = keep && places.find((place) => lstatSync(inside(folder, place), { throwIfNoEntry: false }));
    if (taken) throw fail('ALREADY_EXISTS', `${taken} exists already`);
  };
  const write = (folder, name, content, mode = 0o644) => {
    const place = inside(folder, name);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, content, { mode: mode & 0o7777 });
  };
  const metadataOf = ({ version, name, createdAt }) => ({ version, name, creation_info: { created_at: createdAt } });
  const fileOf = (volumeId, place) => {
    const file = inside(volumes.get(volumeId).folder, place, false);
    const status = lstatSync(file, { throwIfNoEntry: false });
    if (!status) throw notFound('path', place);
    return { file, status };
  };
  const list = async function* list({
    volume_id: volumeId,
    path: place = '/',
    recursive = false,
    max_entries: most = Infinity,
  }) {
    const entries = entriesOf(volumes.get(volumeId).folder, place, recursive).slice(0, most || Infinity);
    for (let at = 0; at < entries.length; at += listPiece) yield { entries: entries.slice(at, at + listPiece) };
  };
  const remove = ({ volume_id: volumeId, path: place, recursive = false }) => {
    const { file, status } = fileOf(volumeId, place);
    if (status.isDirectory() && !recursive) throw fail('INVALID_ARGUMENT', `${place} is a directory`);
    rmSync(file, { recursive: true });
  };
  const copy = ({ volume_id: volumeId, src_paths: sources, dst_path: target, recursive = false }) => {
    for (const source of sources) {
      const { file, status } = fileOf(volumeId, source);
      if (status.isDirectory() && !recursive) throw fail('INVALID_ARGUMENT', `${source} is a directory`);
      const goal = inside(volumes.get(volumeId).folder, target);
      const into = lstatSync(goal, { throwIfNoEntry: false })?.isDirectory()
        ? path.join(goal, path.basename(file))
        : goal;
      cpSync(file, into, { recursive: true, verbatimSymlinks: true });
    }
  };

  return {
    VolumeGetOrCreate: ({
      deployment_name: name = '',
      environment_name: environment = '',
      object_creation_type: type,
      version,
    }) => {
      const volume = volumes.getOrCreate(type, name, environment, () => ({ version: version || 1 }));
      return { volume_id: volume.id, version: volume.version, metadata: metadataOf(volume) };
    },
    VolumeGetById: ({ volume_id: volumeId }) => {
      const volume = volumes.get(volumeId);
      return { volume_id: volume.id, metadata: metadataOf(volume) };
    },
    VolumeList: ({ environment_name: environment = '', pagination }) => ({
      items: volumes.page(environment, pagination ?? {}).map((volume) => ({
        label: volume.name,
        volume_id: volume.id,
        metadata: metadataOf(volume),
      })),
      environment_name: environment,
    }),
    VolumeHeartbeat: ({ volume_id: volumeId }) => {
      volumes.get(volumeId);
    },
    VolumeDelete: ({ volume_id: volumeId }) => volumes.remove(volumeId),
    VolumeListFiles: list,
    VolumeListFiles2: list,
    VolumeRemoveFile: remove,
    VolumeRemoveFile2: remove,
    VolumeCopyFiles: copy,
    VolumeCopyFiles2: copy,

    VolumeGetFile2: ({ volume_id: volumeId, path: place, start = 0, len = 0 }) => {
      const { file, status } = fileOf(volumeId, place);
      if (status.isDirectory()) throw fail('INVALID_ARGUMENT', `${place} is a directory`);
      const end = len ? Math.min(start + len, status.size) : status.size;
      const urls = [];
      for (let at = start; at < end; at += blockSize) urls.push(store.forGet(file, at, Math.min(at + blockSize, end)));
      return { get_urls: urls, size: status.size, start, len: Math.max(0, end - start) };
    },

    // Of version 1: the files were put before, by MountPutFile.
    VolumePutFiles: ({ volume_id: volumeId, files, disallow_overwrite_existing_files: keep }) => {
      const { folder } = volumes.get(volumeId);
      refuseTaken(
        folder,
        files.map((file) => file.filename),
        keep,
      );
      const missing = files.find((file) => !world.blobs.has(file.sha256_hex));
      if (missing) throw fail('FAILED_PRECONDITION', `${missing.filename} was not uploaded`);
      for (const file of files) write(folder, file.filename, world.blobs.get(file.sha256_hex), file.mode);
    },

    VolumePutFiles2: ({ volume_id: volumeId, files, disallow_overwrite_existing_files: keep }) => {
      const { folder } = volumes.get(volumeId);
      refuseTaken(
        folder,
        files.map((file) => file.path),
        keep,
      );
      const missing = files.flatMap((file, fileIndex) =>
        file.blocks.flatMap((block, blockIndex) => {
          const hash = block.contents_sha256.toString('hex');
          if (block.put_response?.toString() === `taken ${hash}`) unproven.delete(hash);
          if (world.blobs.has(hash) && !unproven.has(hash)) return [];
          const take = (data) => {
            unproven.add(world.addBlob(data));
            return `taken ${hashOf(data)}`;
          };
          return [{ file_index: fileIndex, block_index: blockIndex, put_url: store.forPut(take) }];
        }),
      );
      if (missing.length) return { missing_blocks: missing };
      for (const file of files) {
        const content = Buffer.concat(
          file.blocks.map((block) => world.blobs.get(block.contents_sha256.toString('hex'))),
        );
        write(folder, file.path, content.subarray(0, file.size ?? content.length), file.mode);
      }
      return { missing_blocks: [] };
    },
  };
}
