"""Kills and failures at every file-changing system call of everything that changes something, on SQLite and files; and on
PostgreSQL and MariaDB kills and lost connections at everything that is said to the database.

A point is a change, the number of one of its calls, and what happens there: the end of the process before the call takes
effect or after a part of it, an input/output error or a full disk, once or from there on, on the whole disk or on the
catalog's or the store's alone, or nothing worse than a call that does a part of what it was asked for. Calls that make
descriptors, need the kernel's memory or read files are numbered for themselves, and fail once or from there on, too. After
each all promises are looked at, not only the one aimed at.
"""

import argparse
import collections
import errno
import functools
import multiprocessing
import os
import pathlib
import random
import shutil
import struct
import sys
import tempfile
import threading
import time
import traceback

from harness import servers

from . import changes, databases, gate, jobs, lives, order, parts, reads  # jobs and reads add to the changes
from .world import Salon, Violation

#: The disk stays broken for so long, if the answer does not come before; then it is replaced.
BROKEN = 1.0
#: Nothing happens for so long: whatever an answer left to do in the background is done.
QUIET = 0.04
#: Answers that say that the server is in trouble, not the request. 413 is Glance's for a full store.
TROUBLE = (0, 413, 503)
#: Things that are looked at after every restart.
THINGS = 16
#: Frames in SQLite's log from which on a commit writes it back.
FRAMES = 1000
#: Calls that may fail while nothing can be had, and the part of a processor that may go into trying again.
ASKS, EFFORT = 60, 0.25
#: One of so many points is about what is wanting or cannot be read.
SHARE = 12


def in_store(call):
    return "/images" in call.path


KINDS = {
    "kill": lambda number: gate.at(number, "kill"),
    "EIO": lambda number: gate.at(number, errno.EIO),
    "ENOSPC": lambda number: gate.at(number, errno.ENOSPC),
    "EIO+": lambda number: gate.on(number, errno.EIO),
    "ENOSPC+": lambda number: gate.on(number, errno.ENOSPC, lambda call: call.name not in gate.ROOMLESS),
    "sync+": lambda number: gate.on(number, errno.EIO, lambda call: call.name in gate.SYNCS),
    "catalog+": lambda number: gate.on(number, errno.EIO, lambda call: not in_store(call)),
    "store+": lambda number: gate.on(number, errno.EIO, in_store),
    "torn": lambda number: gate.at(number, "torn"),
    "half": lambda number: gate.at(number, "half"),
    "short": lambda number: gate.at(number, "short"),
    "short+": lambda number: gate.on(number, "short", lambda call: call.name in parts.WRITES),
    "less": lambda number: gate.at(number, "short", "read"),
    "less+": lambda number: gate.on(number, "short", lambda call: call.name in parts.READS, "read"),
}
#: What fails in the other families of calls, once or (with +) from there on.
OTHERS = {"descriptor": {"EMFILE": errno.EMFILE, "ENFILE": errno.ENFILE}, "memory": {"ENOMEM": errno.ENOMEM}, "read": {"unread": errno.EIO}}
for family, failures in OTHERS.items():
    for kind, number_ in failures.items():
        KINDS[kind] = functools.partial(gate.at, verdict=number_, family=family)
        KINDS[f"{kind}+"] = functools.partial(gate.on, verdict=number_, family=family)
#: Of what is wanting there may be none for long, and the server must bear it without effort.
WANTING = ("EMFILE+", "ENFILE+", "ENOMEM+")
#: On another database server: before something is sent, when it was sent, and when the connection is lost then.
TALKS = {"kill": lambda number: gate.at(number, "kill"), "kill, sent": gate.sent, "lost": gate.lost}
#: After these the server is killed while the disk is still broken; after the others it goes on.
ENDS = ("kill", "kill, sent", "torn", "EIO+", "catalog+", "sync+")
#: No failures: what a call did only a part of goes on with the rest.
HARMLESS = ("short", "short+", "less", "less+")
#: Changes that are also tried when their commit writes SQLite's log back.
WRITE_BACK = ("tag add", "upload", "image delete", "room member add", "token create")


