"""Power cuts on ext4 and XFS with catalog and store on them, while many clients write, and while the server starts, stops
and migrates. What was acknowledged is remembered here, outside of the file system; after each cut all of it is looked at.
"""

import argparse
import collections
import contextlib
import itertools
import json
import multiprocessing
import os
import pathlib
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
import traceback

from harness import servers

from . import changes, disk, lives
from .world import PATCH, Salon, Violation, digest, new_id, noise

#: Clients that write at the same time.
CLIENTS = 12
#: Images a client has at most; further ones make room first.
IMAGES = 6
#: Megabytes of the file systems; XFS takes no smaller one.
MEGABYTES = {"ext4": 256, "xfs": 320}
#: Machines: the file system of the catalog and that of the images. On one of their own, no sync of the catalog takes along
#: what the store forgot.
MACHINES = {"ext4": ("ext4", None), "xfs": ("xfs", None), "both": ("xfs", "ext4")}


class Client:
    """Writes one thing after the other to its own images and its own room, and remembers what may be there."""

    def __init__(self, machine, chance):
        self.machine, self.w, self.chance = machine, machine.w, chance
        self.images, self.room, self.acknowledged, self.lost = {}, None, 0, None

    def run(self, stop):
        """Until the first request that is not acknowledged, or the stop."""
        try:
            while not stop.is_set():
                if not self.step():
                    return
        except Exception:
            self.lost = traceback.format_exc()

    def tell(self, thing, new, act, also=()):
        """Sends a change: until it is acknowledged, both is allowed.

        A file system does not go down in an instant: a sync that is under way may return as if it had been done. Where the power
        is cut nobody gets an answer any more, so one that comes after the cut began acknowledges nothing. To what is asked of
        a dead disk there must not be one."""
        old = thing.allowed
        thing.allowed = [*old, new, *also]
        dead = self.machine.is_down
        answer = act()
        if answer.acknowledged and dead:
            self.lost = f"{thing.label}: acknowledged although the disk was dead: {answer}"
        elif answer.acknowledged and self.machine.goes_down:
            self.failed = answer
            return False
        elif answer.acknowledged:
            thing.allowed = [new]
            self.acknowledged += 1
        elif answer.status not in (0, 413, 503):
            self.lost = f"{thing.label}: answered with {answer}"
        else:
            self.failed = answer
        return answer.acknowledged

    def step(self):
        choices = [self.create] if len(self.images) < IMAGES else []
        if self.images:
            choices += [self.upload, self.upload, self.patch, self.tag, self.tag, self.member, self.member, self.member, self.delete]
        choices += [self.guest, self.guest]
        return self.chance.choice(choices)()

    def pick(self):
        id_ = self.chance.choice(list(self.images))
        thing = self.images[id_]
        return id_, thing, thing.allowed[0]

    def create(self):
        id_ = new_id()
        body = {"id": id_, "name": "made", "disk_format": "raw", "container_format": "bare", "kind": "new"}
        thing = changes.Thing(f"image {id_}", changes.look_image(self.w, id_), lambda: None)
        self.images[id_] = thing
        new = {"status": "queued", "name": "made", "tags": [], "kind": "new", "members": {}, "data": None}
        return self.tell(thing, new, lambda: self.w.ask("POST", "/v2/images", body))

    def upload(self):
        id_, thing, old = self.pick()
        if old["status"] != "queued":
            return self.delete(id_) if len(self.images) >= IMAGES else True
        data = noise(self.chance.choice((1, 3000, 60_000, 400_000, 1_500_000)), self.chance)
        return self.tell(thing, old | {"status": "active", "data": digest(data)}, lambda: self.w.send(
            "PUT", f"/v2/images/{id_}/file", self.w.tokens["alice"], data, {"Content-Type": "application/octet-stream"}))

    def patch(self):
        id_, thing, old = self.pick()
        name = f"n{self.chance.getrandbits(40):x}"
        return self.tell(thing, old | {"name": name}, lambda: self.w.ask(
            "PATCH", f"/v2/images/{id_}", [{"op": "replace", "path": "/name", "value": name}], kind=PATCH))

    def tag(self):
        id_, thing, old = self.pick()
        tag = f"t{self.chance.randrange(12):02}"
        has = tag in old["tags"]
        tags = [one for one in old["tags"] if one != tag] if has else sorted([*old["tags"], tag])
        return self.tell(thing, old | {"tags": tags}, lambda: self.w.ask("DELETE" if has else "PUT", f"/v2/images/{id_}/tags/{tag}"))

    def member(self):
        id_, thing, old = self.pick()
        bob = self.w.projects["bob"]
        is_ = old["members"].get(bob)
        path = f"/v2/images/{id_}/members"
        if is_ is None:
            return self.tell(thing, old | {"members": {bob: "pending"}}, lambda: self.w.ask("POST", path, {"member": bob}))
        if is_ == "pending":
            return self.tell(thing, old | {"members": {bob: "accepted"}}, lambda: self.w.ask("PUT", f"{path}/{bob}", {"status": "accepted"}, "bob"))
        return self.tell(thing, old | {"members": {}}, lambda: self.w.ask("DELETE", f"{path}/{bob}"))

    def delete(self, id_=None):
        id_ = id_ or self.pick()[0]
        thing = self.images[id_]
        done = self.tell(thing, None, lambda: self.w.ask("DELETE", f"/v2/images/{id_}"))
        if done:
            # Gone is gone: it is looked at once more after the cut.
            self.w.gone.append(self.images.pop(id_))
        return done

    def guest(self):
        if self.room is None:
            return True
        path, thing = self.room
        old = thing.allowed[0]
        one = self.chance.choice(self.w.spare)
        members = dict(old["members"])
        if members.pop(one, None):
            return self.tell(thing, old | {"members": members}, lambda: self.w.chime("DELETE", f"{path}/memberships/{one}"))
        return self.tell(thing, old | {"members": members | {one: "Member"}}, lambda: self.w.chime(
            "POST", f"{path}/memberships", {"MemberId": one, "Role": "Member"}))


