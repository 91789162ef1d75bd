"""A process whose file-changing system calls pass a gate: counted, let through, failed, or the end of the process.

The kernel holds each such call (seccomp, user notification) until the gate has decided, on static binaries and whatever
thread makes it. So calls are numbered in the one order in which they happened, and only those on files below one directory
count: sockets, pipes and logs pass. The other kind of gate is between a process and its database server: what it sends there is
numbered, and what it receives has the number of what was sent last.
"""

import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import subprocess
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
SYS_SECCOMP, SET_MODE_FILTER, NEW_LISTENER = 317, 1, 1 << 3
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
RECEIVE, ANSWER, CONTINUE = 0xC0502100, 0xC0182101, 1
AT_FDCWD = 0xFFFFFF9C
CHANGES = os.O_CREAT | os.O_TRUNC | (os.O_TMPFILE & ~os.O_DIRECTORY)

#: Numbers on x86-64: name, and where the file is: ("fd", argument), ("path", argument), ("at", directory, path).
CALLS = {
    1: ("write", "fd", 0), 18: ("pwrite64", "fd", 0), 20: ("writev", "fd", 0), 296: ("pwritev", "fd", 0), 328: ("pwritev2", "fd", 0),
    74: ("fsync", "fd", 0), 75: ("fdatasync", "fd", 0), 77: ("ftruncate", "fd", 0), 285: ("fallocate", "fd", 0),
    326: ("copy_file_range", "fd", 2), 40: ("sendfile", "fd", 0),
    2: ("open", "path", 0), 85: ("creat", "path", 0), 257: ("openat", "at", 0, 1), 437: ("openat2", "at", 0, 1),
    76: ("truncate", "path", 0), 82: ("rename", "path", 1), 264: ("renameat", "at", 2, 3), 316: ("renameat2", "at", 2, 3),
    86: ("link", "path", 1), 265: ("linkat", "at", 2, 3), 87: ("unlink", "path", 0), 263: ("unlinkat", "at", 0, 1),
    83: ("mkdir", "path", 0), 258: ("mkdirat", "at", 0, 1), 84: ("rmdir", "path", 0),
}
#: What goes to a database server and comes from it.
TALK = {44: ("send", "fd", 0), 46: ("send", "fd", 0), 1: ("send", "fd", 0), 20: ("send", "fd", 0),
        45: ("receive", "fd", 0), 47: ("receive", "fd", 0), 0: ("receive", "fd", 0), 19: ("receive", "fd", 0)}
SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438
SYNCS = ("fsync", "fdatasync")
#: Calls that need no room: a full disk does not fail them.
ROOMLESS = ("unlink", "unlinkat", "rmdir", "ftruncate", "truncate")


