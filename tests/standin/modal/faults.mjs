// faults.mjs - what goes wrong, when and how: rules that tests give, or chance with a seed. Each firing is logged.
//
// A rule is {method, do, ...}: "method" names methods ("*" stands for anything), "nth" the first matching call
// that it strikes (1), "count" how many in a row (1; 0 for ever). Kinds of "do":
//
//   status   answers with "code" and "message" at once; "retry_after" adds Modal's retry policy
//   delay    "ms" milliseconds before anything happens
//   hang     no answer until the client gives up
//   drop     does it, and then breaks off instead of answering; "how" as below, "reset" or "stream"
//   cut      breaks a stream of answers after "after_bytes" bytes of data; "how": "reset" the connection (default),
//            "stream" (RST_STREAM), "status" (ends it with "code"), "middle" (in the middle of a message's frame),
//            "bare" (ends it without a status)
//   early    answers a stream of requests with "code" after "after_bytes", while the client is still sending
//   goaway   announces the end of the connection, lets the call finish, and closes it
//   flood    the command of a TaskExecStart prints "bytes" bytes before anything else
//   kill     ends the call's sandbox; "timeout" lets it reach its time-out
import http2 from 'node:http2';
import { StatusError } from './errors.mjs';
import { sleep } from './wait.mjs';

const later = new Set(['drop', 'cut', 'early', 'goaway']); // what strikes while or after the call is handled
// "only": a service that the kind makes sense for; no client obeys the retry policy of a router.
const randomKinds = {
  unary: [
    { do: 'status', code: 'UNAVAILABLE' },
    { do: 'status', code: 'INTERNAL' },
    { do: 'drop' },
    { do: 'delay', ms: 20 },
    { do: 'goaway' },
    { do: 'status', code: 'RESOURCE_EXHAUSTED', retry_after: 0.05, only: 'modal.client.ModalClient' },
  ],
  server: [
    { do: 'status', code: 'UNAVAILABLE' },
    { do: 'cut', how: 'reset' },
    { do: 'cut', how: 'stream' },
    { do: 'cut', how: 'status' },
    { do: 'cut', how: 'middle' },
    { do: 'cut', how: 'bare' },
    { do: 'goaway' },
  ],
  client: [{ do: 'status', code: 'UNAVAILABLE' }, { do: 'early', code: 'UNAVAILABLE' }, { do: 'drop' }],
};

// What was written has left, as far as the client's windows let it. (A client on Node can miss the end of a connection
// that breaks while much is still on its way, and then waits for ever.)
async function flushed(stream) {
  for (let i = 0; i < 200 && !stream.destroyed && stream.writableLength > 0; i++) await sleep(5);
  await sleep(5);
}

// Small, seeded, the same everywhere (mulberry32).
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pattern = (globs) =>
  new RegExp(
    `^(${[globs]
      .flat()
      .map((glob) => glob.replaceAll('*', '.*'))
      .join('|')})$`,
  );

// How many bytes of data a message carries, or of text when it is one of a log; any other counts as one.
const bytesIn = ({ data, items = [], task_logs: logs = [] }) =>
  data?.length ?? ([...items, ...logs].reduce((sum, log) => sum + Buffer.byteLength(log.data ?? ''), 0) || 1);

export class Faults {
  constructor(world) {
    this.world = world;
    this.clear();
  }

  clear() {
    this.rules = [];
    this.log = [];
    this.chance = null;
  }

  add(rule) {
    if (!rule.method || !rule.do) throw new Error('a rule needs "method" and "do"');
    this.rules.push({ nth: 1, count: 1, seen: 0, ...rule, pattern: pattern(rule.method) });
  }

  // RATE of all calls whose method matches METHOD are struck, at most MOST in all.
  random({ seed = 1, rate = 0.1, method = '*', most = Infinity }) {
    this.chance = { next: generator(seed), rate, pattern: pattern(method), left: most };
  }

