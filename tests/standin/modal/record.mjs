// record.mjs - what was asked of the stand-in: how often each method, who is asking now, and the last calls.

const kept = 5000;

export class Record {
  constructor() {
    this.clear();
    this.running = new Set();
  }

  clear() {
    this.counts = {};
    this.calls = [];
  }

  begin(call, request) {
    this.counts[call.method] = (this.counts[call.method] ?? 0) + 1;
    call.entry = {
      method: call.method,
      at: Date.now() / 1000,
      key: call.header('x-idempotency-key'),
      retry: call.header('x-retry-attempt'),
      throttle: call.header('x-throttle-retry-attempt'),
    };
    for (const name of ['exec_id', 'offset', 'file_descriptor', 'last_entry_id']) {
      if (request?.[name] !== undefined) call.entry[name] = request[name];
    }
    this.calls.push(call.entry);
    if (this.calls.length > kept) this.calls.shift();
    this.running.add(call);
  }

  failed(call, error) {
    if (call.entry) call.entry.status = error.statusName;
  }

  end(call) {
    if (call.entry) call.entry.seconds = Date.now() / 1000 - call.entry.at;
    this.running.delete(call);
  }
}
