#!/usr/bin/env python3
"""big_store.py - a store as years leave it, to measure what reads all of it: sandgate audit, policy diff, a rule's preview.

    XDG_DATA_HOME=FOLDER big_store.py [SESSIONS [EVENTS]]

1,000 sessions of 1,000 events each unless told otherwise; `sandgate` on PATH makes the tables.  The events are those of
real turns (a prompt, answers, calls with verdict, decision, output, result); sessions overlap by a quarter.  The chain's
hashes are left out: sessions verify has nothing to find here.
"""
import json
import os
import random
import sqlite3
import subprocess
import sys

SESSIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
EVENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
START = 1735689600000  # 2025-01-01
PROGRAMS = ["ls -l src", "git status", "make -j2 check", "pytest -q tests/test_%d.py", "grep -rn name_%d src",
            "sed -n 1,%dp src/main.c", "curl -fsS https://example.org/%d", "rm -f build/file_%d.o", "cat doc/part_%d.md",
            "touch notes/%d"]
WORDS = ("the sandbox holds what was asked for and the next step reads it again before anything is written " * 8)


def call(chance, number, command):
    """The events of one call: type, actor, body."""
    verdict = chance.choices(["allow", "ask", "deny"], [6, 3, 1])[0]
    digest = "%064x" % chance.getrandbits(256)
    arguments = json.dumps({"command": command})
    yield "call", "model", {"id": "c%d" % number, "tool": "run_command", "arguments": arguments, "summary": command}
    yield "verdict", "policy", {"verdict": verdict, "reason": "It writes files.", "rule": "policy.yaml:%d" % (number % 90),
                                "part": command, "from": 0, "to": len(command), "risk": "low", "digest": digest,
                                "profile": "careful"}
    if verdict == "deny":
        yield "result", "session", {"text": "Denied by the policy: no.", "ok": False}
        return
    if verdict == "ask":
        yield "ask", "policy", {"ask": str(number), "digest": digest, "tool": "run_command", "script": command,
                                "cwd": "/workspace"}
        yield "decision", "person", {"ask": str(number), "digest": digest, "decision": "run", "profile": "careful"}
    yield "started", "session", {"exec": "%032x" % chance.getrandbits(128), "digest": digest}
    yield "output", "sandbox", {"spool": "call-%d.out" % number, "bytes": 600, "lines": 9, "hash": digest}
    yield "ended", "sandbox", {"end": "exited", "code": 0, "milliseconds": 12}
    yield "result", "session", {"text": WORDS[:600] if chance.random() > 0.02 else WORDS * 20, "ok": True}


def events(chance):
    """Endless: type, actor, turn, call, body."""
    turn = number = 0
    yield "session", "session", 0, 0, {"folder": "/home/person/project", "model": "m"}
    while True:
        turn += 1
        yield "prompt", "person", turn, 0, {"text": WORDS[:200]}
        for _ in range(chance.randint(3, 12)):
            yield "request", "session", turn, 0, {"model": "m", "messages": 9, "bytes": 9000}
            yield "text", "model", turn, 0, {"text": WORDS[:400]}
            yield "response", "model", turn, 0, {"finish": "calls", "input": 9000, "output": 90}
            number += 1
            command = chance.choice(PROGRAMS)
            command = command % chance.randint(1, 3000) if "%d" in command else command
            for kind, actor, body in call(chance, number, command):
                yield kind, actor, turn, number, body
        yield "turn", "session", turn, 0, {}


def rows(chance, session, begin):
    source = events(chance)
    for seq in range(1, EVENTS + 1):
        kind, actor, turn, number, body = next(source)
        yield (session, seq, 1, seq - 1, turn, number, kind, actor, "bw-1", 1, begin + seq * 4000,
               json.dumps(body, separators=(",", ":")), "")


def main():
    subprocess.run(["sandgate", "sessions", "list"], check=True, capture_output=True)
    path = os.path.join(os.environ["XDG_DATA_HOME"], "sandgate", "sandgate.db")
    chance = random.Random(20261121)
    store = sqlite3.connect(path)
    store.execute("PRAGMA synchronous = OFF")
    triggers = store.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        store.execute("DROP TRIGGER " + name)
    for session in range(1, SESSIONS + 1):
        begin = START + session * EVENTS * 3000
        store.execute("INSERT INTO session(number, id, created, changed, events, folder, model, title) "
                      "VALUES(?, ?, ?, ?, ?, '/home/person/project', 'm', 'Title')",
                      (session, "20250101-%06d-aaaa" % session, begin, begin + EVENTS * 4000, EVENTS))
        store.executemany("INSERT INTO event(session, seq, version, parent, turn, call, type, actor, sandbox, generation, "
                          "time, body, hash) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                          rows(chance, session, begin))
    for _, sql in triggers:
        store.execute(sql)
    store.commit()


main()