def kinds_at(call):
    """What can happen at a call."""
    family, _, name, path = call
    if family in OTHERS:
        kinds = [*OTHERS[family], *(["less"] if family == "read" and name in parts.READS else [])]
        return [kind + more for kind in kinds for more in ("", "+")]
    if name == "send":
        return list(TALKS)
    found = ["kill", "EIO", "EIO+"]
    if name not in gate.ROOMLESS:
        found += ["ENOSPC", "ENOSPC+"]
    if name in gate.SYNCS:
        found += ["sync+"]
    if name in parts.WRITES:
        found += ["torn", "half", "short", "short+"]
    return found + ["store+" if "/images" in path else "catalog+"]


def frames(w):
    """Frames in SQLite's log, as its index has it."""
    with open(w.data / "salon.db-shm", "rb") as index:
        index.seek(16)
        return struct.unpack("=I", index.read(4))[0]


def fill_log(w):
    """Writes until the next commit reaches the mark."""
    id_, _, thing = changes.image(w)
    number = 0
    while frames(w) < FRAMES - 12:
        number += 1
        w.must(w.ask("PUT", f"/v2/images/{id_}/tags/t{number % 100}"))
        if number % 100 == 99:
            for tag in range(100):
                w.ask("DELETE", f"/v2/images/{id_}/tags/t{tag}")
        if number > 3000:
            raise Violation("SQLite's log does not grow to its mark")
    thing.remove()


def quiet(server):
    """Waits until the server changes no file any more."""
    seen, since, end = server.count, time.monotonic(), time.monotonic() + 2
    while time.monotonic() < min(end, since + QUIET) and server.process.poll() is None:
        time.sleep(0.005)
        if server.count != seen:
            seen, since = server.count, time.monotonic()


