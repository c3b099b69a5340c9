#!/usr/bin/env python3
"""check_floors.py - reads every #include of src/ and ui/ and holds it against the list tests/floors.

A file includes its own floor or below; a foreign library stays behind its file or folder; private headers stay
in their room; no headers include each other in a circle.  The first part makes small trees with one fault each
and looks for it, so that a check which finds nothing cannot pass.  Prints TAP.
"""
import os
import re
import sys
import tempfile

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


class Rules:
    def __init__(self, text):
        self.floors, self.never, self.alone, self.libraries = {}, [], [], {}
        for line in text.splitlines():
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "floor":
                self.floors[words[2]] = int(words[1])
            elif words[0] == "never":
                self.never.append((words[1], words[2], words[4:]))
            elif words[0] == "alone":
                self.alone.append(words[1])
            elif words[0] == "library":
                self.libraries[words[1]] = words[2:]
            else:
                raise SystemExit(f'tests/floors: "{words[0]}" is no rule')

    def room(self, path):
        return next((folder for folder in self.floors if path.startswith(folder)), None)


class Tree:
    """The C files of src/ and ui/ with the files of the tree, and the foreign headers, that each includes."""

    def __init__(self, root):
        self.root, self.own, self.foreign = root, {}, {}
        for top in "src", "ui":
            for folder, _, names in os.walk(os.path.join(root, top)):
                for name in names:
                    if name.endswith((".c", ".h")):
                        self.read(os.path.relpath(os.path.join(folder, name), root))

    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8") as file:
            found = INCLUDE.findall(file.read())
        self.own[path], self.foreign[path] = [], []
        for mark, name in found:
            places = [f"src/{name}", name, os.path.join(os.path.dirname(path), name)]
            place = next((p for p in places if os.path.exists(os.path.join(self.root, p))), None)
            if mark == '"' and place:
                self.own[path].append(os.path.normpath(place))
            else:
                self.foreign[path].append(name)

    def reached(self, path):
        """PATH and every file of the tree that it includes, directly or not."""
        found, open_ends = {path}, [path]
        while open_ends:
            for name in self.own.get(open_ends.pop(), []):
                if name not in found:
                    found.add(name)
                    open_ends.append(name)
        return found


def climbing(rules, tree):
    for path, names in tree.own.items():
        room = rules.room(path)
        if not room:
            yield f"{path} stands on no floor"
            continue
        for name in names:
            other = rules.room(name)
            if other and rules.floors[other] > rules.floors[room]:
                yield f"{path} (floor {rules.floors[room]}) includes {name} (floor {rules.floors[other]})"


def forbidden(rules, tree):
    for path, names in tree.own.items():
        for where, what, but in rules.never:
            for name in names:
                if path.startswith(where) and name.startswith(what) and name not in but:
                    yield f"{path} includes {name}: files of {where} do not see {what}"


def private(rules, tree):
    for path, names in tree.own.items():
        for name in names:
            if name.endswith("_private.h") and rules.room(name) != rules.room(path):
                yield f"{path} includes {name}, which is private to its room"


def not_alone(rules, tree):
    for folder in rules.alone:
        for path, names in tree.own.items():
            for name in names:
                if path.startswith(folder) and not name.startswith(folder):
                    yield f"{path} includes {name}: the program in {folder} stands alone"


def foreign(rules, tree):
    for path in tree.own:
        for reached in tree.reached(path):
            for header in tree.foreign[reached] if reached in tree.foreign else []:
                for library, places in rules.libraries.items():
                    fits = header == library or library.endswith("/") and header.startswith(library)
                    if fits and not path.startswith(tuple(places)):
                        way = "" if reached == path else f" by way of {reached}"
                        yield f"{path} includes <{header}>{way}: only {' '.join(places)} may"


def circles(rules, tree):
    for path, names in tree.own.items():
        for name in names:
            if path in tree.reached(name):
                yield f"{path} and {name} include each other"


CHECKS = [
    (climbing, "a file includes its own floor or below"),
    (forbidden, "no room sees what it must not see"),
    (private, "private headers stay in their room"),
    (not_alone, "programs of their own stand alone"),
    (foreign, "foreign libraries stay behind their file or folder"),
    (circles, "no circles"),
]

# For each check, files of a small tree with exactly that fault.
FAULTS = {
    climbing: {"src/base/a.c": '#include "agent/a.h"\n', "src/agent/a.h": ""},
    forbidden: {"ui/a.c": '#include "store/a.h"\n', "src/store/a.h": ""},
    private: {"src/face/a.c": '#include "base/a_private.h"\n', "src/base/a_private.h": ""},
    not_alone: {"src/sandbox/jail/a.c": '#  include "base/a.h"\n', "src/base/a.h": ""},
    foreign: {"src/agent/a.c": '#include "base/a.h"\n', "src/base/a.h": "#include <curl/curl.h>\n"},
    circles: {"src/base/a.h": '#include "base/b.h"\n', "src/base/b.h": '#include "base/a.h"\n'},
}


def finds(check, rules):
    with tempfile.TemporaryDirectory() as root:
        for path, text in FAULTS[check].items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        tree = Tree(root)
        return all(any(other(rules, tree)) == (other is check) for other, _ in CHECKS)


def main():
    source = os.environ.get("SANDGATE_SOURCE") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    with open(os.path.join(source, "tests", "floors"), encoding="utf-8") as file:
        rules = Rules(file.read())
    tree = Tree(source)
    results = [("there are files to read", [] if len(tree.own) > 100 else ["src/ and ui/ were not found"])]
    for check, name in CHECKS:
        results.append((f"made up: {name}", [] if finds(check, rules) else ["the fault was not told from the others"]))
    for check, name in CHECKS:
        results.append((name, sorted(set(check(rules, tree)))))
    print(f"1..{len(results)}")
    for number, (name, findings) in enumerate(results, 1):
        print(f"{'not ok' if findings else 'ok'} {number} - {name}")
        for finding in findings:
            print(f"# {finding}")
    return any(findings for _, findings in results)


if __name__ == "__main__":
    sys.exit(main())