  // Every rule counts every call; the first one that is due strikes.
  #due(call) {
    const matching = this.rules.filter((rule) => rule.pattern.test(call.method));
    matching.forEach((rule) => {
      rule.seen += 1;
    });
    const due = matching.find(
      (rule) => rule.seen >= rule.nth && (rule.count === 0 || rule.seen < rule.nth + rule.count),
    );
    return due ? { ...due } : this.#drawn(call);
  }

  #drawn(call) {
    const { chance } = this;
    if (!chance || chance.left <= 0 || !chance.pattern.test(call.method) || chance.next() >= chance.rate) return null;
    chance.left -= 1;
    const kinds = randomKinds[call.kind].filter(({ only }) => !only || only === call.service);
    const kind = kinds[Math.floor(chance.next() * kinds.length)];
    return { ...kind, after_bytes: Math.floor(2 ** (chance.next() * 18)) - 1, random: true };
  }

  // Before the call is looked at. Returns the fault that is still to strike later, or null.
  async enter(call) {
    const fault = this.#due(call);
    if (!fault) return null;
    const { pattern: _, seen: __, ...told } = fault;
    this.log.push({ at: Date.now() / 1000, call: call.method, ...told });
    call.bytes = 0;
    await this.#strike(call, fault);
    return later.has(fault.do) ? fault : null;
  }

  async #strike(call, fault) {
    const sandbox = this.#sandboxOf(call);
    switch (fault.do) {
      case 'status':
        throw this.#status(fault);
      case 'delay':
        await sleep(fault.ms ?? 100, call.signal);
        break;
      case 'hang':
        await sleep(Infinity, call.signal);
        throw this.#status({ code: 'CANCELLED' });
      case 'flood':
        this.#flood(call.native.request, fault.bytes ?? 1 << 20);
        break;
      case 'goaway':
        call.stream.session.goaway(http2.constants.NGHTTP2_NO_ERROR);
        break;
      case 'kill':
        sandbox?.terminate();
        break;
      case 'timeout':
        sandbox?.end({ status: 4, exception: 'the sandbox reached its timeout', exitcode: 124 });
        break;
      default:
    }
  }

  #flood(request, bytes) {
    const script = 'head -c "$0" /dev/zero | tr "\\0" x; exec "$@"';
    request.command_args = ['/bin/sh', '-c', script, String(bytes), ...request.command_args];
  }

  #sandboxOf(call) {
    const request = call.native.request ?? {};
    const is = (one) => one.id === request.sandbox_id || one.taskId === request.task_id;
    return [...this.world.sandboxes.values()].find(is);
  }

  #status({ code = 'UNAVAILABLE', message = 'a fault of the stand-in', retry_after: retryAfter }) {
    return new StatusError(code, message, { retryAfter });
  }

  // Before a message of a stream goes out; false when the stream is broken instead.
  async outgoing(call, fault, message) {
    if (fault?.do !== 'cut') return true;
    const length = bytesIn(message);
    const room = (fault.after_bytes ?? 0) - call.bytes;
    if (length <= room) {
      call.bytes += length;
      return true;
    }
    if (message.data && room > 0) call.native.write({ ...message, data: message.data.subarray(0, room) });
    if (fault.how === 'status') throw this.#status(fault);
    await flushed(call.stream);
    if (fault.how === 'middle') await this.#halfAFrame(call);
    this.#sever(call, fault);
    return false;
  }

  // The head of a frame that promises 100 bytes, and 10 of them.
  async #halfAFrame(call) {
    if (call.stream.destroyed) return;
    if (!call.stream.headersSent) call.stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' });
    call.stream.write(Buffer.from([0, 0, 0, 0, 100, ...Buffer.alloc(10, 10)]));
    await flushed(call.stream);
  }

  #sever(call, fault) {
    if (fault.how === 'stream') call.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    else if (fault.how === 'bare') this.#endWithoutStatus(call.stream);
    else call.connection?.reset();
  }

  #endWithoutStatus(stream) {
    if (!stream.headersSent)
      stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.close());
    stream.end();
  }

  // Messages of a stream of requests; ends with a status when the fault says so.
  async *incoming(native, call, fault) {
    for await (const message of native) {
      call.bytes = (call.bytes ?? 0) + (message.data?.length ?? 0);
      yield message;
      if (fault?.do === 'early' && call.bytes >= (fault.after_bytes ?? 0)) throw this.#status(fault);
    }
  }

  // After the handler; false when no answer may go out.
  async leave(call, fault) {
    if (fault?.do === 'goaway') call.stream.once('close', () => call.connection?.socket.end());
    if (fault?.do !== 'drop' && !(fault?.do === 'cut' && call.kind !== 'client')) return true;
    if (fault.do === 'cut') await flushed(call.stream); // libcurl 7.88 misses an end that comes along with the last data
    this.#sever(call, fault);
    return false;
  }
}
