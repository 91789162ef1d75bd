"""The figures as docs/performance.md."""

from .crowd import CLIENTS, SLOWER_US

GIB = 1 << 30

#: What has to be reached, with the words for the table.
METADATA = (
    ("show", "image show"),
    ("member", "member show"),
    ("members of 10", "members of an image, 10"),
    ("members of 100", "members of an image, 100"),
    ("list", "list of 25, a user's"),
    ("list as admin", "list of 25, everything"),
    ("add member", "add member"),
)
#: Signed requests of the Chime API.
ROOMS = (
    ("first page of members", "memberships of a room of 1 000, first page of 99"),
    ("last page of members", "the same, last page"),
    ("create membership", "create membership"),
    ("delete membership", "delete membership"),
)
#: Operations of a catalog many times as large.
SCALE = (
    ("show", "image show, any image"),
    ("list", "list of 25, a user's"),
    ("page anywhere", "page of 25 of everything, from anywhere"),
    ("add member", "add member"),
)
#: CPU of one request, in milliseconds.
GOALS = {"show": 0.040, "member": 0.040, "list": 0.100, "add member": 0.060}
MARK_RATIO = 40
MARK_UPLOAD, GOAL_UPLOAD = 0.9, 0.95
MARK_STREAMS = 1.2e9
MARK_DOWNLOAD, GOAL_DOWNLOAD = 1.5, 1 / 0.9
MARK_WRITES = 20_000
MARK_SYNCS = 500
MARK_WRITES_RATIO = 50
MARK_READERS_MIB = 512
MARK_IDLE_MIB = 25
MARK_START_S = 0.05
MARK_BINARY_MB = 30
MARK_DEPTH = 1.5


def verdict(reached):
    return "reached" if reached else "**missed**"


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def head(*cells):
    return row(*cells) + "|" + "---|" * len(cells) + "\n"


def grouped(number):
    return f"{number:,}".replace(",", " ")


def goal(name, cpu_ms):
    """Whether an operation costs no more than it is meant to, where that is said."""
    return f"{verdict(cpu_ms <= GOALS[name])}: {GOALS[name]:.3f}" if name in GOALS else ""


def metadata(out):
    text = head("operation", "images", "Glance, ms", "its database, ms", "Salon, ms", "ratio", f"mark: 1/{MARK_RATIO}", "goal, ms", "Glance, median ms", "Salon, median ms")
    for count in out["images"]:
        ours, theirs = out["salon"][str(count)], out["glance"][str(count)]
        for name, words in METADATA:
            salon, glance = ours[name], theirs[name]
            ratio = (glance["cpu_ms"] + glance["database_ms"]) / salon["cpu_ms"]
            text += row(words, grouped(count), f"{glance['cpu_ms']:.2f}", f"{glance['database_ms']:.2f}", f"{salon['cpu_ms']:.3f}",
                        f"1/{ratio:.0f}", verdict(ratio >= MARK_RATIO), goal(name, salon["cpu_ms"]), f"{glance['median_ms']:.2f}", f"{salon['median_ms']:.3f}")
    return text


def databases(out):
    """The same operations with the catalog on other servers."""
    found = out["databases"]
    text = head("operation", "images", *(f"{name}: {what}" for name in found for what in ("Salon, ms", "database, ms", "median, ms")))
    for count in out["images"]:
        for name, words in METADATA:
            figures = [found[server][str(count)][name] for server in found]
            cells = (cell for figure in figures for cell in (f"{figure['cpu_ms']:.3f}", f"{figure['database_ms']:.3f}", f"{figure['median_ms']:.3f}"))
            text += row(words, grouped(count), *cells)
    for part, words in (("one", "members added by one client"), ("many", "members added by 64 clients")):
        writes = [found[server]["writes"][part] for server in found]
        text += row(words, "", *(cell for figure in writes for cell in (f"{figure['cpu_ms']:.3f}", "", f"{figure['rate']:.0f}/s")))
    return text


def rooms(out):
    text = head("signed request", "Salon, ms", "Salon, median ms")
    for name, words in ROOMS:
        figure = out["salon"]["rooms"][name]
        text += row(words, f"{figure['cpu_ms']:.3f}", f"{figure['median_ms']:.3f}")
    return text


def depths(out):
    counts = out["images"]
    parts = [name for name in out["salon"][str(counts[0])] if name.startswith("page at ")]
    text = head("page begins at", *(f"{grouped(count)} images: CPU ms, median ms" for count in counts), "CPU against the first page of the small catalog")
    base = out["salon"][str(counts[0])][parts[0]]["cpu_ms"]
    for part in parts:
        figures = [out["salon"][str(count)][part] for count in counts]
        ratio = figures[-1]["cpu_ms"] / base
        text += row(part.removeprefix("page at "), *(f"{figure['cpu_ms']:.3f}, {figure['median_ms']:.3f}" for figure in figures),
                    f"{ratio:.2f} ({verdict(ratio <= MARK_DEPTH)}: {MARK_DEPTH})")
    return text


