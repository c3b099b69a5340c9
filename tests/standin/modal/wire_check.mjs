// wire_check.mjs - src/modal/modal.proto and methods.mjs against what the official SDK encodes. Prints TAP.
//
// The SDK's published file holds an encoder for each message, made from Modal's own files: a line
// `writer.uint32(TAG).TYPE(message.NAME)` for each field. From those come number, type and name of every field that
// we use, also of those that no session sends. Its service tables say the same of the methods.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { controlPlane, router } from './methods.mjs';
import { Schema } from './schema.mjs';

const version = '0.11.1'; // the newest: fields are only ever added
const schema = new Schema(fileURLToPath(new URL('../../../src/modal/modal.proto', import.meta.url)));
const text = readFileSync(new URL(`node_modules/modal-${version}/dist/index.js`, import.meta.url), 'utf8');

// Names of ours that differ, for C has some of them itself.
const messagesRenamed = { ProxyInfo: 'Proxy' };
const fieldsRenamed = { name_space: 'namespace' };
// Not in the SDK, which does without: their numbers stand on the reference alone.
const unknownToTheSdk = new Set(['RPCStatus', 'Any']);

const camel = (name) => (fieldsRenamed[name] ?? name).replace(/_+(\w)/g, (_, letter) => letter.toUpperCase());
const wireName = { TYPE_MESSAGE: 'fork', TYPE_ENUM: 'int32' };
const typeOf = (field) => wireName[field.type] ?? field.type.replace('TYPE_', '').toLowerCase();

// name -> Map of number -> {name, type, repeated}, of all messages that the SDK encodes.
function encoders() {
  const found = new Map();
  for (const [, name, body] of text.matchAll(
    /^var (\w+) = \{\n {2}encode\(\w+, writer = new BinaryWriter\(\)\) \{\n([^]*?)^ {2}\},\n/gm,
  )) {
    const fields = new Map();
    let last = { name: '', repeated: false };
    for (const [, loop, field, tag, type] of body.matchAll(
      /(of |entries\()?message\.(\w+)|writer\.uint32\((\d+)\)\.(\w+)\(/g,
    )) {
      if (field) last = { name: field, repeated: loop !== undefined || (last.name === field && last.repeated) };
      else fields.set(tag >>> 3, { ...last, type });
    }
    found.set(name, fields);
  }
  return found;
}

// "Method" -> {request, answer, kind}, of both services.
function services() {
  const row =
    /name: "(\w+)",\s+requestType: (\w+),\s+requestStream: (\w+),\s+responseType: (\w+),\s+responseStream: (\w+)/g;
  return new Map(
    [...text.matchAll(row)].map(([, name, request, up, answer, down]) => [
      name,
      { request, answer, kind: up === 'true' ? 'client' : down === 'true' ? 'server' : 'unary' },
    ]),
  );
}

const theirs = encoders();
const methods = services();

// The bundle may have put a number behind a name that it had twice.
function lookUp(name, fields) {
  const wanted = messagesRenamed[name] ?? name.replaceAll('.', '_');
  const candidates = [...theirs.keys()].filter((one) => new RegExp(`^${wanted}\\d*$`).test(one));
  const fits = (one) => fields.filter((field) => theirs.get(one).get(field.number)?.name === camel(field.name)).length;
  return candidates.sort((a, b) => fits(b) - fits(a))[0];
}

// How OURS, the descriptor of a message, differs from the SDK's message THEIRS.
function differences(name, ours, their) {
  const known = theirs.get(their);
  return (ours.field ?? []).flatMap((field) => {
    const found = known.get(field.number);
    const own = `${name}.${field.name} = ${field.number}`;
    if (!found) return [`${own}: ${their} of the SDK has no field of that number`];
    const wrong = [];
    if (found.name !== camel(field.name)) wrong.push(`${own}: in the SDK that is ${found.name}`);
    if (found.type !== typeOf(field)) wrong.push(`${own}: ${typeOf(field)}, but ${found.type} in the SDK`);
    if (found.repeated !== (field.label === 'LABEL_REPEATED')) wrong.push(`${own}: ${field.label}, not so in the SDK`);
    return wrong;
  });
}

function messageDifferences(name, ours) {
  const their = lookUp(name, ours.field ?? []);
  if (their) return differences(name, ours, their);
  return unknownToTheSdk.has(name) ? [] : [`the SDK has no message ${name}`];
}

// A method's messages are those that the SDK has for it, whatever their names.
function methodDifferences([method, request, answer, kind = 'unary']) {
  const their = methods.get(method);
  if (!their) return [`the SDK has no method ${method}`];
  const wrong = their.kind === kind ? [] : [`${method}: ${kind}, but ${their.kind} in the SDK`];
  const pairs = [
    [request, their.request],
    [answer, their.answer],
  ];
  return [...wrong, ...pairs.flatMap(([own, one]) => differences(`${method}: ${own}`, schema.message(own).type, one))];
}

const messages = Object.entries(schema.messages)
  .map(([name, { type }]) => [name.replace(/^modal\./, ''), type])
  .filter(([, type]) => !type.options?.mapEntry);
const checks = {
  [`the ${messages.length} messages of modal.proto`]: messages.flatMap(([name, type]) =>
    messageDifferences(name, type),
  ),
  'the methods of the control plane': controlPlane.rows.flatMap(methodDifferences),
  'the methods of the command router': router.rows.flatMap(methodDifferences),
};
for (const [index, [name, wrong]] of Object.entries(checks).entries()) {
  for (const line of wrong) process.stdout.write(`# ${line}\n`);
  process.stdout.write(`${wrong.length ? 'not ok' : 'ok'} ${index + 1} - ${name} are those of modal ${version}\n`);
}
process.stdout.write(`1..${Object.keys(checks).length}\n`);
process.exit(Object.values(checks).some((wrong) => wrong.length) ? 1 : 0);
