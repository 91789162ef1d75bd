"""A process whose system calls on files pass a gate: counted, let through, failed, or the end of the process.

The kernel holds each such call (seccomp, user notification) until the gate has decided, on static binaries and whatever
thread makes it. So calls are numbered in the one order in which they happened, each family of them for itself, and only those
on files below one directory count: sockets, pipes and logs pass, but where they are made. The other kind of gate is between a
process and its database server: what it sends there is numbered, and what it receives has the number of what was sent last.
"""

import collections
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

from . import parts

LIBC = ctypes.CDLL(None, use_errno=True)
SYS_SECCOMP, SET_MODE_FILTER, NEW_LISTENER = 317, 1, 1 << 3
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
RECEIVE, ANSWER, CONTINUE = 0xC0502100, 0xC0182101, 1
AT_FDCWD = 0xFFFFFF9C
CHANGES = os.O_CREAT | os.O_TRUNC | (os.O_TMPFILE & ~os.O_DIRECTORY)

#: Numbers on x86-64: name, and where the file is: ("fd", argument), ("path", argument), ("at", directory, path), ("none",) for
#: what is no file, ("peer", argument) for a connection to the database server.
OPENS = {2: ("open", "path", 0), 85: ("creat", "path", 0), 257: ("openat", "at", 0, 1), 437: ("openat2", "at", 0, 1)}
WRITES = {
    1: ("write", "fd", 0), 18: ("pwrite64", "fd", 0), 20: ("writev", "fd", 0), 296: ("pwritev", "fd", 0), 328: ("pwritev2", "fd", 0),
    285: ("fallocate", "fd", 0), 326: ("copy_file_range", "fd", 2), 40: ("sendfile", "fd", 0),
}
NAMES = {
    82: ("rename", "path", 1), 264: ("renameat", "at", 2, 3), 316: ("renameat2", "at", 2, 3),
    86: ("link", "path", 1), 265: ("linkat", "at", 2, 3), 87: ("unlink", "path", 0), 263: ("unlinkat", "at", 0, 1),
    83: ("mkdir", "path", 0), 258: ("mkdirat", "at", 0, 1), 84: ("rmdir", "path", 0),
}
SIZES = {74: ("fsync", "fd", 0), 75: ("fdatasync", "fd", 0), 77: ("ftruncate", "fd", 0), 76: ("truncate", "path", 0)}
#: What makes descriptors beside opening. Those with a number of the caller's (dup2, dup3) find it free or make it so.
MAKES = {number: (name, "none") for number, name in {
    41: "socket", 53: "socketpair", 43: "accept", 288: "accept4", 284: "eventfd", 290: "eventfd2", 319: "memfd_create",
    22: "pipe", 293: "pipe2", 213: "epoll_create", 291: "epoll_create1", 32: "dup"}.items()}
READS = {0: ("read", "fd", 0), 17: ("pread64", "fd", 0), 19: ("readv", "fd", 0), 295: ("preadv", "fd", 0), 327: ("preadv2", "fd", 0),
         40: ("sendfile", "fd", 1), 217: ("getdents64", "fd", 0)}
SYS_MMAP, MAP_ANONYMOUS = 9, 0x20
#: Files that are mapped: SQLite's index of its log. What the allocator maps is no file, and never held.
MAPS = {SYS_MMAP: ("mmap", "fd", 4)}
#: What goes to a database server and comes from it.
TALK = {44: ("send", "peer", 0), 46: ("send", "peer", 0), 1: ("send", "peer", 0), 20: ("send", "peer", 0),
        45: ("receive", "peer", 0), 47: ("receive", "peer", 0), 0: ("receive", "peer", 0), 19: ("receive", "peer", 0)}
#: The families: what changes files, what makes descriptors, what needs the kernel's memory, what reads files.
ON_FILES = {
    "change": OPENS | WRITES | NAMES | SIZES, "descriptor": OPENS | MAKES, "memory": OPENS | MAKES | WRITES | NAMES | MAPS, "read": READS,
}
ON_TALK = {"change": TALK, "descriptor": OPENS | MAKES}
SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438
SYNCS = ("fsync", "fdatasync")
#: Calls that need no room: a full disk does not fail them.
ROOMLESS = ("unlink", "unlinkat", "rmdir", "ftruncate", "truncate")


def _program(numbers):
    """The filter: those numbers go to the gate, everything else is allowed."""
    def step(code, jump_true, jump_false, value):
        return struct.pack("=HBBI", code, jump_true, jump_false, value)
    load, equal, any_of, answer, first = 0x20, 0x15, 0x45, 0x06, 3
    numbers = sorted(set(numbers) - {SYS_MMAP})
    mapping = first + len(numbers)
    allow, hold = mapping + 3, mapping + 4
    # Another architecture's numbers mean other calls: allowed, and none is ever made.
    steps = [step(load, 0, 0, 4), step(equal, 0, allow - 2, 0xC000003E), step(load, 0, 0, 0)]
    steps += [step(equal, hold - first - at - 1, 0, number) for at, number in enumerate(numbers)]
    # The flags are the fourth argument.
    steps += [step(equal, 0, allow - mapping - 1, SYS_MMAP), step(load, 0, 0, 16 + 3 * 8), step(any_of, 0, 1, MAP_ANONYMOUS)]
    return b"".join(steps + [step(answer, 0, 0, 0x7FFF0000), step(answer, 0, 0, 0x7FC00000)]), len(steps) + 2


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
    """One held call, as one of a family."""

    def __init__(self, family, number, name, path):
        self.family, self.number, self.name, self.path = family, number, name, path

    def __str__(self):
        return f"{self.number}:{self.name} {os.path.basename(self.path)}"


