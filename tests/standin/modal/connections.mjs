// connections.mjs - the two listening ports. Connections are taken here and handed to the gRPC library, so that a
// fault can find the socket under a call and break it as a network would.
import net from 'node:net';

class Connection {
  constructor(socket, secure) {
    Object.assign(this, { socket, secure });
  }

  // At once: the first call alone would wait for what is still to be written.
  reset() {
    this.socket.resetAndDestroy();
    this.socket.destroy();
  }
}

export class Connections {
  #open = new Map(); // the client's port -> its connection

  // Listens on a free port of the loopback address and hands each connection to INJECTOR.
  listen(injector, secure) {
    const server = net.createServer({ noDelay: true }, (socket) => {
      const connection = new Connection(socket, secure);
      const { remotePort } = socket;
      this.#open.set(remotePort, connection);
      socket.on('close', () => {
        if (this.#open.get(remotePort) === connection) this.#open.delete(remotePort);
      });
      socket.on('error', () => {});
      injector.injectConnection(socket);
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
  }

  // The connection of a PEER as the library names it, "address:port".
  of(peer) {
    return this.#open.get(Number(peer.split(':').pop()));
  }
}
