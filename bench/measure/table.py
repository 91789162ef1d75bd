"""The figures as docs/performance.md."""

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
MARK_RATIO = 40
MARK_UPLOAD = 0.90
MARK_DOWNLOAD = 1.5
MARK_IDLE_MIB = 40
MARK_START_S = 0.1
MARK_DEPTH = 1.5


def verdict(reached):
    return "reached" if reached else "**missed**"


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def head(*cells):
    return row(*cells) + "|" + "---|" * len(cells) + "\n"


def grouped(number):
    return f"{number:,}".replace(",", " ")


def metadata(out):
    text = head("operation", "images", "Glance, ms", "its database, ms", "Salon, ms", "ratio", f"mark: 1/{MARK_RATIO}", "Glance, median ms", "Salon, median ms")
    for count in out["images"]:
        ours, theirs = out["salon"][str(count)], out["glance"][str(count)]
        for name, words in METADATA:
            salon, glance = ours[name], theirs[name]
            ratio = glance["cpu_ms"] / salon["cpu_ms"]
            text += row(words, grouped(count), f"{glance['cpu_ms']:.2f}", f"{glance['database_ms']:.2f}", f"{salon['cpu_ms']:.3f}",
                        f"1/{ratio:.0f}", verdict(ratio >= MARK_RATIO), f"{glance['median_ms']:.2f}", f"{salon['median_ms']:.3f}")
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
    salon, glance, md5, nginx = out["salon"], out["glance"], out["md5"], out["nginx"]
    text = head("transfer of 1 GiB", "CPU s/GiB", "MB/s, median", "MB/s, best", "against the limit", "mark")
    text += row("MD5 alone on one core (OpenSSL)", f"{GIB / md5:.2f}", f"{md5 / 1e6:.0f}", f"{md5 / 1e6:.0f}", "", "")
    for name, words, peer in (("upload memory", "Salon, upload, store in memory", salon), ("upload disk", "Salon, upload, store on disk", salon),
                              ("upload disk", "Glance, upload, store on disk", glance)):
        figure = peer[name]
        rate = GIB / figure["seconds"]
        mark = verdict(rate >= MARK_UPLOAD * md5) + f": {MARK_UPLOAD:.0%}" if name == "upload memory" else ""
        text += row(words, f"{figure['cpu_s']:.2f}", f"{rate / 1e6:.0f}", f"{GIB / figure['best'] / 1e6:.0f}", f"{rate / md5:.0%} of MD5", mark)
    for words, figure in (("nginx, sendfile, from memory", nginx), ("nginx, sendfile, from disk (cached)", out["nginx disk"])):
        text += row(words, f"{figure['cpu_s']:.3f}", f"{GIB / figure['seconds'] / 1e6:.0f}", "", "", "")
    for name, words, peer in (("download memory", "Salon, download, store in memory", salon), ("download disk", "Salon, download, store on disk", salon),
                              ("download disk", "Glance, download, store on disk", glance)):
        figure = peer[name]
        limit = nginx if name == "download memory" else out["nginx disk"]
        ratio = figure["cpu_s"] / limit["cpu_s"] if limit["cpu_s"] else float("inf")
        mark = verdict(ratio <= MARK_DOWNLOAD) + f": {MARK_DOWNLOAD} ×" if peer is salon else ""
        text += row(words, f"{figure['cpu_s']:.3f}", f"{GIB / figure['seconds'] / 1e6:.0f}", f"{GIB / figure['best'] / 1e6:.0f}",
                    f"{ratio:.1f} × nginx", mark)
    return text


def rest(out):
    first = str(out["images"][0])
    salon, glance = out["salon"][first], out["glance"][first]
    text = head("", "Glance", "Salon", "mark")
    text += row("start until it answers, ms", f"{glance['start_s'] * 1000:.0f} (with its database set up)", f"{salon['start_s'] * 1000:.0f}",
                f"{verdict(salon['start_s'] < MARK_START_S)}: {MARK_START_S * 1000:.0f}")
    text += row("idle memory, MiB", f"{glance['idle_mib']:.0f}", f"{salon['idle_mib']:.1f}",
                f"{verdict(salon['idle_mib'] < MARK_IDLE_MIB)}: {MARK_IDLE_MIB}")
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
whose tokens it keeps in memory; Keystone's own work is not counted. Both hold the same images: a tenth each alice's and bob's projects', the rest 200 others'; 70 % shared,
27 % private, 2 % public, 1 % community; three properties and a tag each.

A transfer is one at a time. The client sends from memory by `sendfile` and throws away what it receives in the kernel. Each upload makes both
digests, MD5 and SHA-512, looks at the format, and syncs before it is answered. "In memory" means that the store is on tmpfs, so that the
disk of the machine does not hide the server.

## CPU per request

{metadata(out)}
## Chat rooms

The Chime API, each request with a signature of its own or, for reads, one that is repeated; the signature's check is part of each figure.
A single membership is one transaction with full sync.

{rooms(out)}
## Pages of a long list

{depths(out)}
## Transfers

{transfers(out)}
## Start and memory

{rest(out)}"""
