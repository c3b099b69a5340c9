"""fs_tools.py - the file helper that Modal puts into each container, as the official SDK calls it.

One argument, a JSON object with one key: the operation.  The result goes to standard output, code 0; a failure
is one JSON object on standard error, code 1.  Operations and kinds of errors are rows of OPERATIONS and ERRORS.
"""
import errno
import json
import os
import select
import shutil
import stat
import sys
import time

CHUNK = 1 << 20
READ_LIMIT = 5 << 30
WATCH_PERIOD = 0.05


class Failure(Exception):
    def __init__(self, kind, message, detail=None):
        super().__init__(message)
        self.kind, self.message, self.detail = kind, message, detail


ERRORS = {
    errno.ENOENT: ("NotFound", "path does not exist"),
    errno.ENOTDIR: ("NotDirectory", "a component of the path is not a directory"),
    errno.EISDIR: ("IsDirectory", "path is a directory"),
    errno.EEXIST: ("AlreadyExists", "path already exists"),
    errno.EACCES: ("PermissionDenied", "permission denied"),
    errno.EPERM: ("PermissionDenied", "permission denied"),
    errno.EROFS: ("PermissionDenied", "read-only file system"),
    errno.ENOTEMPTY: ("DirectoryNotEmpty", "directory is not empty"),
}


def failure_of(error):
    kind, message = ERRORS.get(error.errno, ("Io", error.strerror or "input/output error"))
    return Failure(kind, message, str(error))


def write_all(data):
    data = memoryview(data)
    while data:
        data = data[os.write(1, data):]


# --- entries ---

TYPES = ((stat.S_ISLNK, "symlink"), (stat.S_ISDIR, "directory"))
names = {}


def name_of(kind, number):
    """Names of owners and groups, from the sandbox's own files, each looked up once."""
    if (kind, number) not in names:
        names[kind, number] = str(number)
        try:
            with open("/etc/" + kind, encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    fields = line.split(":")
                    if len(fields) > 2 and fields[2].strip() == str(number):
                        names[kind, number] = fields[0]
        except OSError:
            pass
    return names[kind, number]


def text(name):
    return os.fsencode(name).decode("utf-8", "replace")


def entry(path, name, status):
    kind = next((word for test, word in TYPES if test(status.st_mode)), "file")
    found = {
        "name": text(name),
        "path": text(path),
        "type": kind,
        "size": status.st_size,
        "mode": status.st_mode,
        "permissions": f"{stat.S_IMODE(status.st_mode):04o}",
        "owner": name_of("passwd", status.st_uid),
        "group": name_of("group", status.st_gid),
        "modified_time": status.st_mtime,
    }
    if kind == "symlink":
        found["symlink_target"] = text(os.readlink(path))
    return found


# --- operations ---

def list_files(path):
    try:
        with os.scandir(path) as found:
            items = sorted(found, key=lambda item: item.name)
    except NotADirectoryError as error:
        if os.path.exists(path):
            raise Failure("IsFile", "path is not a directory") from error
        raise
    entries = []
    for item in items:
        try:
            entries.append(entry(os.path.join(path, item.name), item.name, item.stat(follow_symlinks=False)))
        except FileNotFoundError:
            pass  # gone meanwhile
    write_all(json.dumps(entries).encode())


def stat_file(path):
    name = os.path.basename(path.rstrip("/")) or "/"
    write_all(json.dumps(entry(path, name, os.lstat(path))).encode())


def read_file(path):
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        if status.st_size > READ_LIMIT:
            raise Failure("FileTooLarge", f"file is larger than {READ_LIMIT} bytes")
        while True:
            try:
                sent = os.sendfile(1, file.fileno(), None, CHUNK)
            except OSError as error:
                if error.errno not in (errno.EINVAL, errno.ENOSYS):
                    raise
                sent = os.write(1, file.read(CHUNK))
            if sent == 0:
                return


def parent_of(path):
    parent = os.path.dirname(path.rstrip("/")) or "/"
    try:
        os.makedirs(parent, exist_ok=True)
    except FileExistsError as error:
        raise Failure("AlreadyExists", "a parent of the path is not a directory") from error
    return parent


def write_file(path):
    """Complete or not at all: a file without a name, which gets one at the end of the input."""
    if os.path.isdir(path):
        raise Failure("IsDirectory", "path is a directory")
    target = os.path.realpath(path)
    parent = parent_of(target)
    handle = os.open(parent, os.O_TMPFILE | os.O_WRONLY, 0o644)
    while data := os.read(0, CHUNK):
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left):]
    nameless = f"/proc/self/fd/{handle}"  # linked with src_dir_fd, or Python would not follow it
    try:
        os.link(nameless, target, src_dir_fd=0)
        return
    except FileExistsError:
        os.fchmod(handle, stat.S_IMODE(os.stat(target).st_mode))
    temporary = os.path.join(parent, f".modal-write-{os.getpid()}")
    os.link(nameless, temporary, src_dir_fd=0)
    os.rename(temporary, target)


