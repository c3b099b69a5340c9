// errors.mjs - what a handler throws: a gRPC status by name, with a sentence, and perhaps how long to wait.
import grpc from '@grpc/grpc-js';

export class StatusError extends Error {
  constructor(name, message, { retryAfter } = {}) {
    super(message);
    this.statusName = name;
    this.code = grpc.status[name];
    this.retryAfter = retryAfter;
    if (this.code === undefined) throw new Error(`there is no gRPC status ${name}`);
  }
}

export const fail = (name, message) => new StatusError(name, message);
export const notFound = (what, id) => fail('NOT_FOUND', `${what} "${id}" does not exist`);
