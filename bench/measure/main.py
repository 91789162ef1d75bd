"""Runs everything and writes the table."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import time

from harness import servers
from harness.wire import call

from . import crowd, data, databases, load, peers, processes, rooms, scale, table, transfers

GIB = 1 << 30
#: The fixed images that members are measured on.
TEN, MANY, FREE = (f"00000000-0000-4000-8000-{number:012d}" for number in (1, 2, 3))
PAGE = 25


def say(words):
    print(words, flush=True)


class Meter:
    """One figure: CPU per request of the server and of its database, and how long a request took."""

    def __init__(self, server, results):
        self.server, self.results = server, results

    def requests(self, name, requests, connections, expect=200, warm=0):
        requests = list(requests)
        load.run(self.server.base, requests[:warm], connections, expect)
        rest = requests[warm:]
        processes.quiet()
        before, base = processes.cpu(self.server.roots), processes.cpu(self.server.database)
        busy, start = processes.busy(), time.perf_counter()
        own = os.times()
        took = load.run(self.server.base, rest, connections, expect)
        mine = sum(os.times()[:2]) - sum(own[:2])
        cpu, database = processes.cpu(self.server.roots) - before, processes.cpu(self.server.database) - base
        wall, others = time.perf_counter() - start, processes.busy() - busy - mine
        figure = {
            "cpu_ms": cpu * 1000 / len(rest), "database_ms": database * 1000 / len(rest), "median_ms": load.median(took) * 1000,
            "p99_ms": load.p99(took) * 1000, "requests": len(rest), "foreign": max(0.0, others - cpu - database) / wall / os.cpu_count(),
        }
        self.results[name] = figure
        say(f"  {name}: {figure['cpu_ms']:.3f} ms CPU (+ {figure['database_ms']:.3f} database), median {figure['median_ms']:.3f} ms, "
            f"others {figure['foreign']:.0%}")


def project(people, name):
    """The id of the project that a user acts for."""
    return people.login(name)[1]["project"]["id"]


def set_up_members(base, token):
    """The fixed images and their guest lists."""
    for number, image in enumerate((TEN, MANY, FREE)):
        call(base, "POST", "/v2/images", {"id": image, "name": f"fixed-{number}", "disk_format": "raw", "container_format": "bare",
                                          "visibility": "shared"}, token)
    for image, count in ((TEN, 10), (MANY, 100)):
        bodies = (json.dumps({"member": f"member-{number}"}).encode() for number in range(count))
        load.run(base, (load.build(base, "POST", f"/v2/images/{image}/members", token, body) for body in bodies), 4, 200)


def metadata(server, people, many, scale, results, members):
    """Every metadata operation. `scale` is how many requests a cheap one gets."""
    meter, base = Meter(server, results), server.base
    alice, admin = people.token("alice"), people.token("admin")

    def get(path, count, token=alice):
        return [load.build(base, "GET", path, token)] * count

    few = max(40, scale // 2)
    meter.requests("show", get(f"/v2/images/{TEN}", scale), 4, warm=scale // 10)
    meter.requests("member", get(f"/v2/images/{TEN}/members/member-3", scale), 4, warm=scale // 10)
    meter.requests("members of 10", get(f"/v2/images/{TEN}/members", scale), 4, warm=scale // 10)
    meter.requests("members of 100", get(f"/v2/images/{MANY}/members", few), 4, warm=few // 10)
    meter.requests("list", get(f"/v2/images?limit={PAGE}", few), 4, warm=few // 10)
    meter.requests("list as admin", get(f"/v2/images?limit={PAGE}", few, admin), 4, warm=few // 10)
    if members:
        bodies = [json.dumps({"member": f"guest-{number}"}).encode() for number in range(scale + scale // 10)]
        # A list of a hundred guests each, as the quota would have it.
        own = project(people, "alice")
        images = [image["id"] for image in many if image["visibility"] == "shared" and image["owner"] == own]
        requests = [load.build(base, "POST", f"/v2/images/{images[number // 100 % len(images)]}/members", alice, body)
                    for number, body in enumerate(bodies)]
        meter.requests("add member", requests, 4, warm=scale // 10)


def depth(server, people, scale, results):
    """Pages at several depths of the whole list, by marker."""
    base, token, ids, path = server.base, people.token("admin"), [], "/v2/images?limit=1000"
    while path:
        page = call(base, "GET", path, token=token).json
        ids += [image["id"] for image in page["images"]]
        path = page.get("next")
    meter = Meter(server, results)
    for part in (0.0, 0.25, 0.5, 0.75, 0.99):
        marker = f"&marker={ids[int(len(ids) * part)]}" if part else ""
        request = load.build(base, "GET", f"/v2/images?limit={PAGE}{marker}", token)
        meter.requests(f"page at {part:.0%}", [request] * (scale // 2), 1, warm=scale // 20)
    results["listed"] = len(ids)


def measure_salon(place, directories, file, options, out):
    for count in options.images:
        say(f"Salon, {count} images")
        salon = peers.Salon(place, f"salon-{count}", directories["disk"] / f"salon-{count}")
        first = salon.start()
        if count == options.images[0]:
            out["first start_s"] = first
        people = salon.people()
        many = list(data.images(count, project(people, "alice"), project(people, "bob")))
        data.into_salon(salon.base, people.token("admin"), many)
        set_up_members(salon.base, people.token("alice"))
        salon.stop()
        data.activate_in_salon(salon.home / "data" / "salon.db")
        starts = []
        for _ in range(7):
            starts.append(salon.start())
            salon.stop()
        salon.start()
        results = out.setdefault(str(count), {})
        results["start_s"], results["idle_mib"] = load.median(starts), processes.memory(salon.roots)
        say(f"  start {results['start_s'] * 1000:.0f} ms, idle {results['idle_mib']:.1f} MiB")
        metadata(salon, people, many, options.requests, results, True)
        depth(salon, people, options.requests, results)
        if count == options.images[0]:
            rooms.measure(Meter(salon, out.setdefault("rooms", {})), options.requests)
            copy = directories["disk"] / "data"
            shutil.copy(file, copy)
            transfers.measure(salon, people, file, options.rounds, out, "disk", peers.Nginx(place, "disk", directories["disk"]))
            copy.unlink()
            out["writes"] = crowd.writes(salon, people.token("alice"), options.requests, directories["disk"])
            out["readers"] = crowd.readers(salon, people.token("alice"), file)
        results["loaded_mib"] = processes.memory(salon.roots)
        salon.stop()
    slower = crowd.slower(place)
    salon = peers.Salon(place, "salon-slow", directories["disk"] / "salon-slow", env=slower)
    salon.start()
    out["slow writes"] = crowd.writes(salon, salon.people().token("alice"), options.requests, directories["disk"])
    out["slow writes"]["syncs"] = crowd.slow_syncs(directories["disk"], slower)
    salon.stop()
    salon = peers.Salon(place, "salon-memory", directories["memory"] / "salon")
    salon.start()
    transfers.measure(salon, salon.people(), file, options.rounds, out, "memory", peers.Nginx(place, "memory", directories["memory"]))
    out["streams"] = crowd.streams(salon, salon.people().token("alice"), file, options.rounds)
    salon.stop()
    out["bare"] = crowd.bare(file, directories["memory"], options.rounds)
    out["binary_mib"] = os.path.getsize(peers.RELEASE) / (1 << 20)
    if options.scale:
        out["scale"] = measure_scale(place, directories, options)


def measure_databases(stack, place, directories, options, out):
    """The metadata operations with the catalog on other servers, which sync what they commit."""
    for name, server in databases.start(stack).items():
        out[name] = {}
        for count in options.images:
            say(f"Salon on {name}, {count} images")
            database = server.create(f"bench_{count}")
            salon = peers.Salon(place, f"salon-{name}-{count}", directories["disk"] / f"salon-{name}-{count}", database)
            salon.start()
            people = salon.people()
            many = list(data.images(count, project(people, "alice"), project(people, "bob")))
            data.into_salon(salon.base, people.token("admin"), many)
            set_up_members(salon.base, people.token("alice"))
            database.activate()
            results = out[name][str(count)] = {}
            metadata(salon, people, many, options.requests // 2, results, True)
            if count == options.images[0]:
                out[name]["writes"] = crowd.writes(salon, people.token("alice"), options.requests, directories["disk"])
            salon.stop()


def measure_scale(place, directories, options):
    """The small catalog and the same many times over, in one go so that nothing but the size differs."""
    out = {}
    for copies in (1, options.scale // 1000):
        salon = peers.Salon(place, f"salon-scale-{copies}", directories["disk"] / f"salon-scale-{copies}")
        salon.start()
        people = salon.people()
        many = list(data.images(1000, project(people, "alice"), project(people, "bob")))
        data.into_salon(salon.base, people.token("admin"), many)
        salon.stop()
        file = salon.home / "data" / "salon.db"
        data.activate_in_salon(file)
        say(f"scale: {copies} thousand images")
        began = time.perf_counter()
        ids = scale.multiply(file, copies)
        say(f"  filled in {time.perf_counter() - began:.0f} s, {os.path.getsize(file) / GIB:.1f} GiB")
        starts = []
        for _ in range(3):
            starts.append(salon.start())
            salon.stop()
        salon.start()
        out[str(copies)] = results = {"start_s": load.median(starts)}
        scale.measure(Meter(salon, results), salon, people, ids, options.requests)
        results["loaded_mib"] = processes.memory(salon.roots)
        salon.stop()
        shutil.rmtree(salon.home)
    return out


def measure_glance(stack, directories, file, options, out):
    place = servers.Place(stack, "bench-keystone")
    auth, passwords = servers.keystone(place)
    for count in options.images:
        with contextlib.ExitStack() as inner:
            say(f"Glance, {count} images")
            here = servers.Place(inner, f"bench-glance-{count}")
            begun = time.perf_counter()
            glance = peers.Glance(here, auth, passwords, directories)
            results = out.setdefault(str(count), {})
            results["start_s"], results["idle_mib"] = time.perf_counter() - begun, processes.memory(glance.roots)
            people = glance.people()
            many = list(data.images(count, project(people, "alice"), project(people, "bob")))
            connection, backend = data.into_glance(glance.url, many)
            glance.database = [processes.parent(backend)]
            set_up_members(glance.base, people.token("alice"))
            metadata(glance, people, many, max(100, options.requests // 20), results, True)
            if count == options.images[0]:
                transfers.measure(glance, people, file, max(1, options.rounds // 2), out, "disk")
            results["loaded_mib"] = processes.memory(glance.roots)
            connection.close()


def make_file(path):
    """1 GiB that does not compress, from a fixed start."""
    import random
    chance = random.Random(7)
    block = chance.randbytes(1 << 22)
    with open(path, "wb") as file:
        for number in range(GIB // len(block)):
            file.write(number.to_bytes(8, "big") + block[8:])


def main():
    parser = argparse.ArgumentParser(prog="bench/run", description="Measures Salon beside Glance and beside the limits of the machine.")
    parser.add_argument("--images", type=int, nargs="+", default=[1000, 100_000], help="sizes of the catalogs")
    parser.add_argument("--requests", type=int, default=4000, help="requests of a cheap operation (Glance gets a twentieth)")
    parser.add_argument("--rounds", type=int, default=5, help="transfers of 1 GiB each way")
    parser.add_argument("--scale", type=int, default=1_000_000, help="images of the largest catalog, with ten members each; 0 leaves it out")
    parser.add_argument("--only", choices=["salon"], help="leave the other servers out, and write no table")
    parser.add_argument("--json", type=pathlib.Path, help="keep the figures here, too")
    options = parser.parse_args()
    out = {"machine": peers.machine(), "at": time.strftime("%Y-%m-%d"), "images": options.images, "salon": {}, "databases": {}, "glance": {}}
    with contextlib.ExitStack() as stack:
        place = servers.Place(stack, "bench")
        memory = pathlib.Path("/dev/shm") / f"salon-bench-{os.getpid()}"
        memory.mkdir()
        stack.callback(shutil.rmtree, memory, ignore_errors=True)
        directories = {"disk": place.dir, "memory": memory}
        file = str(memory / "data")
        make_file(file)
        measure_salon(place, directories, file, options, out["salon"])
        measure_databases(stack, place, directories, options, out["databases"])
        if not options.only:
            measure_glance(stack, directories, file, options, out["glance"])
    if options.json:
        options.json.write_text(json.dumps(out, indent=1))
    if not options.only:
        target = servers.TOP / "docs" / "performance.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text(table.markdown(out))
        say(f"written: {target}")


if __name__ == "__main__":
    main()
