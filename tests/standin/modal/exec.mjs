// exec.mjs - one execution in a sandbox: its outputs, its input by offset, its end.
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fail } from './errors.mjs';
import { Spool } from './spool.mjs';
import { Bell } from './wait.mjs';

const inputAhead = 4 << 20; // bytes of input taken before the program reads them
const outputAhead = 1 << 30; // bytes of output kept before somebody reads them
const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export class Exec {
  constructor(jail, { id, argv, env = {}, cwd = '/', pty, stdout = true, stderr = true, timeout = 0, images = false }) {
    Object.assign(this, { jail, id, argv, cwd, pty, timeout });
    this.changed = new Bell();
    this.pid = 0;
    this.startedAt = Date.now() / 1000;
    this.end = null; // {code} or {signal}
    this.lost = false;
    this.deaf = false; // its input is closed at its side
    this.input = { written: 0, taken: 0, closed: false, writer: null, file: undefined };
    this.limit = outputAhead;
    const request = {
      argv,
      cwd,
      pty,
      stdout,
      stderr,
      images,
      limit: this.limit,
      env: { PATH: standardPath, HOME: '/root', ...env },
    };
    this.number = jail.start(request, (report) => this.#take(report));
    this.outputs = [0, 1].map((which) => new Spool(path.join(jail.spool, `${this.number}.${which}`)));
    if (jail.dead) this.#take({ gone: true });
    else if (timeout > 0) this.timer = setTimeout(() => this.kill(9), timeout * 1000);
  }

  #take(report) {
    if (report.pid) this.pid = report.pid;
    if (report.out !== undefined) this.outputs[report.out].grow(report.bytes);
    if (report.closed !== undefined) this.outputs[report.closed].close();
    if (report.taken !== undefined) this.input.taken = report.taken;
    if (report.deaf) this.deaf = true;
    if (report.code !== undefined) this.#finish({ code: report.code });
    if (report.signal !== undefined) this.#finish({ signal: report.signal });
    if (report.gone) {
      this.lost = !this.end; // the sandbox ended under it: what became of it nobody can tell
      this.#finish({ signal: 9 });
      this.outputs.forEach((output) => output.close());
    }
    this.changed.ring();
  }

  #finish(end) {
    if (this.end) return;
    this.end = end;
    this.endedAt = Date.now() / 1000;
    this.deaf = true;
    if (this.input.file !== undefined) closeSync(this.input.file);
    clearTimeout(this.timer);
  }

  get exitCode() {
    return this.end && (this.end.code ?? 128 + this.end.signal);
  }

  kill(signal) {
    this.jail.send({ op: 'kill', exec: this.number, signal });
  }

  // What comes of descriptor WHICH from OFFSET on, in messages with at most SIZE() bytes.
  async *pieces(which, offset, size, signal) {
    for await (const piece of this.outputs[which].pieces(offset, size, signal)) {
      offset += piece.data.length;
      if (offset + outputAhead / 2 > this.limit) {
        this.limit = offset + outputAhead;
        this.jail.send({ op: 'limit', exec: this.number, bytes: this.limit });
      }
      yield piece;
    }
  }

  // The same, the bytes alone.
  async *read(which, offset, size, signal) {
    for await (const { data } of this.pieces(which, offset, size, signal)) yield data;
  }

  // Takes DATA that begins at OFFSET: what was taken before is dropped, a gap is refused. Holds while much is unread.
  async write(offset, data, eof, signal) {
    const { input } = this;
    const overlap = input.written - offset;
    if (overlap < 0) throw fail('FAILED_PRECONDITION', `stdin is at ${input.written}, and ${offset} was sent`);
    const fresh = data.subarray(Math.min(overlap, data.length));
    if (fresh.length > 0 && (input.closed || this.deaf)) {
      throw fail('FAILED_PRECONDITION', this.end ? 'the process has ended' : 'stdin is closed');
    }
    if (fresh.length > 0 || (eof && !input.closed)) {
      this.#spoolInput(fresh);
      input.closed ||= eof;
      this.jail.send({ op: 'input', exec: this.number, bytes: input.written, eof });
    }
    await this.changed.until(() => this.deaf || input.written - input.taken < inputAhead, signal);
  }

  // The program's input comes from a file, as its output goes to one.
  #spoolInput(data) {
    const { input } = this;
    if (data.length === 0) return;
    input.file ??= openSync(path.join(this.jail.spool, `${this.number}.in`), 'w');
    writeSync(input.file, data, 0, data.length, input.written);
    input.written += data.length;
  }

  finished(signal, ms) {
    return this.changed.until(() => this.end, signal, ms);
  }
}
