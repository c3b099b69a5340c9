// grpc_peer.cjs - a gRPC server whose methods do exactly what the test asks for; bytes in, bytes out.
//
//     node grpc_peer.cjs FOLDER [AGE]
//
// Makes a key and a certificate for 127.0.0.1 in FOLDER (ca.pem), prints "ready TLS PLAIN RAW PROXY", four ports, and
// ends with its standard input.  TLS and PLAIN speak gRPC, by the official library; with AGE they end connections
// that are older, in milliseconds.  RAW speaks HTTP/2 (TLS) and answers with whatever frames it was told: no library
// for gRPC would.  PROXY makes connections, to this machine alone;
// for the user cut-N it breaks them after N bytes of what the server says.  Requests are JSON, or plain bytes for Echo.
'use strict';
const grpc = require('@grpc/grpc-js');
const { execFileSync } = require('child_process');
const fs = require('fs');
const http = require('http');
const http2 = require('http2');
const net = require('net');
const path = require('path');

const folder = process.argv[2];
const seen = { calls: 0, cancelled: 0, tunnels: 0, peers: new Set() };

const bytes = { serialize: (value) => value, deserialize: (value) => value };
const method = (name, streams, answers) => ({
    path: '/test.Peer/' + name,
    requestStream: streams,
    responseStream: answers,
    requestSerialize: bytes.serialize,
    requestDeserialize: bytes.deserialize,
    responseSerialize: bytes.serialize,
    responseDeserialize: bytes.deserialize,
});

function note(call) {
    seen.calls++;
    seen.peers.add(call.getPeer());
    call.on('cancelled', () => seen.cancelled++);
}

function trailers(fields) {
    const metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(fields || {}))
        metadata.set(name, name.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
    return metadata;
}

// {count, size, status, message, trailers, pause}: COUNT messages of SIZE bytes, each of its number modulo 251.
async function count(call) {
    note(call);
    const wish = JSON.parse(call.request.toString());
    for (let i = 0; i < (wish.count || 0) && !call.cancelled; i++)
        if (!call.write(Buffer.alloc(wish.size, i % 251)))
            await new Promise((resolve) => {
                call.once('drain', resolve);
                call.once('cancelled', resolve);
            });
    if (wish.hang)
        return;
    if (wish.status)
        call.emit('error', { code: wish.status, details: wish.message || '', metadata: trailers(wish.trailers) });
    else
        call.end(trailers(wish.trailers));
}

// {status, message, trailers}, or an answer of the bytes of "answer".
function answer(call, done) {
    note(call);
    const wish = JSON.parse(call.request.toString());
    if (wish.hang)
        return;
    if (wish.status)
        done({ code: wish.status, details: wish.message || '', metadata: trailers(wish.trailers) });
    else
        done(null, Buffer.from(wish.answer || ''), trailers(wish.trailers));
}

// The answer is "MESSAGES BYTES SUM"; with x-end-after it ends after so many messages with x-end-status.
function gather(call, done) {
    note(call);
    const after = Number(call.metadata.get('x-end-after')[0] || 0);
    const status = Number(call.metadata.get('x-end-status')[0] || 0);
    let messages = 0, length = 0, sum = 0, over = false;
    call.on('data', (message) => {
        if (over)
            return;
        messages++;
        length += message.length;
        for (let i = 0; i < message.length; i += 997)
            sum = (sum * 31 + message[i]) >>> 0;
        if (after === messages) {
            over = true;
            // Reading no more, the answer waits until what the other side may send without being read is sent.
            const stops = call.metadata.get('x-stop-reading').length;
            if (stops)
                call.pause();
            setTimeout(() => status ? done({ code: status, details: 'ended early' })
                : done(null, Buffer.from(`${messages} ${length} ${sum}`)), stops ? 200 : 0);
        }
    });
    call.on('end', () => over || done(null, Buffer.from(`${messages} ${length} ${sum}`)));
}

// --- scripted methods: what they answer is told beforehand, what they were asked can be asked afterwards ---

const scripts = new Map(), log = [];
const scripted = ['AuthTokenGet', 'ClientHello', 'TokenInfoGet', 'SandboxTerminate'];
const scriptedStreams = ['ImageJoinStreaming'];

// {method, answers: [{status, message, trailers, answer (base64), answers, delay, hang}]}: in turn, the last for ever.
function script(call, done) {
    const wish = JSON.parse(call.request.toString());
    scripts.set(wish.method, wish.answers);
    done(null, Buffer.alloc(0));
}

function asked(call, name, finish) {
    const answers = scripts.get(name) || [{ status: 12, message: 'not scripted' }];
    const next = answers.length > 1 ? answers.shift() : answers[0];
    log.push({ method: name, metadata: call.metadata.getMap(), request: call.request.toString('base64'),
        deadline: Number.isFinite(call.getDeadline()) });
    if (!next.hang)
        setTimeout(() => finish(next, next.status && { code: next.status, details: next.message || '',
            metadata: trailers(next.trailers) }), next.delay || 0);
}

const play = (name) => (call, done) => asked(call, name, (next, error) =>
    error ? done(error) : done(null, Buffer.from(next.answer || '', 'base64'), trailers(next.trailers)));

const playStream = (name) => (call) => asked(call, name, (next, error) => {
    for (const answer of next.answers || [])
        call.write(Buffer.from(answer, 'base64'));
    if (error)
        call.emit('error', error);
    else if (!next.open)
        call.end(trailers(next.trailers));
});