def make_directory(path, parents=False):
    try:
        if parents:
            os.makedirs(path, exist_ok=True)
        else:
            os.mkdir(path)
    except FileExistsError as error:
        raise Failure("PathAlreadyExists", "path already exists") from error


def remove(path, recursive=False):
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        os.unlink(path)
    elif recursive:
        shutil.rmtree(path)
    else:
        os.rmdir(path)


# --- watching: two looks at the tree, compared ---

def look(path, recursive):
    """path -> what tells a change: inode, size, times and type."""
    seen = {}
    folders = [path]
    first = os.lstat(path)
    seen[path] = (first.st_ino, first.st_mtime_ns if not stat.S_ISDIR(first.st_mode) else 0, first.st_mode)
    while folders:
        try:
            with os.scandir(folders.pop()) as found:
                for item in found:
                    status = item.stat(follow_symlinks=False)
                    is_folder = stat.S_ISDIR(status.st_mode)
                    changed = 0 if is_folder else status.st_mtime_ns
                    seen[item.path] = (status.st_ino, changed, status.st_mode, 0 if is_folder else status.st_size)
                    if is_folder and recursive:
                        folders.append(item.path)
        except (FileNotFoundError, NotADirectoryError):
            pass
    return seen


def changes(before, after):
    gone = {before[path][0]: path for path in before.keys() - after.keys()}
    for path in sorted(after.keys() - before.keys()):
        inode = after[path][0]
        if inode in gone:
            yield "Rename", [gone.pop(inode), path]
        else:
            yield "Create", [path]
    for path in sorted(gone.values()):
        yield "Remove", [path]
    for path in sorted(after.keys() & before.keys()):
        if after[path] != before[path]:
            yield "Modify", [path]


def watch(path, recursive=False, filter=None, timeout_secs=None):
    end = None if timeout_secs is None else time.monotonic() + timeout_secs
    before = look(path, recursive)
    while end is None or time.monotonic() < end:
        if select.select([0], [], [], WATCH_PERIOD)[0] and not os.read(0, CHUNK):
            return
        try:
            after = look(path, recursive)
        except FileNotFoundError:
            after = {}
        for event, paths in changes(before, after):
            if filter is None or event in filter:
                line = json.dumps({"event_type": event, "paths": [text(one) for one in paths]})
                write_all(line.encode() + b"\n")
        before = after
        if not after:
            return


OPERATIONS = {
    "ListFiles": list_files,
    "Stat": stat_file,
    "ReadFile": read_file,
    "WriteFile": write_file,
    "MakeDirectory": make_directory,
    "Remove": remove,
    "Watch": watch,
}


def perform(argv):
    try:
        (name, arguments), = json.loads(argv[1]).items()
        operation = OPERATIONS[name]
        path = arguments["path"]
    except (IndexError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise Failure("InvalidRequest", "one JSON object with one operation is expected", repr(error)) from error
    if not path.startswith("/"):
        raise Failure("InvalidRequest", "path must be absolute")
    try:
        operation(**arguments)
    except OSError as error:
        raise failure_of(error) from error


def main(argv):
    try:
        perform(argv)
    except Failure as failure:
        said = {"version": 1, "error_kind": failure.kind, "message": failure.message}
        if failure.detail:
            said["detail"] = failure.detail
        os.write(2, json.dumps(said).encode() + b"\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