def transfers(out):
    salon, glance = out["salon"], out["glance"]
    text = head("transfer of 1 GiB", "CPU s/GiB", "MB/s, median", "MB/s, best", "against the limit", "mark", "goal")
    beside = salon["beside digests memory"]
    for name, words in (("md5", "MD5 alone on one core (OpenSSL), 128 MiB"), ("sha512", "SHA-512 alone, the same way"), ("upload", "Salon, upload, 128 MiB, store in memory")):
        best, middle, against, mark, goal = beside[name]["best"], beside[name]["middle"], "", "", ""
        if name == "upload":
            share = best / beside["md5"]["best"]
            against = f"{share:.0%} of MD5, the fastest of each; {middle / beside['md5']['middle']:.0%} in the middle"
            mark, goal = (f"{verdict(share >= least)}: {least:.0%}" for least in (MARK_UPLOAD, GOAL_UPLOAD))
        text += row(words, "", f"{middle / 1e6:.0f}", f"{best / 1e6:.0f}", against, mark, goal)
    for name, words, peer in (("upload memory", "Salon, upload, store in memory", salon), ("upload disk", "Salon, upload, store on disk", salon),
                              ("upload disk", "Glance, upload, store on disk", glance)):
        text += row(words, *speeds(peer[name]), "", "", "")
    for where in ("memory", "disk"):
        limit = salon[f"nginx {where}"]
        text += row(f"nginx, sendfile, from {where}" + (" (cached)" if where == "disk" else ""), *speeds(limit), "", "", "")
        for name, words, peer in ((f"download {where}", f"Salon, download, store {'in' if where == 'memory' else 'on'} {where}", salon),
                                  (f"first download {where}", "Salon, the first download, each block held to its sum", salon)) + (
                                      ((f"download {where}", "Glance, download, store on disk", glance),) if where == "disk" else ()):
            figure = peer[name]
            ratio = figure["cpu_s"] / limit["cpu_s"] if limit["cpu_s"] else float("inf")
            marked = peer is salon and name.startswith("download")
            text += row(words, *speeds(figure), f"{ratio:.2f} × nginx", verdict(ratio <= MARK_DOWNLOAD) + f": {MARK_DOWNLOAD:.1f} ×" if marked else "",
                        verdict(ratio <= GOAL_DOWNLOAD) + f": {GOAL_DOWNLOAD:.2f} ×" if marked else "")
    return text


def speeds(figure):
    return f"{figure['cpu_s']:.3f}", f"{GIB / figure['seconds'] / 1e6:.0f}", f"{GIB / figure['best'] / 1e6:.0f}"


def crowd(out):
    """Many clients at once."""
    salon = out["salon"]
    streams, bare, readers = (salon[part] for part in ("streams", "bare", "readers"))
    text = head("many at once", "figure", "mark")
    for part, disk in (("writes", "the disk's own rate"), ("slow writes", "the same on a slow disk")):
        writes, where = salon[part], ", on the slow disk" if part == "slow writes" else ""
        one, many = writes["one"], writes["many"]
        ratio = many["rate"] / one["rate"]
        text += row(f"4 KiB appended and synced by one process: {disk}", f"{writes['syncs']:.0f}/s", "")
        text += row(f"members added by one client{where}", f"{one['rate']:.0f}/s, {one['cpu_ms']:.3f} ms CPU each", "")
        reached = many["rate"] >= MARK_WRITES or writes["syncs"] < MARK_SYNCS
        text += row(f"members added by {CLIENTS} clients{where}", f"{many['rate']:.0f}/s, {many['cpu_ms']:.3f} ms CPU each, {ratio:.1f} × one client",
                    f"{verdict(reached)}: {grouped(MARK_WRITES)}/s where the disk syncs {MARK_SYNCS}/s; "
                    f"{verdict(ratio >= MARK_WRITES_RATIO)}: {MARK_WRITES_RATIO} ×")
    text += row("8 uploads of 1 GiB beside each other, in memory", f"{streams['per_cpu_s'] / 1e9:.2f} GB per CPU s, {streams['rate'] / 1e6:.0f} MB/s",
                f"{verdict(streams['per_cpu_s'] >= MARK_STREAMS)}: {MARK_STREAMS / 1e9} GB per CPU s")
    text += row("the same into a process that receives and writes, and makes no digest",
                f"{bare['per_cpu_s'] / 1e9:.2f} GB per CPU s, {bare['rate'] / 1e6:.0f} MB/s", "")
    text += row("1 000 readers of one image that is not in memory, 32 MiB each",
                f"{readers['sent_mib'] / readers['seconds']:.0f} MiB/s, {readers['disk_mib']:.0f} MiB read from the disk, {readers['memory_mib']:.0f} MiB of memory",
                f"{verdict(readers['memory_mib'] < MARK_READERS_MIB)}: {MARK_READERS_MIB} MiB")
    return text


