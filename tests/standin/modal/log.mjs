// log.mjs - a sandbox's log: the text of its main process, piece by piece with its time, and remarks of the platform.
import { StringDecoder } from 'node:string_decoder';
import { Bell } from './wait.mjs';

export class Log {
  constructor() {
    this.entries = []; // {data, file_descriptor, timestamp}; timestamp_ns is left out, the SDK cannot take it
    this.open = new Set([1, 2]); // descriptors that may still print
    this.changed = new Bell();
  }

  add(data, descriptor) {
    if (!data) return;
    this.entries.push({ data, file_descriptor: descriptor, timestamp: Date.now() / 1000 });
    this.changed.ring();
  }

  follow(exec) {
    for (const which of [0, 1]) this.#pour(exec, which);
  }

  async #pour(exec, which) {
    const decoder = new StringDecoder('utf8');
    const never = new AbortController().signal;
    for await (const data of exec.outputs[which].from(0, () => 65536, never)) this.add(decoder.write(data), which + 1);
    this.add(decoder.end(), which + 1);
    this.open.delete(which + 1);
    this.changed.ring();
  }

  // Batches of entries with WANTED(entry) from the one after INDEX on, for SECONDS or until nothing can come any more.
  async *batches(index, wanted, ended, seconds, signal) {
    const end = Date.now() + seconds * 1000;
    for (let at = index; ;) {
      while (at < this.entries.length) {
        const entry = this.entries[at++];
        if (wanted(entry)) yield { items: [entry], entry_id: `${at}-0` };
        if (signal.aborted) return;
      }
      if (ended()) {
        yield { eof: true, entry_id: `${at}-0` };
        return;
      }
      if (signal.aborted || Date.now() >= end) return;
      await this.changed.next(signal, end - Date.now());
    }
  }
}
