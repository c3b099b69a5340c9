#!/usr/bin/env python3
"""model_server.py - a stand-in for an OpenAI-compatible server, for tests and benches.

    model_server.py SCENARIO.json [--control FOLDER] [--port N] [--listen-when NAME]

Prints its port and plays the scenario until it is killed or its standard input ends.  Only the standard
library is needed.

A scenario maps paths to the answers that are given there, in order; the last one is given again and again:

    {"/v1/models": [{"json": {"data": [{"id": "m"}]}}],
     "/v1/chat/completions": [{"status": 503, "headers": {"Retry-After": "0"}},
                              {"say": "Hello", "usage": {"prompt_tokens": 5, "completion_tokens": 2}}]}

Paths that are not there answer 404.  An answer is an object; what is sent is the first of these it has:

    "say", "reasoning", "calls"   a stream of chunks: [{"id", "tool", "arguments"}]; "finish", "usage"
    "whole": true                 beside these: one whole answer instead of a stream
    "events": [...]               a stream of these data: texts as they are, other values as JSON
    "file": "path"                the bytes of a file, beside the scenario when relative
    "json": value, "body": text
    "flood": bytes                a Markdown answer of so many bytes, at full speed; a word an event, or
                                  "piece" bytes an event
    "rate": tokens a second       with "tokens": a stream of so many, at that pace

and how:

    "status": 200, "headers": {}  "type": content type
    "cut": [1, 5, 9]              sends the body in pieces that end at these bytes; a number: pieces of this size
    "break_after": bytes          closes the connection after so many bytes of the body
    "wait": NAME                  waits, before the head, until the file NAME is in the control folder
    "wait_at": {"120": NAME}      the same in the body, before this byte is sent
    "until": NAME                 given again and again until the file NAME is in the control folder
    "drop": true                  closes the connection without a word

With --control each request is added to FOLDER/requests.jsonl: {"method", "path", "headers", "body",
"connection"}.  With --listen-when connections are refused until FOLDER/NAME is there.
"""
import argparse
import json
import os
import socket
import sys
import threading
import time

POLL = 0.005  # seconds between two looks at the control folder


class Control:
    """The folder by which a test steers the server and sees what it was asked."""

    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.Lock()

    def has(self, name):
        return os.path.exists(os.path.join(self.folder, name))

    def wait(self, name):
        while not self.has(name):
            time.sleep(POLL)

    def record(self, request):
        if not self.folder:
            return
        with self.lock, open(os.path.join(self.folder, "requests.jsonl"), "a", encoding="utf-8") as out:
            out.write(json.dumps(request, ensure_ascii=False) + "\n")


# --- what is said ---

def chunk(delta, finish=None):
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "stand-in",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def words_of(text):
    """Pieces as a model sends them: words with the blank before them."""
    pieces, start = [], 0
    for at in range(1, len(text)):
        if text[at] in " \n" and text[at - 1] not in " \n":
            pieces.append(text[start:at])
            start = at
    return pieces + [text[start:]] if text else []


def call_of(index, call):
    arguments = call.get("arguments", {})
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return {"index": index, "id": call.get("id", "call%d" % index), "type": "function",
            "function": {"name": call["tool"], "arguments": arguments}}


def finish_of(answer):
    return answer.get("finish", "tool_calls" if answer.get("calls") else "stop")


def chunks_of(answer):
    yield chunk({"role": "assistant", "content": ""})
    for piece in words_of(answer.get("reasoning", "")):
        yield chunk({"reasoning_content": piece})
    for piece in words_of(answer.get("say", "")):
        yield chunk({"content": piece})
    for index, call in enumerate(answer.get("calls", [])):
        whole = call_of(index, call)
        arguments = whole["function"]["arguments"]
        whole["function"]["arguments"] = ""
        yield chunk({"tool_calls": [whole]})
        for at in range(0, len(arguments), 16):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": arguments[at:at + 16]}}]})
    yield chunk({}, finish_of(answer))
    if "usage" in answer:
        yield {"object": "chat.completion.chunk", "choices": [], "usage": answer["usage"]}


def whole_of(answer):
    message = {"role": "assistant", "content": answer.get("say")}
    if "reasoning" in answer:
        message["reasoning_content"] = answer["reasoning"]
    if "calls" in answer:
        message["tool_calls"] = [call_of(i, call) for i, call in enumerate(answer["calls"])]
    whole = {"object": "chat.completion",
             "choices": [{"index": 0, "message": message, "finish_reason": finish_of(answer)}]}
    if "usage" in answer:
        whole["usage"] = answer["usage"]
    return whole