def _program(calls):
    """The filter: those numbers go to the gate, everything else is allowed."""
    def step(code, jump_true, jump_false, value):
        return struct.pack("=HBBI", code, jump_true, jump_false, value)
    # Another architecture's numbers mean other calls: allowed, and none is ever made.
    numbers = sorted(calls)
    steps = [step(0x20, 0, 0, 4), step(0x15, 0, len(numbers) + 1, 0xC000003E), step(0x20, 0, 0, 0)]
    steps += [step(0x15, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    return b"".join(steps + [step(0x06, 0, 0, 0x7FFF0000), step(0x06, 0, 0, 0x7FC00000)]), len(steps) + 2


def end_with_parent():
    """In a child, before it becomes something else: it does not outlive this process."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _install(place, filter_, steps):
    """In the child: the filter, whose listener is put where the parent takes it from. From here on nothing can be said
    through a pipe or a socket: it would wait for the gate."""
    end_with_parent()
    if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")
    buffer = ctypes.create_string_buffer(filter_, len(filter_))
    program = struct.pack("=H6xQ", steps, ctypes.addressof(buffer))
    listener = LIBC.syscall(SYS_SECCOMP, SET_MODE_FILTER, NEW_LISTENER, program)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp with a listener")
    os.dup2(listener, place)


class Call:
    """One held call."""

    def __init__(self, number, name, path):
        self.number, self.name, self.path = number, name, path

    def __str__(self):
        return f"{self.number}:{self.name} {os.path.basename(self.path)}"


class Gate:
    """A process behind the gate. `rule`, when set, is asked about each file-changing call below `root`, or, with a `port`,
    about what is said to the server there: None lets it pass, an errno fails it, "kill" ends the process before the call
    takes effect."""

    #: Python forks with other threads about: one at a time, so that none inherits another's descriptors.
    starting = threading.Lock()

    def __init__(self, command, root, rule=None, port=None, **popen):
        if platform.machine() != "x86_64":
            raise SystemExit("faults: the numbers of system calls are known for x86-64 only")
        self.root, self.rule, self.count, self.hit = os.path.realpath(root), rule, 0, None
        #: Set when a call was not let through.
        self.struck = threading.Event()
        self.port, self.calls, self.peers = port, TALK if port else CALLS, {}
        self.lock = threading.Lock()
        filter_, steps = _program(self.calls)
        with Gate.starting, open(os.devnull, "rb") as place:
            place = place.fileno()
            self.process = subprocess.Popen(command, preexec_fn=lambda: _install(place, filter_, steps), pass_fds=[place],
                                            start_new_session=True, **popen)
            self.listener = self._take(place)
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def arm(self, rule):
        """From now on `rule` decides; calls are counted from 1."""
        with self.lock:
            self.rule, self.count, self.hit = rule, 0, None
            self.struck.clear()

    def disarm(self):
        """Lets everything pass; how many calls there were, and the first that was not let through."""
        with self.lock:
            self.rule = None
            return self.count, self.hit

    def kill(self):
        """As kill -9."""
        self.process.kill()
        return self.wait()

    def wait(self, seconds=60):
        code = self.process.wait(seconds)
        self.thread.join(seconds)
        return code

    def _watch(self):
        poll = select.poll()
        poll.register(self.listener, select.POLLIN)
        try:
            while True:
                if any(event & (select.POLLHUP | select.POLLERR) and not event & select.POLLIN for _, event in poll.poll()):
                    return
                held = bytearray(80)
                try:
                    fcntl.ioctl(self.listener, RECEIVE, held)
                except OSError as error:
                    if error.errno in (errno.ENOENT, errno.EINTR):
                        continue
                    raise
                self._answer(held)
        finally:
            os.close(self.listener)

    def _answer(self, held):
        key, thread, _, nr, _, _, *arguments = struct.unpack("=QIIiIQ6Q", held)
        verdict = None
        with self.lock:
            if self.rule is not None:
                try:
                    path = self._peer(thread, arguments[0]) if self.port else _path(thread, nr, arguments)
                except OSError:
                    path = None
                if path and (self.port or path == self.root or path.startswith(self.root + "/")):
                    name = self.calls[nr][0]
                    self.count += name != "receive"
                    call = Call(self.count, name, path)
                    verdict = self.rule(call)
                    if verdict is not None and self.hit is None:
                        self.hit = call
                        self.struck.set()
        if verdict == "kill":
            self.process.kill()
            return
        answer = struct.pack("=QqiI", key, 0, -verdict if verdict else 0, 0 if verdict else CONTINUE)
        try:
            fcntl.ioctl(self.listener, ANSWER, answer)
        except OSError as error:
            # It was killed meanwhile.
            if error.errno not in (errno.ENOENT, errno.EINPROGRESS):
                raise


    def _take(self, fd):
        """A descriptor of the process, as one of this process."""
        process = LIBC.syscall(SYS_PIDFD_OPEN, self.process.pid, 0)
        taken = LIBC.syscall(SYS_PIDFD_GETFD, process, fd, 0)
        number = ctypes.get_errno()
        os.close(process)
        if taken < 0:
            raise OSError(number, "pidfd_getfd")
        return taken

    def _peer(self, thread, fd):
        """The socket of a descriptor, if it leads to the port."""
        fd &= 0xFFFFFFFF
        name = os.readlink(f"/proc/{thread}/fd/{fd}")
        if not name.startswith("socket:"):
            return None
        if name not in self.peers:
            with socket.socket(fileno=self._take(fd)) as there:
                try:
                    to = there.getpeername()
                except OSError:
                    # Not connected yet.
                    return None
            self.peers[name] = isinstance(to, tuple) and to[1] == self.port
        return name if self.peers[name] else None


def _path(thread, nr, arguments):
    """The file a call is about; None when it changes nothing."""
    name, how, *where = CALLS[nr]
    if how == "fd":
        return os.readlink(f"/proc/{thread}/fd/{arguments[where[0]] & 0xFFFFFFFF}")
    with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
        if name in ("open", "openat", "openat2"):
            flags = arguments[1] if name == "open" else arguments[2]
            if name == "openat2":
                memory.seek(arguments[2])
                flags = struct.unpack("=Q", memory.read(8))[0]
            if not flags & CHANGES:
                return None
        memory.seek(arguments[where[-1]])
        path = b""
        while b"\0" not in path and len(path) < 4096:
            # Up to the end of a page: the next one may not be there.
            path += memory.read(min(256, 4096 - (arguments[where[-1]] + len(path)) % 4096))
    path = os.fsdecode(path.split(b"\0")[0])
    if path.startswith("/"):
        return os.path.normpath(path)
    directory = AT_FDCWD if how == "path" else arguments[where[0]] & 0xFFFFFFFF
    base = os.readlink(f"/proc/{thread}/cwd" if directory == AT_FDCWD else f"/proc/{thread}/fd/{directory}")
    return os.path.normpath(os.path.join(base, path))


def at(number, verdict):
    """The rule that decides about the call of one number."""
    return lambda call: verdict if call.number == number else None


def on(number, verdict, which=lambda call: True):
    """The rule that decides about the calls from one number on, as far as they are of the kind."""
    return lambda call: verdict if call.number >= number and which(call) else None


def sent(number):
    """The rule that ends the process when one thing was sent and before any answer to it was read."""
    def rule(call):
        return "kill" if call.number > number or (call.number == number and call.name == "receive") else None
    return rule


def lost(number):
    """The rule that loses the connection on which one thing was sent, after it was sent."""
    connection = []

    def rule(call):
        if call.number == number and call.name == "send" and not connection:
            connection.append(call.path)
            return None
        return errno.ECONNRESET if call.path in connection else None
    return rule
