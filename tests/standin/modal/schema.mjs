// schema.mjs - the project's message file, and service definitions made of it and of the tables of methods.
import protoLoader from '@grpc/proto-loader';

const options = { keepCase: true, longs: Number, defaults: false, arrays: true, objects: true, oneofs: true };

export class Schema {
  constructor(file) {
    this.messages = protoLoader.loadSync(file, options);
  }

  message(name) {
    const message = this.messages[`modal.${name}`];
    if (!message) throw new Error(`modal.proto has no message ${name}`);
    return message;
  }

  service({ path, rows }) {
    return Object.fromEntries(
      rows.map(([method, request, answer, kind]) => [
        method,
        {
          path: `/${path}/${method}`,
          requestStream: kind === 'client',
          responseStream: kind === 'server',
          requestSerialize: this.message(request).serialize,
          requestDeserialize: this.message(request).deserialize,
          responseSerialize: (message) => message.encode?.() ?? this.message(answer).serialize(message),
          responseDeserialize: this.message(answer).deserialize,
        },
      ]),
    );
  }
}