class Worker:
    """One world, and the points that are tried in it one after the other."""

    def __init__(self, template, home, seed, backend):
        self.backend = backend
        self.template, self.home, self.chance, self.seed, self.w = template, home, random.Random(seed), seed, None

    def fresh(self):
        """A world as it was made, after a violation or at the beginning."""
        self.close()
        shutil.rmtree(self.home, ignore_errors=True)
        if self.backend == "sqlite":
            self.w = self.template.copy(self.home)
        else:
            self.w = Salon(self.home, self.template.binary, backend=self.backend)
            self.w.configure()
            self.w.seed()
            self.w.stop()
        self.w.start()

    def close(self):
        if self.w:
            self.w.drop()

    def record(self, name):
        """The calls of a change, in their order."""
        seen = []

        def rule(call):
            if call.name != "receive":
                seen.append((call.family, call.number, call.name, call.path))
        self.run(name, rule, "record")
        order.hold(seen)
        return seen

    def run(self, name, rule, kind):
        """One point, and everything that has to be true after it: the call that was not let through, if it came to that."""
        if name in lives.LIVES:
            return self.life(name, rule, kind)
        w = self.w
        plain = name.removesuffix(", log full")
        change = changes.CHANGES[plain](w, self.chance)
        if plain != name:
            fill_log(w)
        thing = change.thing
        hit, answer = self.act(change, rule, kind)
        if answer.acknowledged:
            thing.allowed = [change.new]
            change.settled(answer)
        else:
            thing.allowed = [*thing.allowed, change.new, *change.also]
            if not change.command and answer.status not in TROUBLE:
                raise Violation(f"answered with {answer}")
        if (hit is None or kind in HARMLESS) and not answer.acknowledged:
            raise Violation(f"without a fault: {answer}")
        w.things = [other for other in w.things if other.label != thing.label] + [thing]
        if w.server is None:
            w.start()
            self.look("after the restart")
        else:
            thing.settle("after the failure")
        w.examine()
        if not answer.acknowledged:
            answer = change.act()
            if not answer.acknowledged and answer.status not in change.again:
                raise Violation(f"it cannot be repeated: {answer}")
            if answer.acknowledged:
                change.settled(answer)
            thing.allowed = [change.new, *change.anew]
            thing.settle("after the repetition")
        while len(w.things) > THINGS:
            w.things.pop(self.chance.randrange(len(w.things))).remove()
        return hit

    def act(self, change, rule, kind):
        """Does it under the rule: (the call that was hit, the answer). The server is gone after a kill."""
        w, ends = self.w, kind in ENDS
        if change.command:
            answer = change.act(rule)
            return answer.gate.hit, answer
        server = w.server
        server.arm(rule)
        done, effort = threading.Event(), []

        def replace():
            """A broken disk is replaced after a while, also while a request waits."""
            while not server.struck.wait(0.05):
                if done.is_set():
                    return
            before = server.spent()
            if not done.wait(BROKEN):
                effort.append(server.spent() - before)
                (server.kill if ends else server.disarm)()
        late = threading.Thread(target=replace)
        if "+" in kind:
            late.start()
        answer = change.act()
        quiet(server)
        done.set()
        if "+" in kind:
            late.join()
        hit = server.hit
        if ends and hit:
            w.kill()
        elif server.process.poll() is not None:
            raise Violation(f"the server ended by itself: {w.tail()}")
        else:
            server.disarm()
        if kind in WANTING and hit:
            self.bears(hit, server.refused, effort)
        return hit, answer

    @staticmethod
    def bears(hit, refused, effort):
        """What cannot be had is not asked for again and again: neither the calls nor the processor show it."""
        if refused > ASKS:
            raise Violation(f"after {hit} failed it was asked {refused} times")
        # Where no connection comes in there is nothing else to do.
        if hit.name.startswith("accept") and effort and effort[0] > BROKEN * EFFORT:
            raise Violation(f"a server that accepts nothing took {effort[0]:.2f} s of {BROKEN} s")

    def life(self, name, rule, kind):
        w = self.w
        _, hit, ended = lives.LIVES[name](w, self.chance, rule)
        if kind in HARMLESS and not ended:
            raise Violation(f"it did not come to its end without a fault: {w.tail()}")
        if w.server is None:
            w.start()
        elif kind in ENDS:
            w.kill()
            w.start()
        self.look("after the next start")
        # A server that is there can write, too.
        changes.image(w, b"bytes")[2].remove()
        w.examine()
        return hit

    def look(self, when):
        for thing in self.w.things:
            thing.settle(when)


def work(number, template, place, seed, backend, until, queue, results):
    """A process of its own: takes names of changes and points until there are no more."""
    worker = Worker(template, pathlib.Path(place) / f"world-{number}", f"{seed}-{number}", backend)
    try:
        worker.fresh()
        while (task := queue.get()) is not None:
            name, kind, at = task
            if time.monotonic() > until:
                results.put((task, None, None, None))
                continue
            # What a point does depends on nothing that came before but the state of the data.
            worker.chance = random.Random(f"{seed} {name} {kind} {at}")
            began = time.monotonic()
            try:
                if kind == "record":
                    results.put((task, worker.record(name), None, time.monotonic() - began))
                else:
                    hit = worker.run(name, (KINDS if backend == "sqlite" else KINDS | TALKS)[kind](at), kind)
                    results.put((task, str(hit) if hit else None, None, time.monotonic() - began))
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                words = str(error) if isinstance(error, Violation) else traceback.format_exc()
                kept = keep(worker, name, kind, at)
                results.put((task, None, f"{words}\n  kept in {kept}", time.monotonic() - began))
                worker.fresh()
        worker.w.examine(strict=True)
        results.put((None, None, None, 0))
    except BaseException:
        results.put((None, None, f"a worker ended: {traceback.format_exc()}", 0))
    finally:
        worker.close()