def scale(out):
    """What size alone costs."""
    found = out["salon"].get("scale")
    if not found:
        return "Left out of this run.\n"
    small, large = found.values()
    text = head("", "1 000 images: CPU ms, p99 ms", f"{grouped(int(list(found)[1]) * 1000)} images, 10 members each: CPU ms, p99 ms", "CPU ratio", f"mark: {MARK_DEPTH}")
    for name, words in SCALE:
        ratio = large[name]["cpu_ms"] / small[name]["cpu_ms"]
        text += row(words, *(f"{part[name]['cpu_ms']:.3f}, {part[name]['p99_ms']:.2f}" for part in (small, large)), f"{ratio:.2f}", verdict(ratio <= MARK_DEPTH))
    ratio = large["start_s"] / small["start_s"]
    text += row("start until it answers, ms", *(f"{part['start_s'] * 1000:.0f}" for part in (small, large)), f"{ratio:.2f}", verdict(ratio <= MARK_DEPTH))
    return text + row("memory after the load, MiB", *(f"{part['loaded_mib']:.0f}" for part in (small, large)), "", "")


def rest(out):
    first = str(out["images"][0])
    salon, glance = out["salon"][first], out["glance"][first]
    text = head("", "Glance", "Salon", "mark")
    text += row("start until it answers, ms", f"{glance['start_s'] * 1000:.0f} (with its database set up)", f"{salon['start_s'] * 1000:.0f}",
                f"{verdict(salon['start_s'] < MARK_START_S)}: {MARK_START_S * 1000:.0f}")
    text += row("idle memory, MiB", f"{glance['idle_mib']:.0f}", f"{salon['idle_mib']:.1f}",
                f"{verdict(salon['idle_mib'] < MARK_IDLE_MIB)}: {MARK_IDLE_MIB}")
    size = out["salon"]["binary_mib"] * (1 << 20) / 1e6
    text += row("binary, MB", "", f"{size:.1f}", f"{verdict(size < MARK_BINARY_MB)}: {MARK_BINARY_MB}")
    text += row("memory after the load, MiB", f"{glance['loaded_mib']:.0f}", f"{salon['loaded_mib']:.1f}", "")
    return text


def markdown(out):
    machine = out["machine"]
    figures = [figure for part in (*map(str, out["images"]), "rooms") for figure in out["salon"][part].values()]
    foreign = max(figure["foreign"] for figure in figures if isinstance(figure, dict))
    return f"""# Performance

Written by `bench/run`; do not edit. One run, {out['at']}, at {machine['salon']}, everything on one machine:
{machine['processor']}, {machine['cores']} cores, {machine['memory']}, Linux {machine['kernel']}, {machine['openssl']}, {machine['nginx']}.

## Method

CPU is what the processes of the server used, user and system, by `/proc` before and after a fixed number of requests, divided by
that number; so the work of the client, which runs on the same machine, does not count. Medians are as the client sees them, its own work
included. Other processes took at most {foreign:.0%} of the machine while a figure of Salon was taken.

Salon is the release build as it comes: SQLite with full sync, its own identity, files. Glance 33 runs under uWSGI (2 processes of 4 threads,
a connection for each request, as uWSGI's HTTP socket has it), with PostgreSQL (which does not sync in this set-up, to its advantage) and a real Keystone,
whose tokens it keeps in memory; Keystone's own work is not counted. Salon's database is part of its process and of its figures, so the
ratio adds the two figures of Glance. Both hold the same images: a tenth each alice's and bob's projects', the rest 200 others'; 70 % shared,
27 % private, 2 % public, 1 % community; three properties and a tag each.

A transfer is one at a time. The client sends from memory by `sendfile` and throws away what it receives in the kernel. Each upload makes both
digests, MD5 and SHA-512, looks at the format, and syncs before it is answered. "In memory" means that the store is on tmpfs, so that
the disk of the machine does not hide the server. Before an upload the kernel touches as much memory as that will
take: a host gives memory that it has taken back from a virtual machine more slowly than a server can fill it. An upload is held to what MD5 alone makes of the same bytes on one core. The cores of a virtual machine
have other guests at times, several a second: MD5 hardly notices, but what fills a core, SHA-512 or both digests at once, falls to nearly half. So
128 MiB go through MD5, SHA-512 and an upload in turn, 250 times, and the fastest of each are compared, as what each makes of a core of its
own; the middle ones, with what the other guests took, stand beside them. Four downloads are one figure, those by nginx between those by Salon.

## CPU per request

{metadata(out)}
## PostgreSQL and MariaDB

The same with the catalog on a server beside Salon, which has a commit on disk before it answers; its work is measured apart.

{databases(out)}
## Chat rooms

The Chime API, each request with a signature of its own or, for reads, one that is repeated; the signature's check is part of each figure.
A single membership is one transaction with full sync.

{rooms(out)}
## Pages of a long list

{depths(out)}
## Transfers

{transfers(out)}
## Many clients at once

Every write is synced before its answer; the 64 clients and the server share the cores. The slow disk is the same one, with {SLOWER_US / 1000} ms
more for each sync (`bench/slow.c`, preloaded into the server). The readers begin together, after the kernel has forgotten the file.

{crowd(out)}
## Size

The small catalog, and every image of it copied until there are as many as said, with statistics as a running server has them.

{scale(out)}
## Start and memory

{rest(out)}"""