const methods = {
    Script: [method('Script', false, false), script],
    Log: [method('Log', false, false), (call, done) => done(null, Buffer.from(JSON.stringify(log.splice(0))))],
    Echo: [method('Echo', false, false), (call, done) => { note(call); done(null, call.request); }],
    Answer: [method('Answer', false, false), answer],
    Count: [method('Count', false, true), count],
    Gather: [method('Gather', true, false), gather],
    Headers: [method('Headers', false, false), (call, done) => {
        note(call);
        done(null, Buffer.from(JSON.stringify(call.metadata.getMap())));
    }],
    Seen: [method('Seen', false, false), (call, done) => {
        done(null, Buffer.from(JSON.stringify({ ...seen, peers: seen.peers.size })));
    }],
};

function makeCertificate() {
    const key = path.join(folder, 'key.pem'), certificate = path.join(folder, 'ca.pem');
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
        '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=127.0.0.1',
        '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:peer.test'], { stdio: 'ignore' });
    return { private_key: fs.readFileSync(key), cert_chain: fs.readFileSync(certificate) };
}

function listen(credentials, options) {
    const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1, ...options });
    for (const [definition, handler] of Object.values(methods))
        server.addService({ [definition.path]: definition }, { [definition.path]: handler });
    const modal = (name) => '/modal.client.ModalClient/' + name;
    for (const name of scripted)
        server.register(modal(name), play(name), bytes.serialize, bytes.deserialize, 'unary');
    for (const name of scriptedStreams)
        server.register(modal(name), playStream(name), bytes.serialize, bytes.deserialize, 'serverStream');
    return new Promise((resolve, reject) => server.bindAsync('127.0.0.1:0', credentials,
        (error, port) => error ? reject(error) : resolve(port)));
}

// The request's message is JSON: {head, bodies: [base64], trailers, reset, destroy, split}.
function answerRaw(stream, wish) {
    const pieces = (wish.bodies || []).map((body) => Buffer.from(body, 'base64'));
    const all = wish.split ? pieces.flatMap((piece) => Array.from(piece, (byte) => Buffer.from([byte]))) : pieces;
    const alone = !all.length && !wish.trailers && wish.reset === undefined && !wish.destroy;
    stream.on('error', () => 0);
    stream.on('wantTrailers', () => stream.sendTrailers(wish.trailers));
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...wish.head },
        { endStream: alone, waitForTrailers: Boolean(wish.trailers) });
    for (const piece of all)
        stream.write(piece);
    if (wish.destroy)
        setImmediate(() => stream.session && stream.session.destroy());
    else if (wish.reset !== undefined)
        setImmediate(() => stream.close(wish.reset));
    else if (!alone)
        stream.end();
}

// Answers as x-wish says once something has come, and lets nothing more be sent than fits in the window.
function answerEarly(stream, headers) {
    const wish = JSON.parse(headers['x-wish']);
    stream.on('error', () => 0);
    stream.once('data', () => {
        stream.pause();
        setTimeout(() => answerRaw(stream, wish), wish.delay);
    });
    if (wish.then !== undefined)
        stream.on('finish', () => setImmediate(() => stream.close(wish.then)));
}

function listenRaw(pair) {
    const server = http2.createSecureServer({ key: pair.private_key, cert: pair.cert_chain });
    server.on('sessionError', () => 0);
    server.on('stream', (stream, headers) => {
        const parts = [];
        if (headers[':path'].startsWith('/test.Peer/Early')) {
            answerEarly(stream, headers);
            return;
        }
        stream.on('error', () => 0);
        stream.on('data', (part) => parts.push(part));
        stream.on('end', () => answerRaw(stream, JSON.parse(Buffer.concat(parts).subarray(5).toString())));
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

// 12 for the user "cut-12"; NaN for others.
function cutOf(request) {
    const [, code] = (request.headers['proxy-authorization'] || '').split(' ');
    return Number(Buffer.from(code || '', 'base64').toString().split(':')[0].replace('cut-', '') || NaN);
}

function passOn(other, socket, cut) {
    let left = cut;
    socket.pipe(other);
    if (Number.isNaN(cut))
        other.pipe(socket);
    else
        other.on('data', (data) => {
            const part = data.subarray(0, left);
            left -= part.length;
            if (part.length > 0)
                socket.write(part, () => left === 0 && socket.destroy());
        });
}

function listenProxy() {
    const server = http.createServer();
    server.on('connect', (request, socket) => {
        const other = net.connect(Number(request.url.split(':')[1]), '127.0.0.1', () => {
            seen.tunnels++;
            socket.write('HTTP/1.1 200 Connection Established\r\nX-Field: of the proxy\r\n\r\n');
            passOn(other, socket, cutOf(request));
        });
        other.on('error', () => socket.destroy());
        socket.on('error', () => other.destroy());
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

async function main() {
    const pair = makeCertificate();
    const age = process.argv[3] ? { 'grpc.max_connection_age_ms': Number(process.argv[3]),
        'grpc.max_connection_age_grace_ms': 50 } : {};
    const tls = await listen(grpc.ServerCredentials.createSsl(null, [pair], false), age);
    const plain = await listen(grpc.ServerCredentials.createInsecure(), age);
    const raw = await listenRaw(pair);
    const proxy = await listenProxy();
    process.stdout.write(`ready ${tls} ${plain} ${raw} ${proxy}\n`);
    process.stdin.on('end', () => process.exit(0)).resume();
}

main();
