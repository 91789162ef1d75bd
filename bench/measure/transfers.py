"""Uploads and downloads of one file, each round beside what the machine can do at most in the same seconds."""

import os
import re
import subprocess

from harness.wire import call

from . import load, processes

#: Downloads in one figure: one alone is over before the kernel's clock has moved much.
DOWNLOADS = 4
#: OpenSSL's SHA-512 on a core that is nobody else's makes at least so much of its MD5. MD5 waits for itself and leaves most of a core idle; SHA-512
#: does not, and tells when another guest of the same hardware works on the other half of the core.
UNDISTURBED = 0.85
#: Uploads with an undisturbed core that are wanted, and how many are tried for them.
WANTED, TRIED = 5, 40


def alone(digest):
    """Bytes per second of OpenSSL's digest on one core, over a second."""
    said = subprocess.run(["openssl", "speed", "-seconds", "1", "-bytes", "1048576", "-evp", digest], capture_output=True, text=True, check=True)
    return float(re.search(r"([\d.]+)k\s*$", said.stdout.strip())[1]) * 1000


def limits():
    """MD5 and SHA-512, each alone, now."""
    return alone("md5"), alone("sha512")


def create(base, token, number):
    body = {"name": f"transfer-{number}", "disk_format": "raw", "container_format": "bare"}
    return f"/v2/images/{call(base, 'POST', '/v2/images', body, token).json['id']}"


def spent(roots, work):
    """CPU seconds of a server, and what the work tells."""
    processes.quiet()
    before = processes.cpu(roots)
    told = work()
    return processes.cpu(roots) - before, told


def uploads(server, token, file, rounds, wanted):
    """One upload after the other, MD5 and SHA-512 alone between them; more than the rounds, if so many undisturbed ones are wanted."""
    size, all_rounds = os.path.getsize(file), []
    before = limits()
    for number in range(TRIED if wanted else rounds):
        image = create(server.base, token, number)
        cpu, took = spent(server.roots, lambda: load.upload(server.base, f"{image}/file", token, file))
        call(server.base, "DELETE", image, token=token)
        after = limits()
        md5 = (before[0] + after[0]) / 2
        own = all(sha512 >= UNDISTURBED * md5 for md5, sha512 in (before, after))
        all_rounds.append({"cpu_s": cpu, "seconds": took, "md5": md5, "sha512": (before[1] + after[1]) / 2, "share": size / took / md5, "own": own})
        before = after
        if len(all_rounds) >= rounds and sum(one["own"] for one in all_rounds) >= wanted:
            break
    own = [one for one in all_rounds if one["own"]]
    middle = lambda rounds, name: load.median([one[name] for one in rounds])
    return {
        "cpu_s": middle(own or all_rounds, "cpu_s"), "seconds": middle(own or all_rounds, "seconds"), "best": min(one["seconds"] for one in all_rounds),
        "share": middle(own, "share") if own else None, "share of all": middle(all_rounds, "share"), "own": len(own), "rounds": len(all_rounds),
        "md5": middle(own or all_rounds, "md5"), "md5 best": max(one["md5"] for one in all_rounds), "sha512": middle(own or all_rounds, "sha512"),
    }


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
    figures = {"upload": uploads(server, token, file, rounds, WANTED if where == "memory" else 0)} | downloads(server, token, file, rounds, nginx)
    for name, figure in figures.items():
        results[f"{name} {where}"] = figure
        print(f"  {name} {where}: {figure}", flush=True)
