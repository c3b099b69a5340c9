// spool.mjs - what one descriptor of an execution has printed, kept from the first byte on, readable from any.
//
// The bytes lie in a file that the sandbox's first process writes; here is how long it is and whether more comes.
import { closeSync, openSync } from 'node:fs';
import { read } from 'node:fs';
import { promisify } from 'node:util';
import { Bell } from './wait.mjs';

const readAt = promisify(read);

export class Spool {
  constructor(file, bell = new Bell()) {
    this.file = file;
    this.size = 0;
    this.closed = false;
    this.changed = bell;
    this.handle = -1;
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
    const length = Math.min(limit, this.size - offset);
    if (length <= 0) return Buffer.alloc(0);
    if (this.handle < 0) this.handle = openSync(this.file, 'r');
    const data = Buffer.allocUnsafe(length);
    const { bytesRead } = await readAt(this.handle, data, 0, length, offset);
    return data.subarray(0, bytesRead);
  }

  // Pieces of at most SIZE() bytes from OFFSET on, until all was read and no more comes, or SIGNAL aborts.
  async *from(offset, size, signal) {
    while (!signal.aborted) {
      const data = await this.read(offset, size());
      if (data.length > 0) {
        offset += data.length;
        yield data;
      } else if (this.closed && offset >= this.size) {
        return;
      } else {
        await this.changed.next(signal);
      }
    }
  }

  forget() {
    if (this.handle >= 0) closeSync(this.handle);
    this.handle = -1;
  }
}