def keep(worker, *task):
    """Copies the world of a violation to where it can be looked at."""
    if worker.w.server and worker.w.server.process.poll() is None:
        worker.w.kill()
    kept = servers.TOP / "target" / "faults" / "-".join(str(part).replace(" ", "_").replace("/", "_") for part in task)
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(worker.home, kept)
    return kept


def points_of(name, made, only):
    """The points of a change: those about what changes, and the others."""
    points = [], []
    for call in made:
        for kind in kinds_at(call):
            # Without a server there is nothing that goes on: a second start is tried anyway.
            alone = name in ("first start", "migration", "start") and kind in ("sync+", "catalog+", "store+")
            if not alone and kind in (only or [kind]):
                points[call[0] in OTHERS].append((name, kind, call[1]))
    return points


def mixed(points, chance):
    """In any order, but no kind again before each other had its turn; the first is at the end."""
    chance.shuffle(points)
    turns = collections.Counter()
    keyed = []
    for point in points:
        turns[point[1]] += 1
        keyed.append((turns[point[1]], chance.random(), point))
    return [point for *_, point in sorted(keyed, reverse=True)]


def spread(lists, wanted):
    """So many points, from all lists by turns."""
    chosen = []
    while len(chosen) < wanted and any(lists):
        for points in lists:
            if points:
                chosen.append(points.pop())
    return chosen[:wanted]


