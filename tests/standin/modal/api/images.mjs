// images.mjs (api) - images by recipe, id and name, and the log of a build.
import { fail, notFound } from '../errors.mjs';
import { id } from '../ids.mjs';

const secondsNow = () => Date.now() / 1000;

// "[[workspace/]environment/]name[:tag]" as "environment/name:tag".
function fullTag(tag, environment = '') {
  const parts = tag.split('/');
  const name = parts.pop();
  const place = parts.pop() ?? environment;
  return `${place || 'main'}/${name.includes(':') ? name : `${name}:latest`}`;
}

// The messages of a build from the entry after LAST on, and at the end the result.
async function* follow(image, last, seconds, signal) {
  const end = Date.now() + seconds * 1000;
  for (let at = last; ;) {
    while (at < image.entries.length) {
      yield { task_logs: [image.entries[at]], entry_id: `${++at}-0` };
      if (signal.aborted) return;
    }
    if (image.result) {
      yield { result: image.result, metadata: image.metadata(), eof: true };
      return;
    }
    if (signal.aborted || Date.now() >= end) return;
    await image.changed.next(signal, end - Date.now());
  }
}

export function imageHandlers(world) {
  const { images, settings } = world;
  const known = (imageId) => {
    try {
      return images.get(imageId);
    } catch {
      throw fail('FAILED_PRECONDITION', `Could not find image with ID ${imageId}`);
    }
  };

  return {
    ImageGetOrCreate: (request) => {
      world.apps.get(request.app_id);
      const image = images.getOrBuild(request);
      return { image_id: image.id, ...(image.result ? { result: image.result, metadata: image.metadata() } : {}) };
    },

    ImageJoinStreaming: (
      { image_id: imageId, timeout = 55, last_entry_id: last = '', include_logs_for_finished: all },
      call,
    ) => {
      const image = images.get(imageId);
      const first = last ? Number.parseInt(last, 10) : image.result && !all ? image.entries.length : 0;
      return follow(image, first, Math.min(timeout, settings.joinSeconds), call.signal);
    },

    ImageFromId: ({ image_id: imageId }) => ({ image_id: known(imageId).id, metadata: known(imageId).metadata() }),

    ImageDelete: ({ image_id: imageId }) => {
      images.remove(known(imageId).id);
    },

    ImageGetByTag: ({ tag, environment_name: environment }) => {
      const found = images.tags.get(fullTag(tag, environment));
      if (!found) throw notFound('image', tag);
      return { image_id: found.image.id };
    },

    ImagePublish: ({ image_id: imageId, tag, environment_name: environment }) => {
      const image = images.get(imageId);
      const name = fullTag(tag, environment);
      const createdAt = images.tags.get(name)?.createdAt ?? secondsNow();
      const revision = id('rv');
      images.tags.set(name, { image, revision, createdAt, updatedAt: secondsNow() });
      return { image_id: image.id, revision_id: revision };
    },

    ImageListTags: ({
      environment_name: environment = '',
      tag_prefix: prefix = '',
      max_objects: most,
      page_token: page = '',
    }) => {
      const place = `${environment || 'main'}/`;
      const all = [...images.tags].filter(([name]) => name.startsWith(place + prefix)).sort();
      const start = Number(page) || 0;
      const end = start + Math.min(most || 100, 100);
      const items = all.slice(start, end).map(([name, { image, revision, createdAt, updatedAt }]) => ({
        tag: name.slice(place.length),
        image_id: image.id,
        revision_id: revision,
        created_at: createdAt,
        updated_at: updatedAt,
      }));
      return { items, next_page_token: end < all.length ? String(end) : '', environment_name: environment || 'main' };
    },
  };
}
