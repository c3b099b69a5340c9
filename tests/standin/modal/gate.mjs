// gate.mjs - the way of every call: recorded, checked, faulted when a rule says so, handled, answered.
//
// A handler is (request, call) => answer, or an async generator of messages for a stream; what it throws becomes
// the status. Call is what it may know of who asks, and a signal that ends its waiting.
import grpc from '@grpc/grpc-js';
import { StatusError, fail } from './errors.mjs';

const changing = /Create|Set|Delete|Restore|Snapshot$|Publish|Write|Terminate|Remove|Copy|Put/;
const windowBytes = 1 << 20;
const withoutToken = new Set(['TokenFlowCreate', 'TokenFlowWait']);
const withoutAuthToken = new Set(['AuthTokenGet', 'TokenFlowCreate', 'TokenFlowWait']);

export class Call {
  constructor(gate, row, service, native) {
    [this.method] = row;
    this.kind = row[3] ?? 'unary';
    Object.assign(this, { gate, service, native });
    this.abort = new AbortController();
    this.signal = this.abort.signal;
    native.on('cancelled', () => this.abort.abort());
  }

  header(name) {
    return this.native.metadata.get(name)[0];
  }

  get stream() {
    return this.native.call.stream; // the HTTP/2 stream: faults need it, and the library shows no other way
  }

  // Room for what a client streams to us, as servers in Rust give it; Node's 64 KiB make it wait for each of them.
  widen() {
    const { session } = this.stream;
    if (this.gate.widened.has(session)) return;
    this.gate.widened.add(session);
    session.setLocalWindowSize(windowBytes);
    session.settings({ initialWindowSize: windowBytes });
  }

  get connection() {
    return this.gate.connections.of(this.native.getPeer());
  }

  get secure() {
    return this.connection?.secure ?? false;
  }

  get sandgate() {
    return (this.header('x-modal-libmodal-version') ?? '').startsWith('sandgate');
  }

  // The worker's address, as this client wants to hear it: how it came in decides, for JS and Go say https and
  // mean plaintext when the control plane is on this host.
  get routerUrl() {
    const { plainPort, tlsPort } = this.gate.ports;
    if (this.secure) return `https://127.0.0.1:${tlsPort}`;
    return `${this.sandgate || this.header('x-modal-client-type') === '1' ? 'http' : 'https'}://127.0.0.1:${plainPort}`;
  }

  // Milliseconds until the client gives up; Infinity when it named no time.
  get left() {
    const deadline = this.native.getDeadline();
    return deadline === Infinity ? Infinity : +deadline - Date.now();
  }
}

function checkControlPlane(call, world) {
  const { settings } = world;
  const is = (name) => call.header(name) ?? '';
  if (!/^[1-9]\d*$/.test(is('x-modal-client-type')))
    throw fail('UNAUTHENTICATED', 'x-modal-client-type is missing or no known client');
  if (!['1', '3', '8', '9'].includes(is('x-modal-client-type')))
    throw fail('FAILED_PRECONDITION', 'this client type is not known');
  if (!/^\d+\.\d+\.\d+/.test(is('x-modal-client-version')))
    throw fail('FAILED_PRECONDITION', 'x-modal-client-version is missing');
  if (!withoutToken.has(call.method)) {
    if (is('x-modal-token-id') !== settings.tokenId || is('x-modal-token-secret') !== settings.tokenSecret) {
      throw fail('UNAUTHENTICATED', 'Token missing or not valid. Did you run "modal token new"?');
    }
  }
  if (!withoutAuthToken.has(call.method) && !world.tokens.auth.subject(is('x-modal-auth-token'))) {
    throw fail('UNAUTHENTICATED', 'x-modal-auth-token is missing, not ours, or over');
  }
}

function checkRouter(call, world, request) {
  const [, jwt] = /^Bearer (.+)$/.exec(call.header('authorization') ?? '') ?? [];
  const subject = jwt && world.tokens.router.subject(jwt);
  if (!subject) throw fail('UNAUTHENTICATED', 'the token for this worker is missing, not ours, or over');
  call.taskId = subject;
  if (request?.task_id && request.task_id !== subject) throw fail('PERMISSION_DENIED', 'the token is for another task');
}