class Gate:
    """A process behind the gate. `rule`, when set, is asked about each call on files below `root`, or, with a `port`,
    about what is said to the server there, and about what makes descriptors: None lets it pass, an errno fails it, "kill" ends
    the process before the call takes effect, and parts.VERDICTS after some of it."""

    #: Python forks with other threads about: one at a time, so that none inherits another's descriptors.
    starting = threading.Lock()

    def __init__(self, command, root, rule=None, port=None, **popen):
        if platform.machine() != "x86_64":
            raise SystemExit("faults: the numbers of system calls are known for x86-64 only")
        self.root, self.rule, self.counts, self.hit, self.refused = os.path.realpath(root), rule, collections.Counter(), None, 0
        #: Set when a call was not let through.
        self.struck = threading.Event()
        self.port, self.families, self.peers = port, ON_TALK if port else ON_FILES, {}
        self.lock = threading.Lock()
        filter_, steps = _program(number for calls in self.families.values() for number in calls)
        with Gate.starting, open(os.devnull, "rb") as place:
            place = place.fileno()
            self.process = subprocess.Popen(command, preexec_fn=lambda: _install(place, filter_, steps), pass_fds=[place],
                                            start_new_session=True, **popen)
            self.listener = self.take(place)
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def arm(self, rule):
        """From now on `rule` decides; calls are counted from 1."""
        with self.lock:
            self.rule, self.counts, self.hit, self.refused = rule, collections.Counter(), None, 0
            self.struck.clear()

    def disarm(self):
        """Lets everything pass; how many changing calls there were, and the first call that was not let through."""
        with self.lock:
            self.rule = None
            return self.count, self.hit

    @property
    def count(self):
        """How many calls changed something."""
        return self.counts["change"]

    def spent(self):
        """Seconds of processor that the process has used."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

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
        verdict, result = None, None
        with self.lock:
            if self.rule is not None:
                for call in self._calls(thread, nr, arguments):
                    verdict = self.rule(call)
                    if verdict in parts.VERDICTS:
                        verdict, result = parts.carry_out(self, thread, nr, arguments, call, verdict) or (None, None)
                    if verdict is not None or result is not None:
                        self.refused += 1
                        self.hit = self.hit or call
                        self.struck.set()
                        break
        if verdict == "kill":
            self.process.kill()
            return
        decided = verdict is not None or result is not None
        answer = struct.pack("=QqiI", key, result or 0, -verdict if verdict else 0, 0 if decided else CONTINUE)
        try:
            fcntl.ioctl(self.listener, ANSWER, answer)
        except OSError as error:
            # It was killed meanwhile.
            if error.errno not in (errno.ENOENT, errno.EINPROGRESS):
                raise

    def _calls(self, thread, nr, arguments):
        """What a held call is in each of its families, with its number there."""
        for family, calls in self.families.items():
            if nr not in calls:
                continue
            name, how, *where = calls[nr]
            try:
                path = self._peer(thread, arguments[where[0]]) if how == "peer" else _path(thread, how, [arguments[at] for at in where])
                if family == "change" and nr in OPENS and not _may_change(thread, name, arguments):
                    continue
            except OSError:
                continue
            if path and (how in ("peer", "none") or path == self.root or path.startswith(self.root + "/")):
                self.counts[family] += name != "receive"
                yield Call(family, self.counts[family], name, path)

    def take(self, fd):
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
            with socket.socket(fileno=self.take(fd)) as there:
                try:
                    to = there.getpeername()
                except OSError:
                    # Not connected yet.
                    return None
            self.peers[name] = isinstance(to, tuple) and to[1] == self.port
        return name if self.peers[name] else None


def _may_change(thread, name, arguments):
    """Whether opening may change something."""
    flags = arguments[2] if name == "openat" else arguments[1]
    if name == "openat2":
        with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
            memory.seek(arguments[2])
            flags = struct.unpack("=Q", memory.read(8))[0]
    return name == "creat" or flags & CHANGES


def _path(thread, how, where):
    """The file a call is about."""
    if how == "none":
        return "-"
    if how == "fd":
        return os.readlink(f"/proc/{thread}/fd/{where[0] & 0xFFFFFFFF}")
    with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
        memory.seek(where[-1])
        path = b""
        while b"\0" not in path and len(path) < 4096:
            # Up to the end of a page: the next one may not be there.
            path += memory.read(min(256, 4096 - (where[-1] + len(path)) % 4096))
    path = os.fsdecode(path.split(b"\0")[0])
    if path.startswith("/"):
        return os.path.normpath(path)
    directory = AT_FDCWD if how == "path" else where[0] & 0xFFFFFFFF
    base = os.readlink(f"/proc/{thread}/cwd" if directory == AT_FDCWD else f"/proc/{thread}/fd/{directory}")
    return os.path.normpath(os.path.join(base, path))


def at(number, verdict, family="change"):
    """The rule that decides about the call of one number."""
    return lambda call: verdict if call.number == number and call.family == family else None


def on(number, verdict, which=lambda call: True, family="change"):
    """The rule that decides about the calls of a family from one number on, as far as they are of the kind."""
    return lambda call: verdict if call.number >= number and call.family == family and which(call) else None


def sent(number):
    """The rule that ends the process when one thing was sent and before any answer to it was read."""
    def rule(call):
        past = call.number > number or (call.number == number and call.name == "receive")
        return "kill" if past and call.family == "change" else None
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
