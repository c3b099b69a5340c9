// spool.mjs - what one descriptor of an execution has printed, kept from the first byte on, readable from any.
//
// The bytes lie in a file that the sandbox's first process writes; here is how long it is and whether more comes.
import { open } from 'node:fs/promises';
import { Bell } from './wait.mjs';

export class Spool {
  constructor(file, bell = new Bell()) {
    this.file = file;
    this.size = 0;
    this.closed = false;
    this.changed = bell;
  }

  grow(size) {
    this.size = size;
    this.changed.ring();
  }

  close() {
    this.closed = true;
    this.changed.ring();
  }

  // At most LIMIT bytes from OFFSET on, of those that are there.
  async read(offset, limit) {
    const handle = await open(this.file);
    try {
      return await this.#piece(handle, offset, limit);
    } finally {
      await handle.close();
    }
  }

  async #piece(handle, offset, limit) {
    const length = Math.min(limit, this.size - offset);
    if (length <= 0) return Buffer.alloc(0);
    const data = Buffer.allocUnsafe(length);
    const { bytesRead } = await handle.read(data, 0, length, offset);
    return data.subarray(0, bytesRead);
  }

  // Pieces of at most SIZE() bytes from OFFSET on, until all was read and no more comes, or SIGNAL aborts.
  async *from(offset, size, signal) {
    let handle;
    try {
      while (!signal.aborted) {
        if (offset < this.size) {
          handle ??= await open(this.file);
          const data = await this.#piece(handle, offset, size());
          offset += data.length;
          yield data;
        } else if (this.closed) {
          return;
        } else {
          await this.changed.next(signal);
        }
      }
    } finally {
      await handle?.close();
    }
  }
}
