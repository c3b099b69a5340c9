// store.mjs - the place behind the upload and download addresses: plain HTTP, PUT and GET of whole pieces.
import { createReadStream } from 'node:fs';
import http from 'node:http';
import { id } from './ids.mjs';

export class Store {
  #puts = new Map(); // path -> what to do with the bytes; gives the body of the answer
  #gets = new Map(); // path -> {file, start, end}

  async listen() {
    const server = http.createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${server.address().port}`;
  }

  async #serve(request, response) {
    const put = request.method === 'PUT' && this.#puts.get(request.url);
    const get = request.method === 'GET' && this.#gets.get(request.url);
    if (put) {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      response.writeHead(200, { ETag: '"standin"' }).end(put(Buffer.concat(pieces)));
    } else if (get) {
      response.writeHead(200, { 'Content-Length': get.end - get.start });
      if (get.end === get.start) response.end();
      else createReadStream(get.file, { start: get.start, end: get.end - 1 }).pipe(response);
    } else {
      response.writeHead(404).end();
    }
  }

  // An address that takes bytes by PUT and hands them to TAKE.
  forPut(take) {
    const path = `/${id('put')}`;
    this.#puts.set(path, take);
    return this.url + path;
  }

  // An address for the bytes START to END of FILE.
  forGet(file, start, end) {
    const path = `/${id('get')}`;
    this.#gets.set(path, { file, start, end });
    return this.url + path;
  }
}