def choose(calls, wanted, chance, only=None):
    """Points spread over all changes, and in each over its calls and what can happen there; 0 is all of them."""
    changing, others = [], []
    for name, made in calls.items():
        first, second = points_of(name, made, only)
        chance.shuffle(first)
        changing.append(first)
        others.append(mixed(second, chance))
    chance.shuffle(others)
    total = sum(map(len, changing)) + sum(map(len, others))
    wanted = min(wanted, total) if wanted else total
    chosen = spread(changing, wanted - (wanted // SHARE if wanted < total else 0))
    chosen += spread(others, wanted - len(chosen))
    chance.shuffle(chosen)
    return chosen, total


def main():
    """The command line."""
    parser = argparse.ArgumentParser(prog="faults/calls", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", help="only changes whose name contains one of these")
    parser.add_argument("--points", type=int, help="so many points, spread over all changes (default 370, or 122 on another database); 0 is all")
    parser.add_argument("--database", choices=("sqlite", "postgres", "mariadb"), default="sqlite")
    parser.add_argument("--long", action="store_true", help="all points; on SQLite again with other seeds until there are 20000")
    parser.add_argument("--seconds", type=float, default=1e9, help="no new point after so many seconds")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SALON_SEED") or random.SystemRandom().randrange(1 << 32)))
    parser.add_argument("--workers", type=int, default=max(2, os.cpu_count() or 1))
    parser.add_argument("--kinds", type=lambda text: text.split(","), help="only these, divided by commas: " + " ".join(KINDS | TALKS))
    parser.add_argument("--list", action="store_true", help="only the calls of each change")
    parser.add_argument("--point", metavar="CHANGE/KIND/NUMBER", help="this one")
    options = parser.parse_args()
    long = options.long or os.environ.get("SALON_PROOF") == "long"
    goal = options.points if options.points is not None else 0 if long else 370 if options.database == "sqlite" else 122
    known = [*changes.CHANGES, *(f"{name}, log full" for name in WRITE_BACK), *lives.LIVES]
    if options.database != "sqlite":
        databases.server(options.database)
        known = [*changes.CHANGES, "start", "stop", "first start"]
    names = [name for name in known if not options.names or any(part in name for part in options.names)]
    began = time.monotonic()
    title = "every system call" if options.database == "sqlite" else f"every statement on {options.database}"
    print(f"{title}: seed {options.seed}, {len(names)} changes, {servers.binary()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="salon-faults-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as place:
        code = trial(options, title, place, names, goal, long, began)
    return code


def trial(options, title, place, names, goal, long, began):
    template = Salon(pathlib.Path(place) / "template", servers.binary())
    template.configure()
    try:
        template.seed()
        template.stop()
    finally:
        template.kill()
    tally = collections.defaultdict(collections.Counter)
    violations, tried, total, seed = [], 0, 0, options.seed
    while True:
        pool = Pool(options.workers, template, place, seed, options.database, began + options.seconds)
        calls = {task[0]: made for task, made, wrong, _ in pool.do([(name, "record", 0) for name in names], violations) if not wrong}
        if options.list:
            for name in names:
                print(f"{name}: {' '.join(f'{family[0]}{at}:{call}:{os.path.basename(path)[-12:]}' for family, at, call, path in calls.get(name, []))}")
            points = []
        elif options.point:
            points, total = [tuple(options.point.rsplit("/", 2))], 1
            points = [(name, kind, int(at)) for name, kind, at in points]
        else:
            points, total = choose(calls, 0 if long and not options.points else max(0, goal - tried), random.Random(seed), options.kinds)
        for (name, kind, _), hit, wrong, took in pool.do(points, violations):
            if took is None:
                continue
            tally[name][kind] += bool(hit)
            tally[name]["missed"] += not hit and not wrong
            tried += bool(hit)
        pool.end(violations)
        if options.list or options.point or violations or not long or tried >= (options.points or (20000 if options.database == "sqlite" else 1)) \
                or time.monotonic() > began + options.seconds:
            break
        seed += 1
        print(f"{tried} points after {time.monotonic() - began:.0f} s; next seed {seed}", flush=True)
    if not options.list:
        report(names, calls, tally)
    missed = sum(row["missed"] for row in tally.values())
    print(f"{title}: seed {options.seed}, {tried} points of {total} in {len(names)} changes "
          f"({sum(row[kind] for row in tally.values() for kind in ENDS)} kills; {missed} calls did not come), {len(violations)} violations, "
          f"{time.monotonic() - began:.0f} s")
    if not options.list and not tried:
        violations.append("no point was tried")
    for words in violations[:20]:
        print("VIOLATION", words)
    return 1 if violations else 0


class Pool:
    """The processes that work."""

    def __init__(self, size, template, place, seed, backend, until):
        context = multiprocessing.get_context("fork")
        self.tasks, self.results = context.Queue(), context.Queue()
        self.processes = [context.Process(target=work, args=(number, template, place, seed, backend, until, self.tasks, self.results))
                          for number in range(size)]
        for process in self.processes:
            process.start()

    def do(self, tasks, violations):
        for task in tasks:
            self.tasks.put(task)
        outcomes = []
        for number in range(len(tasks)):
            outcome = self.results.get(timeout=300)
            task, _, wrong, _ = outcome
            if wrong:
                violations.append(f"{task and ' / '.join(map(str, task))}: {wrong}")
                print("VIOLATION", violations[-1], flush=True)
            if task is None:
                break
            outcomes.append(outcome)
            if number % 500 == 499:
                print(f"  {number + 1} of {len(tasks)}", flush=True)
        return outcomes

    def end(self, violations):
        for _ in self.processes:
            self.tasks.put(None)
        for _ in self.processes:
            _, _, wrong, _ = self.results.get(timeout=300)
            if wrong:
                violations.append(wrong)
        for process in self.processes:
            process.join(60)


def report(names, calls, tally):
    """The table of results."""
    kinds = [kind for kind in dict.fromkeys([*KINDS, *TALKS]) if any(tally[name][kind] for name in names)]
    print(f"{'change':28} {'calls':>5} " + " ".join(f"{kind:>10}" for kind in kinds))
    for name in names:
        print(f"{name:28} {len(calls.get(name, [])):5} " + " ".join(f"{tally[name][kind]:10}" for kind in kinds))
    print(f"{'together':28} {sum(map(len, calls.values())):5} " + " ".join(f"{sum(tally[name][kind] for name in names):10}" for kind in kinds))


if __name__ == "__main__":
    sys.exit(main())
