"""Many clients at once: durable writes, uploads beside each other, and readers of one image."""

import json
import os
import resource
import selectors
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

from harness import servers
from harness.wire import call

from . import load, processes

CLIENTS = 64
STREAMS = 8
READERS = 1000
#: Each reader leaves after so many bytes; all begin at the same place.
READ = 32 << 20
#: Members added before any are counted.
WARM = 1000
#: How much longer a sync takes on the slow disk, so that the disk here makes some 500 a second.
SLOWER_US = 1600
#: What a bare receiver takes at a time.
BLOCK = 1 << 20


def syncs(directory):
    """How often a second this disk appends 4 KiB and syncs them: the limit of a client that writes alone."""
    path, block, count = os.path.join(directory, "syncs"), b"x" * 4096, 0
    file = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        end = time.perf_counter() + 2
        while time.perf_counter() < end:
            os.write(file, block)
            os.fdatasync(file)
            count += 1
    finally:
        os.close(file)
        os.unlink(path)
    return count / 2


def slower(place):
    """The environment in which each sync takes longer."""
    library = place.dir / "slow.so"
    place.run("cc", ["cc", "-shared", "-fPIC", "-O2", "-o", library, servers.TOP / "bench" / "slow.c", "-ldl"])
    return {"LD_PRELOAD": str(library), "SLOWER_US": str(SLOWER_US)}


def slow_syncs(directory, env):
    """The disk's own rate in such an environment."""
    words = f"from measure import crowd; print(crowd.syncs({str(directory)!r}))"
    return float(subprocess.run([sys.executable, "-c", words], env=dict(os.environ, **env), check=True, capture_output=True).stdout)


