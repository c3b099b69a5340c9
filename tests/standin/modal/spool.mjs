// spool.mjs - what one descriptor of an execution has printed, kept from the first byte on, readable from any.
//
// The bytes lie in a file that the sandbox's first process writes; here is how long it is and whether more comes.
// A piece is read in place, for the file was just written and is in memory. Before its bytes there is room for the
// head of the message that it becomes, and its buffer is used again once that was encoded: the server is measured
// along with its clients, and to copy and to throw away a hundred megabytes is most of what it would do.
import { closeSync, openSync, readSync } from 'node:fs';
import { Bell } from './wait.mjs';

const headRoom = 8; // bytes
const spare = []; // buffers that were encoded

function takeBuffer(length) {
  const buffer = spare.pop();
  return buffer?.length >= length ? buffer : Buffer.allocUnsafeSlow(length);
}

// A message whose only field is `bytes data = 1`. The bytes of encode() must be copied before anything else happens.
class Piece {
  constructor(buffer, length) {
    this.buffer = buffer;
    this.data = buffer.subarray(headRoom, headRoom + length);
  }

  encode() {
    const head = [0x0a];
    let left = this.data.length;
    for (; left > 0x7f; left >>>= 7) head.push((left & 0x7f) | 0x80);
    head.push(left);
    const start = headRoom - head.length;
    this.buffer.set(head, start);
    if (spare.length < 4) spare.push(this.buffer);
    return this.buffer.subarray(start, headRoom + this.data.length);
  }
}

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
    const file = openSync(this.file);
    try {
      return this.#piece(file, offset, limit).data;
    } finally {
      closeSync(file);
    }
  }

  #piece(file, offset, limit) {
    const length = Math.max(0, Math.min(limit, this.size - offset));
    const buffer = takeBuffer(headRoom + length);
    return new Piece(buffer, readSync(file, buffer, headRoom, length, offset));
  }

  // Messages with at most SIZE() bytes from OFFSET on, until all was read and no more comes, or SIGNAL aborts.
  async *pieces(offset, size, signal) {
    let file;
    try {
      while (!signal.aborted) {
        if (offset < this.size) {
          file ??= openSync(this.file);
          const piece = this.#piece(file, offset, size());
          offset += piece.data.length;
          yield piece;
        } else if (this.closed) {
          return;
        } else {
          await this.changed.next(signal);
        }
      }
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  // The same, the bytes alone.
  async *from(offset, size, signal) {
    for await (const { data } of this.pieces(offset, size, signal)) yield data;
  }
}
