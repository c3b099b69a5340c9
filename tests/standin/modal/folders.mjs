// folders.mjs - folders on the host's side: copies, and paths below a sandbox's root that links cannot lead astray.
import { execFile } from 'node:child_process';
import { lstatSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { fail } from './errors.mjs';

const run = promisify(execFile);

// The content of FROM into TO, which is made; links stay links.
export async function copyTree(from, to) {
  mkdirSync(to, { recursive: true });
  await run('cp', ['-a', '--reflink=auto', `${from}/.`, to]);
}

// The host's path of PLACE in ROOT; with MAKE its parents are made. A link on the way is refused: it may lead out of ROOT.
export function inside(root, place, make = true) {
  const parts = path.posix.normalize(`/${place}`).split('/').filter(Boolean);
  let at = root;
  for (const part of parts) {
    if (make) mkdirSync(at, { recursive: true });
    at = path.join(at, part);
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) {
      throw fail('FAILED_PRECONDITION', `${place} leads over a symbolic link`);
    }
  }
  return at;
}
