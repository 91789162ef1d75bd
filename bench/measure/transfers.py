"""Uploads and downloads of one file, each round beside what the machine can do at most in the same seconds."""

import hashlib
import mmap
import os
import time

from harness.wire import call

from . import load, processes

#: Downloads in one figure: one alone is over before the kernel's clock has moved much.
DOWNLOADS = 4
#: Bytes that MD5, SHA-512 and an upload take in turn, and how often. A core of a virtual machine is shared: MD5, which waits for
#: itself, hardly notices, but what fills a core falls to nearly half, several times a second. Of so many short rounds a few of
#: each are undisturbed, and the fastest tell what each makes of a core of its own.
PART, TRIED = 128 << 20, 250


def create(base, token, number):
    body = {"name": f"transfer-{number}", "disk_format": "raw", "container_format": "bare"}
    return f"/v2/images/{call(base, 'POST', '/v2/images', body, token).json['id']}"


def spent(roots, work):
    """CPU seconds of a server, and what the work tells."""
    processes.quiet()
    before = processes.cpu(roots)
    told = work()
    return processes.cpu(roots) - before, told


def uploads(server, token, file, rounds):
    """One upload after the other."""
    cpu, took = [], []

    def upload(image):
        processes.have_memory(os.path.getsize(file) * 9 // 8)
        return load.upload(server.base, f"{image}/file", token, file)

    for number in range(rounds):
        image = create(server.base, token, number)
        used, seconds = spent(server.roots, lambda: upload(image))
        call(server.base, "DELETE", image, token=token)
        cpu.append(used)
        took.append(seconds)
    return {"cpu_s": load.median(cpu), "seconds": load.median(took), "best": min(took)}


def beside_digests(server, token, file):
    """Each digest of OpenSSL's alone and an upload in turn, of the same bytes: bytes per second, the fastest and the middle one."""
    rates = {"md5": [], "sha512": [], "upload": []}

    def note(name, seconds):
        rates[name].append(PART / seconds)

    with open(file, "rb") as source, mmap.mmap(source.fileno(), PART, access=mmap.ACCESS_READ) as part:
        for number in range(TRIED):
            image = create(server.base, token, number)
            processes.have_memory(PART * 9 // 8)
            note("upload", load.upload(server.base, f"{image}/file", token, file, PART))
            call(server.base, "DELETE", image, token=token)
            for digest in ("md5", "sha512"):
                begun = time.perf_counter()
                hashlib.new(digest, part, usedforsecurity=False)
                note(digest, time.perf_counter() - begun)
    return {name: {"best": max(each), "middle": load.median(each)} for name, each in rates.items()}


def downloads(server, token, file, rounds, nginx):
    """Downloads of one image, those of the same file by nginx between them."""
    size = os.path.getsize(file)
    image = create(server.base, token, "down")
    load.upload(server.base, f"{image}/file", token, file)

    def several(base, path, token):
        took = []
        for _ in range(DOWNLOADS):
            seconds, got = load.download(base, path, token)
            if got != size:
                raise SystemExit(f"bench: {got} bytes came back")
            took.append(seconds)
        return took

    # The first reading of each block is held to its sum, and noted by the kernel; many readers of an image see later ones.
    first_cpu, (first_took, _) = spent(server.roots, lambda: load.download(server.base, f"{image}/file", token))
    figures = {"first download": {"cpu_s": first_cpu, "seconds": first_took, "best": first_took}}
    told = {"download": [], "nginx": []}
    for _ in range(rounds + 1):
        told["download"].append(spent(server.roots, lambda: several(server.base, f"{image}/file", token)))
        if nginx:
            told["nginx"].append(spent(nginx.roots, lambda: several(nginx.base, "/" + os.path.basename(file), None)))
    call(server.base, "DELETE", image, token=token)
    for name, values in told.items():
        if kept := values[1:]:
            took = [seconds for _, several in kept for seconds in several]
            figures[name] = {"cpu_s": load.median([cpu for cpu, _ in kept]) / DOWNLOADS, "seconds": load.median(took), "best": min(took)}
    return figures


def measure(server, people, file, rounds, results, where, nginx=None):
    """All of it, one transfer at a time; `nginx` serves the same file from the same kind of store."""
    token = people.token("alice")
    figures = {"upload": uploads(server, token, file, rounds)} | downloads(server, token, file, rounds, nginx)
    if where == "memory":
        figures["beside digests"] = beside_digests(server, token, file)
    for name, figure in figures.items():
        results[f"{name} {where}"] = figure
        print(f"  {name} {where}: {figure}", flush=True)