class Machine:
    """A disk, the server on it, its clients, and the cuts."""

    def __init__(self, stack, template, place, kind, seed):
        self.kind, self.seed, self.chance = kind, seed, random.Random(f"{seed} {kind}")
        first, second = MACHINES[kind]
        self.disk = disk.Disk(stack, pathlib.Path(place) / "first", first, MEGABYTES[first])
        self.disks = [self.disk]
        self.w = template.copy(pathlib.Path(place) / "home", self.disk.at / "data")
        if second:
            self.disks.append(disk.Disk(stack, pathlib.Path(place) / "second", second, MEGABYTES[second]))
            self.w.images = self.disks[1].at / "images"
            self.w.configure()
        os.sync()
        stack.callback(self.w.kill)
        self.first = None
        stack.callback(lambda: self.first and self.first.kill())
        self.w.start()
        self.w.gone = []
        changes.somebody(self.w, self.chance)
        self.goes_down = self.is_down = False
        self.clients = [Client(self, random.Random(f"{seed} {kind} {number}")) for number in range(CLIENTS)]
        for client in self.clients:
            path, _, thing = changes.room(self.w, self.chance)
            client.room = path, thing
        self.counts, self.starts = collections.Counter(), []

    def cut(self):
        """One cut, and everything that has to be true after it."""
        how = disk.LOSE if self.chance.random() < 0.75 else disk.KEEP_JOURNAL
        what = self.chance.choices(("work", "start", "stop", "migration", "first"), (70, 8, 7, 10, 5))[0]
        getattr(self, f"cut_{what}")(how)
        self.counts[what] += 1
        self.w.kill()
        for one in self.disks:
            one.unmount()
            one.mount()
        self.goes_down = self.is_down = False
        if what == "migration":
            self.look_migration()
        if what == "first":
            self.look_first()
        self.starts.append(self.w.start())
        self.look()

    def power_off(self, how):
        """All disks, in any order."""
        self.goes_down = True
        for one in self.chance.sample(self.disks, len(self.disks)):
            one.cut(how)
        self.is_down = True

    def cut_work(self, how):
        stop = threading.Event()
        for client in self.clients:
            client.failed = None
        threads = [threading.Thread(target=client.run, args=(stop,)) for client in self.clients]
        before = sum(client.acknowledged for client in self.clients)
        for thread in threads:
            thread.start()
        # By what was acknowledged, so that a busy machine sees as much; a moment later, so that it falls anywhere.
        wanted = before + self.chance.choice((0, 5, 20, 80)) + self.chance.randrange(10)
        end = time.monotonic() + 3
        while sum(client.acknowledged for client in self.clients) < wanted and time.monotonic() < end:
            time.sleep(0.001)
        time.sleep(self.chance.random() * 0.02)
        early = [client.failed for client in self.clients if client.failed]
        self.power_off(how)
        # They go on against the dead disk: nothing may be acknowledged any more.
        time.sleep(self.chance.random() * 0.05)
        stop.set()
        late = threading.Timer(0.5, self.w.server.kill)
        late.start()
        for thread in threads:
            thread.join()
        late.cancel()
        self.counts["acknowledged"] += sum(client.acknowledged for client in self.clients) - before
        wrong = [client.lost for client in self.clients if client.lost]
        if wrong or early:
            raise Violation(f"before the cut: {(wrong + [str(answer) for answer in early])[0]}")

    def cut_start(self, how):
        self.w.kill()
        self.w.begin()
        time.sleep(self.chance.random() * 0.12)
        self.power_off(how)
        time.sleep(self.chance.random() * 0.02)

    def cut_stop(self, how):
        self.w.server.process.terminate()
        time.sleep(self.chance.random() * 0.03)
        self.power_off(how)

    def cut_migration(self, how):
        self.was = self.chance.randrange(1, lives.versions())
        file = self.disk.at / f"old-{self.counts['migration']}" / "salon.db"
        lives.old_schema(file, self.was)
        os.sync()
        self.old = Salon(self.w.home / "old", self.w.binary, file.parent)
        self.old.configure()
        done = []
        run = threading.Thread(target=lambda: done.append(self.old.command("db", "sync")))
        run.start()
        time.sleep(self.chance.random() * 0.08)
        ended = not run.is_alive()
        self.power_off(how)
        run.join()
        self.synced = ended and done[0][0] == 0

    def cut_first(self, how):
        """A server that has just been started for the first time, in a directory that it made."""
        self.w.kill()
        self.first = Salon(self.w.home / "first", self.w.binary, self.disk.at / f"first-{self.counts['first']}" / "deep" / "data")
        self.first.configure()
        self.first.seed()
        self.first.things = [changes.image(self.first, noise(9000, self.chance), "accepted")[2]]
        self.power_off(how)
        self.first.kill()

    def look_first(self):
        self.first.start("--dev")
        for thing in self.first.things:
            thing.settle("after the cut of a first start")
        self.first.examine()
        self.first.kill()
        shutil.rmtree(self.first.data)

    def look_migration(self):
        version = lives.look_schema(self.old.data / "salon.db", self.was)
        # It may have ended before the cut: then it was told so, and that holds.
        if self.synced and version != lives.versions():
            raise Violation(f"a migration that was reported done is back at {version}")
        changes.done(self.old.command("db", "sync"))
        if lives.look_schema(self.old.data / "salon.db", self.was) != lives.versions():
            raise Violation("a migration cannot be finished after a cut")
        for file in self.old.data.rglob("*"):
            if file.is_file():
                file.unlink()

    def look(self):
        """All promises."""
        w = self.w
        for thing in w.gone:
            thing.settle("after the cut")
        w.gone = []
        queued = None
        for client in self.clients:
            client.room[1].settle("after the cut")
            for id_, thing in list(client.images.items()):
                seen = thing.settle("after the cut")
                if seen is None:
                    del client.images[id_]
                elif seen["status"] == "queued":
                    queued = id_, thing, seen
                self.counts["looks"] += 1
        w.examine()
        if queued:
            # What was interrupted can be repeated at once.
            id_, thing, seen = queued
            data = noise(50_000, self.chance)
            w.must(w.send("PUT", f"/v2/images/{id_}/file", w.tokens["alice"], data, {"Content-Type": "application/octet-stream"}))
            thing.allowed = [seen | {"status": "active", "data": digest(data)}]
            thing.settle("after the repetition")