def event_of(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "data: %s\n\n" % text


def stream_of(values):
    return "".join(event_of(value) for value in values) + "data: [DONE]\n\n"


PARAGRAPH = """## A heading

A paragraph with **bold** and `code`, long enough to wrap on any screen that people use for work like this.

- one item of a list
- another item, a little longer than the first one

```c
int main(void) { return 0; }
```

"""


def flood_of(size, piece):
    """Yielded in blocks, so that any size costs the same memory."""
    text = PARAGRAPH * (1 + piece // len(PARAGRAPH))
    tokens = [text[at:at + piece] for at in range(0, len(text), piece)] if piece else words_of(text)
    block = "".join(event_of(chunk({"content": token})) for token in tokens).encode()
    left = size
    while left >= len(text):
        times = min(left // len(text), 64)
        yield block * times
        left -= times * len(text)
    yield (event_of(chunk({"content": "x" * left})) + event_of(chunk({}, "stop"))).encode()
    yield b"data: [DONE]\n\n"


def paced(tokens, rate):
    """TOKENS events at RATE a second: those that are due go out together."""
    words = words_of(PARAGRAPH)
    begin, sent = time.monotonic(), 0
    while sent < tokens:
        due = min(tokens, int((time.monotonic() - begin) * rate) + 1)
        yield "".join(event_of(chunk({"content": words[i % len(words)]})) for i in range(sent, due)).encode()
        sent = due
        time.sleep(max(0.0, begin + sent / rate - time.monotonic()))
    yield (event_of(chunk({}, "stop")) + "data: [DONE]\n\n").encode()


# --- how it is sent ---

class Answer:
    """One answer of the scenario, as bytes of a body and the way to send them."""

    def __init__(self, spec, folder):
        self.spec = spec
        self.folder = folder

    def body(self):
        """(content type, iterator of bytes)"""
        spec = self.spec
        if "flood" in spec:
            return "text/event-stream", flood_of(spec["flood"], spec.get("piece", 0))
        if "rate" in spec:
            return "text/event-stream", paced(spec["tokens"], spec["rate"])
        if any(key in spec for key in ("say", "reasoning", "calls")):
            if spec.get("whole"):
                return "application/json", [json.dumps(whole_of(spec)).encode()]
            return "text/event-stream", [stream_of(chunks_of(spec)).encode()]
        if "events" in spec:
            return "text/event-stream", ["".join(map(event_of, spec["events"])).encode()]
        if "file" in spec:
            with open(os.path.join(self.folder, spec["file"]), "rb") as source:
                return "text/event-stream", [source.read()]
        if "json" in spec:
            return "application/json", [json.dumps(spec["json"], ensure_ascii=False).encode()]
        return "text/plain", [spec.get("body", "").encode()]

    def pieces(self, body):
        """(byte where it begins, bytes): cut where the scenario wants a cut, a wait or the break."""
        stops = set()
        cut = self.spec.get("cut", [])
        stops.update(cut if isinstance(cut, list) else [])
        stops.update(int(at) for at in self.spec.get("wait_at", {}))
        stops.add(self.spec.get("break_after", 0))
        at = 0
        for data in body:
            if isinstance(cut, int):
                stops.update(range(at + cut, at + len(data), cut))
            inside = sorted(stop - at for stop in stops if at < stop < at + len(data))
            for begin, end in zip([0] + inside, inside + [len(data)]):
                if begin < end:
                    yield at + begin, data[begin:end]
            at += len(data)

    def send(self, connection, control):
        spec = self.spec
        if "wait" in spec:
            control.wait(spec["wait"])
        if spec.get("drop"):
            return False
        kind, body = self.body()
        headers = {"Content-Type": spec.get("type", kind), "Transfer-Encoding": "chunked"}
        headers.update(spec.get("headers", {}))
        head = "HTTP/1.1 %d %s\r\n" % (spec.get("status", 200), "Said")
        head += "".join("%s: %s\r\n" % pair for pair in headers.items())
        connection.sendall((head + "\r\n").encode())
        waits = {int(at): name for at, name in spec.get("wait_at", {}).items()}
        for at, data in self.pieces(body):
            if at in waits:
                control.wait(waits[at])
            if at >= spec.get("break_after", sys.maxsize):
                return False
            connection.sendall(b"%x\r\n%s\r\n" % (len(data), data))
        if "break_after" in spec:
            return False
        connection.sendall(b"0\r\n\r\n")
        return True


class Server:
    def __init__(self, scenario, folder, control):
        self.answers = {path: list(specs) for path, specs in scenario.items()}
        self.folder = folder
        self.control = control
        self.lock = threading.Lock()

    def next_answer(self, path):
        with self.lock:
            specs = self.answers.get(path, [])
            if not specs:
                return Answer({"status": 404, "json": {"detail": "Not Found"}}, self.folder)
            while "until" in specs[0] and len(specs) > 1 and self.control.has(specs[0]["until"]):
                specs.pop(0)
            stays = len(specs) == 1 or "until" in specs[0]
            return Answer(specs[0] if stays else specs.pop(0), self.folder)

    def read_request(self, source):
        line = source.readline().decode()
        if not line.strip():
            return None
        method, path, _ = line.split(" ", 2)
        headers = {}
        for line in iter(lambda: source.readline().decode().rstrip("\r\n"), ""):
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        body = source.read(int(headers.get("content-length", 0))).decode()
        return {"method": method, "path": path, "headers": headers, "body": body}

    def serve(self, connection, number):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        source = connection.makefile("rb")
        try:
            while True:
                request = self.read_request(source)
                if not request:
                    break
                request["connection"] = number
                self.control.record(request)
                if request["headers"].get("expect"):
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                if not self.next_answer(request["path"]).send(connection, self.control):
                    break
        except OSError:
            pass  # the peer went away: that is for its test to see
        finally:
            source.close()
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()

    def run(self, listener):
        number = 0
        while True:
            connection, _ = listener.accept()
            number += 1
            threading.Thread(target=self.serve, args=(connection, number), daemon=True).start()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("scenario")
    options.add_argument("--control", default="")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--listen-when", default="")
    chosen = options.parse_args()
    with open(chosen.scenario, encoding="utf-8") as source:
        scenario = json.load(source)
    control = Control(chosen.control)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", chosen.port))
    if not chosen.listen_when:
        listener.listen(64)
    print(listener.getsockname()[1], flush=True)
    # Bound but not listening: connections are refused.
    if chosen.listen_when:
        control.wait(chosen.listen_when)
        listener.listen(64)
    server = Server(scenario, os.path.dirname(os.path.abspath(chosen.scenario)), control)
    threading.Thread(target=server.run, args=(listener,), daemon=True).start()
    sys.stdin.read()  # whoever started us is gone


if __name__ == "__main__":
    main()
