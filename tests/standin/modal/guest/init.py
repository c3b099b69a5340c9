"""init.py - the first process of a sandbox: starts the executions, spools what they print, feeds their input.

It runs inside the jail, one for each sandbox, so that all executions of a sandbox share its processes, its
terminals and its loopback network.  The server talks to it over descriptor 0 (requests) and 1 (reports): a line
of JSON each.  Output and input do not pass through that link: output goes from the pipe into a file of the spool
folder (descriptor 3), input from such a file into the pipe, and the link only says how long the file has become.
Descriptor 4 is the folder of images, for copies in and out of the sandbox.  Neither folder can be
seen by what runs here.
"""
import fcntl
import json
import os
import selectors
import signal
import struct
import termios

import fs_tools
import network

SPOOL, IMAGES = 3, 4
CHUNK = 1 << 20
PIPE = 1 << 18
HELPER_PIPE = 1 << 20
SPLICE_NONBLOCK = 2
HELPER = "/__modal/.bin/modal-sandbox-fs-tools"


def widen(pipe, room=PIPE):
    """More room, where the user's share of pipe memory still allows it."""
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, room)
    except PermissionError:
        pass


def new_session():
    """In a child, first of all: a session of its own, and the signals that Python ignores are heard again."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)


def say_to_stderr(text):
    os.write(2, text.encode())


class Exec:
    """One execution: its process, its two outputs on the way to the spool, its input on the way to it."""

    def __init__(self, number):
        self.number = number
        self.pid = 0
        self.pidfd = -1
        self.input = -1
        self.spool = -1  # what comes as input
        self.available = 0
        self.taken = 0
        self.end_of_input = False
        self.terminal = False
        self.limit = 0


class Output:
    """A pipe (or a terminal) of an execution and the spool file behind it."""

    def __init__(self, execution, which, source):
        self.execution = execution
        self.which = which
        self.source = source
        name = f"{execution.number}.{which}"
        self.file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600, dir_fd=SPOOL)
        self.size = 0

    def move(self):
        """Moves what is there; 0 at its end, None when nothing was there."""
        try:
            if self.execution.terminal:
                data = os.read(self.source, 65536)
                return os.write(self.file, data) if data else 0
            return os.splice(self.source, self.file, CHUNK, flags=SPLICE_NONBLOCK)
        except BlockingIOError:
            return None
        except OSError:  # a terminal whose last user is gone
            return 0


class Init:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.execs = {}
        self.inbox = b""
        self.reports = []
        self.held = []  # outputs that reached their limit
        self.selector.register(0, selectors.EVENT_READ, self.read_requests)
        for descriptor in (SPOOL, IMAGES):
            os.set_inheritable(descriptor, False)

    # --- the link ---

    def report(self, **fields):
        self.reports.append(json.dumps(fields))

    def flush(self):
        if not self.reports:
            return
        data = memoryview(("\n".join(self.reports) + "\n").encode())
        self.reports.clear()
        while data:
            data = data[os.write(1, data):]

    def read_requests(self, _):
        data = os.read(0, CHUNK)
        if not data:
            os._exit(0)
        *lines, self.inbox = (self.inbox + data).split(b"\n")
        for line in lines:
            self.handle(json.loads(line))

    def handle(self, request):
        operation = request["op"]
        if operation == "start":
            self.start(request)
        elif operation == "network":
            network.allow(request["names"])
        elif request["exec"] in self.execs:
            execution = self.execs[request["exec"]]
            if operation == "input":
                self.take_input(execution, request["bytes"], request["eof"])
            elif operation == "kill":
                self.kill(execution, request["signal"])
            elif operation == "limit":
                self.raise_limit(execution, request["bytes"])

    # --- starting ---

    def start(self, request):
        execution = Exec(request["exec"])
        execution.limit = request["limit"]
        self.execs[execution.number] = execution
        if request.get("pty"):
            self.start_on_terminal(execution, request)
        else:
            self.start_on_pipes(execution, request)
        execution.pidfd = os.pidfd_open(execution.pid)
        self.selector.register(execution.pidfd, selectors.EVENT_READ, lambda _: self.ended(execution))
        self.report(exec=execution.number, pid=execution.pid)

    def start_on_terminal(self, execution, request):
        master, slave = os.openpty()
        size = request["pty"]
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size["rows"], size["cols"], 0, 0))
        execution.terminal = True
        told, tell = os.pipe()
        execution.pid = os.fork()
        if execution.pid == 0:
            new_session()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            os.write(tell, b".")
            self.become(request, slave, slave, slave)
        os.close(tell)
        os.read(told, 1)  # from now on ^C has somebody to reach
        os.close(told)
        os.close(slave)
        execution.input = master
        os.set_blocking(master, False)
        self.watch_output(Output(execution, 0, os.dup(master)))
        self.no_output(execution, 1)

    def start_on_pipes(self, execution, request):
        read_in, execution.input = os.pipe()
        widen(execution.input, HELPER_PIPE if request["argv"][0] == HELPER else PIPE)
        sources, sinks = [None, None], [None, None]
        for which, name in enumerate(("stdout", "stderr")):
            if request[name]:
                sources[which], sinks[which] = os.pipe()
                widen(sinks[which])
            else:
                sinks[which] = os.open("/dev/null", os.O_WRONLY)
        execution.pid = os.fork()
        if execution.pid == 0:
            new_session()
            self.become(request, read_in, *sinks)
        os.close(read_in)
        os.set_blocking(execution.input, False)
        for which in (0, 1):
            os.close(sinks[which])
            if sources[which] is None:
                self.no_output(execution, which)
            else:
                os.set_blocking(sources[which], False)
                self.watch_output(Output(execution, which, sources[which]))

    def become(self, request, *descriptors):
        """In the child: the program, and never back."""
        code = 127
        try:
            for target, descriptor in enumerate(descriptors):
                os.dup2(descriptor, target)
            argv = request["argv"]
            os.chdir(request["cwd"])
            if argv[0] == HELPER:
                os.closerange(3, 1 << 16)
                code = fs_tools.main(argv)
            else:
                if request.get("images"):
                    os.set_inheritable(IMAGES, True)
                os.execvpe(argv[0], argv, request["env"])
        except OSError as error:
            say_to_stderr(f"{request['argv'][0]}: {error.strerror}\n")
            code = 126 if error.errno == 13 else 127
        except BaseException as error:
            say_to_stderr(f"the helper failed: {error!r}\n")
            code = 1
        finally:
            os._exit(code)

    # --- output ---

    def watch_output(self, output):
        self.selector.register(output.source, selectors.EVENT_READ, lambda _: self.spool(output))

    def no_output(self, execution, which):
        os.close(os.open(f"{execution.number}.{which}", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=SPOOL))
        self.report(exec=execution.number, closed=which)

    def spool(self, output):
        moved = output.move()
        if moved is None:
            return
        execution = output.execution
        if moved == 0:
            self.selector.unregister(output.source)
            os.close(output.source)
            os.close(output.file)
            self.report(exec=execution.number, closed=output.which)
            return
        output.size += moved
        self.report(exec=execution.number, out=output.which, bytes=output.size)
        if output.size >= execution.limit:
            self.selector.unregister(output.source)
            self.held.append(output)

    def raise_limit(self, execution, limit):
        execution.limit = limit
        for output in [one for one in self.held if one.execution is execution and one.size < limit]:
            self.held.remove(output)
            self.watch_output(output)

    # --- input ---

    def take_input(self, execution, available, eof):
        execution.available = available
        execution.end_of_input |= eof
        if execution.spool < 0 < available and execution.input >= 0:
            execution.spool = os.open(f"{execution.number}.in", os.O_RDONLY, dir_fd=SPOOL)
        self.feed(execution)

    def move_input(self, execution):
        if execution.terminal:
            length = min(65536, execution.available - execution.taken)
            return os.write(execution.input, os.pread(execution.spool, length, execution.taken))
        length = min(CHUNK, execution.available - execution.taken)
        return os.splice(
            execution.spool, execution.input, length, offset_src=execution.taken, flags=SPLICE_NONBLOCK
        )

    def feed(self, execution):
        if execution.input < 0:
            return
        watched = execution.input in self.selector.get_map()
        try:
            while execution.taken < execution.available:
                execution.taken += self.move_input(execution)
            if execution.end_of_input and execution.terminal:
                os.write(execution.input, b"\x04")
                execution.end_of_input = False
        except BlockingIOError:
            if not watched:
                self.selector.register(execution.input, selectors.EVENT_WRITE, lambda _: self.feed(execution))
            self.report(exec=execution.number, taken=execution.taken)
            return
        except OSError:
            self.close_input(execution)
            return
        self.report(exec=execution.number, taken=execution.taken)
        if watched:
            self.selector.unregister(execution.input)
        if execution.end_of_input:
            self.close_input(execution)

    def close_input(self, execution):
        if execution.input < 0:
            return
        if execution.input in self.selector.get_map():
            self.selector.unregister(execution.input)
        os.close(execution.input)
        execution.input = -1
        if execution.spool >= 0:
            os.close(execution.spool)
            execution.spool = -1
        self.report(exec=execution.number, deaf=True)

    # --- the end ---

    def kill(self, execution, number):
        if execution.pidfd >= 0:
            try:
                os.killpg(execution.pid, number)
            except ProcessLookupError:
                pass

    def ended(self, execution):
        self.selector.unregister(execution.pidfd)
        os.close(execution.pidfd)
        execution.pidfd = -1
        _, status = os.waitpid(execution.pid, 0)
        if os.WIFSIGNALED(status):
            self.report(exec=execution.number, signal=os.WTERMSIG(status))
        else:
            self.report(exec=execution.number, code=os.WEXITSTATUS(status))
        self.close_input(execution)

    def run(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj in self.selector.get_map():
                    key.data(key)
            self.flush()


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    network.listen(SPOOL)
    init = Init()
    init.report(ready=True)
    init.flush()
    init.run()


main()
