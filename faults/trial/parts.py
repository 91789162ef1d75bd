"""Part of a call: the gate writes, or reads, some of the bytes in the place of the process, and decides what it hears of it.

The kernel may do so with every call, a disk that goes or fills up does so in the middle of a long one. Where the part
ends depends on the number of the call alone, so that a point is the same when it is tried again."""

import errno
import os
import struct

#: By number on x86-64, what is asked for here: whether bytes go out, whether there is a list of buffers, which argument is the
#: offset, and which the flags.
BUFFERS = {
    1: (True, False, None, None), 18: (True, False, 3, None), 20: (True, True, None, None), 296: (True, True, 3, None),
    328: (True, True, 3, 5), 0: (False, False, None, None), 17: (False, False, 3, None), 19: (False, True, None, None),
    295: (False, True, 3, None), 327: (False, True, 3, 5),
}
SYS_SENDFILE = 40
#: Those of them that write to files, and those that read them, by name.
WRITES = ("write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile")
READS = ("read", "pread64", "readv", "preadv", "preadv2", "sendfile")
#: What a gate's rule may say: part of it and then the end, or an error; or nothing but the number of bytes.
VERDICTS = ("torn", "half", "short")
#: No call moves more than this here.
MOST = 64 << 20


def carry_out(gate, thread, number, arguments, call, verdict):
    """Does a part of a held call: what it is answered with ("kill", an errno, or None) and its result. None when it has
    no parts: it is for less than two bytes, or not for those a part of which can be had."""
    if number != SYS_SENDFILE and number not in BUFFERS:
        return None
    try:
        with open(f"/proc/{thread}/mem", "r+b", buffering=0) as memory:
            done = _sendfile(gate, memory, arguments, call) if number == SYS_SENDFILE else _buffers(gate, memory, number, arguments, call)
    except OSError:
        return None
    if not done:
        return None
    return {"torn": ("kill", 0), "half": (errno.EIO, 0), "short": (None, done)}[verdict]


def _cut(call, size):
    """Where the part ends: behind the first byte, before the last one."""
    return 1 + call.number * 40503 % (size - 1) if size > 1 else 0


def _at(memory, address, size):
    memory.seek(address)
    found = memory.read(size)
    if len(found) != size:
        raise OSError(errno.EFAULT, "memory")
    return found


def _buffers(gate, memory, number, arguments, call):
    out, many, offset, flags = BUFFERS[number]
    pieces = [(arguments[1], arguments[2])]
    if many:
        pieces = list(struct.iter_unpack("=QQ", _at(memory, arguments[1], 16 * arguments[2])))
    part = _cut(call, min(sum(size for _, size in pieces), MOST))
    if not part:
        return 0
    place = -1 if offset is None else struct.unpack("=q", struct.pack("=Q", arguments[offset]))[0]
    flags = arguments[flags] & 0xFFFFFFFF if flags else 0
    chosen, left = [], part
    for address, size in pieces:
        chosen.append((address, min(size, left)))
        left -= chosen[-1][1]
    file = gate.take(arguments[0] & 0xFFFFFFFF)
    try:
        if out:
            bytes_ = b"".join(_at(memory, address, size) for address, size in chosen if size)
            return os.write(file, bytes_) if place < 0 else os.pwritev(file, [bytes_], place, flags)
        room = bytearray(part)
        done = os.readv(file, [room]) if place < 0 else os.preadv(file, [room], place, flags)
        from_ = 0
        for address, size in chosen:
            here = room[from_:min(from_ + size, done)]
            memory.seek(address)
            if here and memory.write(here) != len(here):
                raise OSError(errno.EFAULT, "memory")
            from_ += size
        return done
    finally:
        os.close(file)


def _sendfile(gate, memory, arguments, call):
    part = _cut(call, min(arguments[3], MOST))
    if not part:
        return 0
    place = struct.unpack("=q", _at(memory, arguments[2], 8))[0] if arguments[2] else None
    to = gate.take(arguments[0] & 0xFFFFFFFF)
    try:
        from_ = gate.take(arguments[1] & 0xFFFFFFFF)
        try:
            done = os.sendfile(to, from_, place, part)
        finally:
            os.close(from_)
    finally:
        os.close(to)
    if place is not None:
        memory.seek(arguments[2])
        memory.write(struct.pack("=q", place + done))
    return done