def work(kind, template, place, seed, cuts, until, results):
    """A process of its own for each machine."""
    machine, done = None, 0
    try:
        with contextlib.ExitStack() as stack:
            machine = Machine(stack, template, place, kind, seed)
            while done < cuts and time.monotonic() < until:
                machine.cut()
                done += 1
                if done % 100 == 0:
                    print(f"  {kind}: {done} cuts", flush=True)
            machine.w.examine(strict=True)
        results.put((kind, done, dict(machine.counts), machine.starts, None))
    except BaseException as error:
        words = str(error) if isinstance(error, Violation) else traceback.format_exc()
        if machine:
            words += f"\n{machine.w.tail()[-3000:]}"
        results.put((kind, done, dict(machine.counts) if machine else {}, machine.starts if machine else [], f"{kind}, cut {done + 1}: {words}"))


def many_images(template, place, kind, count):
    """How long a start takes after a cut, with so many images in the catalog."""
    with contextlib.ExitStack() as stack:
        at = disk.Disk(stack, place, kind, max(512, count // 250))
        w = template.copy(pathlib.Path(place) / "home", at.at / "data")
        import sqlite3
        database = sqlite3.connect(w.data / "salon.db")
        database.execute("PRAGMA synchronous = OFF")
        owners = [f"{number:032x}" for number in range(1000)]
        ids = [f"{number:08x}-0000-4000-8000-{number:012x}" for number in range(count)]
        database.executemany("INSERT INTO used_ids VALUES (?)", ((id_,) for id_ in ids))
        database.executemany(
            "INSERT INTO images VALUES (?, ?, 1, ?, ?, 'shared', 0, 0, 'raw', 'bare', 0, 0, -1, NULL, NULL, NULL, NULL,"
            " ?, ?, '[]', '{}', NULL, NULL, 1)",
            ((id_, f"image {number}", owners[number % 1000], "saving" if number % (count // 100) == 0 else "queued", number, number)
             for number, id_ in enumerate(ids)))
        node = (w.data / "node").read_text().strip()
        database.executemany("INSERT INTO uploads VALUES (?, ?, ?, 'file', ?, 1, 1)", (
            (f"{number:032x}", id_, node, f"{id_}.{number:032x}") for number, id_ in enumerate(ids) if number % (count // 100) == 0))
        database.commit()
        database.close()
        os.sync()
        stack.callback(w.kill)
        w.start()
        w.must(w.ask("POST", "/v2/images", {"name": "in the log"}))
        at.cut(disk.LOSE)
        w.kill()
        at.unmount()
        at.mount()
        took = w.start()
        left, = w.database().execute("SELECT COUNT(*) FROM uploads").fetchone()
        if left:
            raise Violation(f"{left} interrupted uploads are still there")
        return took


def main():
    """The command line."""
    parser = argparse.ArgumentParser(prog="faults/power", description=__doc__.split("\n\n")[0])
    parser.add_argument("--cuts", type=int, help="so many, over all machines (default 60)")
    parser.add_argument("--long", action="store_true", help="10000 cuts")
    parser.add_argument("--seconds", type=float, default=1e9, help="no new cut after so many seconds")
    parser.add_argument("--images", type=int, help="only measure a start after a cut, with so many images")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SALON_SEED") or random.SystemRandom().randrange(1 << 32)))
    options = parser.parse_args()
    disk.ready()
    long = options.long or os.environ.get("SALON_PROOF") == "long"
    cuts = options.cuts or (10_000 if long else 60)
    began = time.monotonic()
    print(f"power cuts: seed {options.seed}, {servers.binary()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="salon-power-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as place:
        template = Salon(pathlib.Path(place) / "template", servers.binary())
        template.configure()
        try:
            template.seed()
            template.stop()
        finally:
            template.kill()
        if options.images:
            for kind in MEGABYTES:
                took = many_images(template, pathlib.Path(place) / kind, kind, options.images)
                print(f"power cuts: {kind}: a start after a cut, with {options.images} images: {took * 1000:.0f} ms", flush=True)
            return 0
        context = multiprocessing.get_context("fork")
        results = context.Queue()
        processes = []
        for number, kind in enumerate(MACHINES):
            share = cuts // len(MACHINES) + (number < cuts % len(MACHINES))
            processes.append(context.Process(target=work, args=(
                kind, template, str(pathlib.Path(place) / kind), options.seed, share, began + options.seconds, results)))
            processes[-1].start()
        outcomes = [results.get() for _ in processes]
        for process in processes:
            process.join(60)
    total, starts, violations = 0, [], []
    columns = ("work", "start", "stop", "migration", "first", "acknowledged", "looks")
    print(f"{'':6} {'cuts':>6} " + " ".join(f"{column:>12}" for column in columns) + f" {'start, ms':>10} {'slowest':>8}")
    for kind, done, counts, took, wrong in sorted(outcomes):
        total += done
        starts += took
        took = took or [0]
        print(f"{kind:6} {done:6} " + " ".join(f"{counts.get(column, 0):12}" for column in columns)
              + f" {statistics.median(took) * 1000:10.0f} {max(took) * 1000:8.0f}")
        violations += [wrong] if wrong else []
    print(f"power cuts: seed {options.seed}, {total} cuts, {sum(c.get('acknowledged', 0) for _, _, c, _, _ in outcomes)} acknowledged writes, "
          f"{len(violations)} violations, {time.monotonic() - began:.0f} s")
    for words in violations:
        print("VIOLATION", words)
    return 1 if violations or total == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