def writes(server, token, scale, directory):
    """Members added by one client and by many, each write synced before its answer."""
    base = server.base

    def requests(clients, count):
        """A list for each client, on images of its own; a guest list takes a hundred."""
        body = {"name": "guests", "disk_format": "raw", "container_format": "bare", "visibility": "shared"}
        for _ in range(clients):
            images = [call(base, "POST", "/v2/images", body, token).json["id"] for _ in range(-(-count // 100))]
            yield [load.build(base, "POST", f"/v2/images/{images[number // 100]}/members", token,
                              json.dumps({"member": f"guest-{number}"}).encode()) for number in range(count)]

    out = {"syncs": syncs(directory)}
    # As of a server that has run for a while: its log has its length, and is written over.
    load.swarm(base, list(requests(1, WARM)), 200)
    for name, clients, count in (("one", 1, scale // 4), ("many", CLIENTS, max(50, scale // 16))):
        made = list(requests(clients, count))
        processes.quiet(20)
        before = processes.cpu(server.roots)
        took = load.swarm(base, made, 200)
        total = clients * count
        out[name] = {"rate": total / took, "cpu_ms": (processes.cpu(server.roots) - before) * 1000 / total}
    return out


def together(target, calls):
    """Calls a function with each of these arguments, beside each other."""
    threads = [threading.Thread(target=target, args=args) for args in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def streams(server, token, file, rounds):
    """Eight uploads beside each other."""
    base, size, values = server.base, os.path.getsize(file), []
    body = {"name": "stream", "disk_format": "raw", "container_format": "bare"}
    for _ in range(max(2, rounds // 2)):
        images = [call(base, "POST", "/v2/images", body, token).json["id"] for _ in range(STREAMS)]
        processes.quiet(20)
        processes.have_memory(STREAMS * size * 9 // 8)
        before, start = processes.cpu(server.roots), time.perf_counter()
        together(load.upload, [(base, f"/v2/images/{image}/file", token, file) for image in images])
        took, cpu = time.perf_counter() - start, processes.cpu(server.roots) - before
        values.append((STREAMS * size / cpu, STREAMS * size / took))
        for image in images:
            call(base, "DELETE", f"/v2/images/{image}", token=token)
    return {"per_cpu_s": load.median([cpu for cpu, _ in values]), "rate": load.median([rate for _, rate in values])}


def bare(file, directory, rounds):
    """The same uploads into a process that receives and writes and does nothing else: what the kernel alone takes."""
    size, values = os.path.getsize(file), []

    def take(listener, path):
        room, got = bytearray(BLOCK), 0
        sock, _ = listener.accept()
        with sock, open(path, "wb", buffering=0) as out:
            while part := sock.recv_into(room):
                out.write(memoryview(room)[:part])
                got += part
            sock.sendall(got.to_bytes(8))

    def give(address):
        with socket.create_connection(address) as sock, open(file, "rb") as source:
            sock.sendfile(source)
            sock.shutdown(socket.SHUT_WR)
            if int.from_bytes(sock.recv(8, socket.MSG_WAITALL)) != size:
                raise SystemExit("bench: the bare receiver did not get everything")

    for _ in range(max(2, rounds // 2)):
        processes.quiet(20)
        processes.have_memory(STREAMS * size * 9 // 8)
        paths = [directory / f"bare-{number}" for number in range(STREAMS)]
        with socket.create_server(("127.0.0.1", 0), backlog=STREAMS) as listener:
            child = os.fork()
            if child == 0:
                together(take, [(listener, path) for path in paths])
                os._exit(0)
            start = time.perf_counter()
            together(give, [(listener.getsockname(),)] * STREAMS)
            took = time.perf_counter() - start
            _, status, used = os.wait4(child, 0)
        for path in paths:
            path.unlink()
        if status:
            raise SystemExit("bench: the bare receiver failed")
        values.append((STREAMS * size / (used.ru_utime + used.ru_stime), STREAMS * size / took))
    return {"per_cpu_s": load.median([cpu for cpu, _ in values]), "rate": load.median([rate for _, rate in values])}


def disk_reads(pid):
    with open(f"/proc/{pid}/io") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("read_bytes:"))


def readers(server, token, file):
    """A thousand readers of one image that is not in memory: what is read from the disk, and the server's memory."""
    base, at = server.base, urllib.parse.urlsplit(server.base)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    image = call(base, "POST", "/v2/images", {"name": "read", "disk_format": "raw", "container_format": "bare"}, token).json["id"]
    load.upload(base, f"/v2/images/{image}/file", token, file)
    forget(server.home.parent)
    request = load.build(base, "GET", f"/v2/images/{image}/file", token)
    chooser, room, highest = selectors.DefaultSelector(), bytearray(1 << 18), 0.0
    pid, start = server.roots[0], time.perf_counter()
    read, before = disk_reads(pid), processes.cpu(server.roots)
    for _ in range(READERS):
        sock = socket.create_connection((at.hostname, at.port))
        sock.sendall(request)
        chooser.register(sock, selectors.EVENT_READ, [0])
    looked = time.perf_counter()
    while chooser.get_map():
        for key, _ in chooser.select():
            # On TCP, MSG_TRUNC drops the bytes in the kernel.
            part = key.fileobj.recv_into(room, len(room), socket.MSG_TRUNC)
            if part == 0:
                raise SystemExit("bench: a reader was cut off")
            key.data[0] += part
            if key.data[0] >= READ:
                chooser.unregister(key.fileobj)
                key.fileobj.close()
        if time.perf_counter() - looked > 0.5:
            highest, looked = max(highest, processes.memory(server.roots)), time.perf_counter()
    took = time.perf_counter() - start
    out = {"memory_mib": max(highest, processes.memory(server.roots)), "disk_mib": (disk_reads(pid) - read) / (1 << 20),
           "sent_mib": READERS * READ / (1 << 20), "seconds": took, "cpu_s": processes.cpu(server.roots) - before}
    call(base, "DELETE", f"/v2/images/{image}", token=token)
    return out


def forget(directory):
    """Has the kernel forget what it holds of the files below."""
    for folder, _, names in os.walk(directory):
        for name in names:
            file = os.open(os.path.join(folder, name), os.O_RDONLY)
            try:
                os.fsync(file)
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(file)