export const checks = { control: checkControlPlane, router: checkRouter };

const typeUrl = 'type.googleapis.com/modal.client.RPCRetryPolicy';

export class Gate {
  constructor({ schema, world, faults, record, connections, ports }) {
    Object.assign(this, { schema, world, faults, record, connections, ports });
    this.widened = new WeakSet(); // sessions
  }

  // Handlers of a service, by method, as the gRPC library wants them.
  serve(table, check, handlers) {
    const rows = table.rows.filter(([method]) => handlers[method]);
    const wrap = (row) =>
      row[3] ? this.#streaming(row, table, check, handlers[row[0]]) : this.#unary(row, table, check, handlers[row[0]]);
    return {
      definition: this.schema.service({ ...table, rows }),
      implementation: Object.fromEntries(rows.map((row) => [row[0], wrap(row)])),
    };
  }

  // Gives the fault that is still to strike, or null.
  async #enter(call, check, request) {
    this.record.begin(call, request);
    const fault = await this.faults.enter(call);
    if (this.world.settings.checkHeaders || call.service !== 'modal.client.ModalClient')
      check(call, this.world, request);
    return fault;
  }

  #unary(row, table, check, handler) {
    return async (native, callback) => {
      const call = new Call(this, row, table.path, native);
      try {
        const fault = await this.#enter(call, check, native.request);
        const key = call.header('x-idempotency-key');
        const act = async () => handler(native.request, call);
        const answer = await (key && changing.test(call.method) ? this.world.once(`call ${key}`, act) : act());
        if (await this.faults.leave(call, fault)) callback(null, answer ?? {}, this.#trailer());
      } catch (error) {
        callback(this.#status(call, error));
      } finally {
        this.record.end(call);
      }
    };
  }

  #streaming(row, table, check, handler) {
    return async (native, callback) => {
      const call = new Call(this, row, table.path, native);
      try {
        const fault = await this.#enter(call, check, native.request);
        if (call.kind === 'client') {
          call.widen();
          const answer = await handler(this.faults.incoming(native, call, fault), call);
          if (await this.faults.leave(call, fault)) callback(null, answer ?? {}, this.#trailer());
          return;
        }
        for await (const message of handler(native.request, call)) {
          if (call.signal.aborted || !(await this.faults.outgoing(call, fault, message))) return;
          if (!native.write(message)) await this.#drained(native, call);
        }
        if (await this.faults.leave(call, fault)) native.end(this.#trailer());
      } catch (error) {
        const status = this.#status(call, error);
        if (call.kind === 'client') callback(status);
        else native.emit('error', status);
      } finally {
        this.record.end(call);
      }
    };
  }

  #drained(native, call) {
    return new Promise((resolve) => {
      const go = () => {
        native.off('drain', go);
        call.signal.removeEventListener('abort', go);
        resolve();
      };
      native.on('drain', go);
      call.signal.addEventListener('abort', go);
      if (call.signal.aborted) go();
    });
  }

  #trailer() {
    const { trailerWarnings } = this.world.settings;
    const metadata = new grpc.Metadata();
    if (trailerWarnings.length) metadata.set('x-modal-warning', trailerWarnings.map(encodeURIComponent).join(','));
    return metadata;
  }

  #status(call, error) {
    if (!(error instanceof StatusError)) {
      process.stderr.write(`${call.method}: ${error.stack}\n`);
      return { code: grpc.status.INTERNAL, details: `the stand-in failed: ${error.message}` };
    }
    const metadata = new grpc.Metadata();
    if (error.retryAfter !== undefined) metadata.set('grpc-status-details-bin', this.#retryDetails(error));
    this.record.failed(call, error);
    return { code: error.code, details: error.message, metadata };
  }

  #retryDetails(error) {
    const value = this.schema.message('RPCRetryPolicy').serialize({ retry_after_secs: error.retryAfter });
    const details = [{ type_url: typeUrl, value }];
    return this.schema.message('RPCStatus').serialize({ code: error.code, message: error.message, details });
  }
}
