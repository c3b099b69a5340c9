"""network.py - the sandbox's way out and in: tunnels, and an outside world of a few names.

In: the server connects to a socket in the spool folder, says a port in a line, and is joined to that port of
the sandbox's loopback.  Out: there is no outside.  Each name of NAMES is an address of the loopback network
(/etc/hosts of the sandbox says so), and here is who listens there: ports 80 and 443 greet as that name while
the sandbox's network policy allows it, and hang up when it does not; when it allows nothing, nobody listens.
"""
import os
import socket
import threading

NAMES = {"example.com": "127.80.0.1", "allowed.test": "127.80.0.2", "blocked.test": "127.80.0.3"}
PORTS = (80, 443)
CHUNK = 1 << 16

allowed = set()
outside = []


def allow(names):
    """With no name at all the network is shut: nobody listens."""
    allowed.clear()
    allowed.update(names)
    while outside and not allowed:
        listener = outside.pop()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    if allowed and not outside:
        listen_outside()


def pump(source, target):
    try:
        while data := source.recv(CHUNK):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def join(client):
    with client, client.makefile("rb", buffering=0) as lines:
        port = int(lines.readline())
        try:
            inner = socket.create_connection(("127.0.0.1", port), timeout=5)
        except OSError:
            client.sendall(b"refused\n")
            return
        inner.settimeout(None)
        client.sendall(b"joined\n")
        with inner:
            back = threading.Thread(target=pump, args=(inner, client), daemon=True)
            back.start()
            pump(client, inner)
            back.join()


def greet(name, client):
    with client:
        if name not in allowed and "*" not in allowed:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            return
        body = f"this is {name}\n".encode()
        try:
            client.settimeout(5)
            client.recv(CHUNK)
            client.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            client.shutdown(socket.SHUT_WR)
            while client.recv(CHUNK):  # hanging up on the rest of a request would take the answer back
                pass
        except OSError:
            pass


def accept(listener, serve):
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=serve, args=(client,), daemon=True).start()


def in_background(listener, serve):
    listener.listen(64)
    threading.Thread(target=accept, args=(listener, serve), daemon=True).start()


def listen(folder):
    tunnels = socket.socket(socket.AF_UNIX)
    tunnels.bind(f"/proc/self/fd/{folder}/tunnel")
    in_background(tunnels, join)


def listen_outside():
    for name, address in NAMES.items():
        for port in PORTS:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((address, port))
            except PermissionError:
                return
            outside.append(listener)
            in_background(listener, lambda client, name=name: greet(name, client))
