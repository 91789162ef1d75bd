"""Starts, stops and migrations: changes of the server itself. Each answers how many file-changing calls it made, which of
them was not let through, and whether it came to its end."""

import pathlib
import re
import shutil
import signal
import sqlite3

from . import gate
from .changes import image, upload
from .world import Violation, noise

MIGRATIONS = pathlib.Path(__file__).parents[2] / "crates" / "catalog" / "src" / "migrations" / "sqlite"


def begun(w, rule, *more):
    """A start under a rule: the server answers, or it has ended and said why."""
    w.begin(*more, rule=rule)
    if w.ready():
        count, hit = w.server.disarm()
        return count, hit, True
    # Its lines end with the gate's thread.
    code = w.server.wait()
    count, hit = w.server.disarm()
    w.server = None
    if hit is None or code not in (-signal.SIGKILL, 1):
        raise Violation(f"the start ended with {code}: {w.tail()}")
    return count, hit, False


def start(w, chance, rule):
    """After a clean stop."""
    if w.stop() != 0:
        raise Violation(f"the stop failed: {w.tail()}")
    return begun(w, rule)


def start_after_kill(w, chance, rule):
    """After a kill in an upload that had published its file, with log and staging as they were."""
    broken = upload(200_000)(w, chance)
    w.server.arm(lambda call: "kill" if call.name == "fsync" and call.path.endswith("/images") else None)
    broken.act()
    w.server.wait()
    broken.thing.allowed.append(broken.new)
    w.things.append(broken.thing)
    return begun(w, rule)


def stop(w, chance, rule):
    """By SIGTERM, with a log to write back."""
    w.server.arm(rule)
    w.server.process.send_signal(signal.SIGTERM)
    code = w.server.wait()
    count, hit = w.server.disarm()
    w.server = None
    if code not in (0, -signal.SIGKILL) and hit is None:
        raise Violation(f"the stop ended with {code}: {w.tail()}")
    return count, hit, code == 0


def aside(w):
    """Another world beside this one."""
    shutil.rmtree(w.home / "aside", ignore_errors=True)
    other = type(w)(w.home / "aside", w.binary, backend=w.backend)
    other.configure()
    return other


def first_start(w, chance, rule):
    """On nothing, with sample users: whatever happened to it, the next start has all of them."""
    other = aside(w)
    other.data.parent.mkdir(exist_ok=True)
    try:
        count, hit, ended = begun(other, rule, "--dev")
        other.kill()
        other.seed()
        image(other, noise(5000, chance))
        other.examine()
        extra = sorted(path.name for path in other.data.iterdir() if path.suffix == ".new")
        if extra:
            raise Violation(f"left over in the data directory: {extra}")
        return count, hit, ended
    finally:
        other.drop()
        shutil.rmtree(other.home, ignore_errors=True)


def old_schema(file, version, rows=20):
    """A database as that version of the schema had it, with images and guests."""
    file.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(file)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)")
    for number, script in enumerate(sorted(MIGRATIONS.glob("*.sql"))[:version], 1):
        database.executescript(script.read_text())
        database.execute("INSERT INTO schema_version VALUES (?, 1)", (number,))
        if number == 1:
            fill(database, rows)
    database.commit()
    database.close()


def fill(database, rows):
    """Images with a guest each, as the first schema has them."""
    for number in range(rows):
        id_ = f"00000000-0000-4000-8000-{number:012x}"
        database.execute("INSERT INTO used_ids VALUES (?)", (id_,))
        database.execute(
            "INSERT INTO images VALUES (?, ?, 1, 'p', 'queued', 'shared', 0, 0, 'raw', 'bare', 0, 0, -1, NULL, NULL, NULL, NULL,"
            " 1, 1, '[]', '{}', NULL, NULL, 1)", (id_, f"image {number}"))
        database.execute("INSERT INTO memberships VALUES ('image', ?, 'guest', 'accepted', '', 0, 1, 1, 1)", (id_,))


def tables_of(version):
    """The tables that a version of the schema has."""
    scripts = sorted(MIGRATIONS.glob("*.sql"))[:version]
    return {name for script in scripts for name in re.findall(r"^CREATE TABLE IF NOT EXISTS (\w+)", script.read_text(), re.M)}


def versions():
    return len(list(MIGRATIONS.glob("*.sql")))


def look_schema(file, was, rows=20):
    """The database is whole, of the schema it was or of the newest, with every row."""
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        if database.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise Violation("integrity_check after a migration")
        version, = database.execute("SELECT MAX(version) FROM schema_version").fetchone()
        if version not in (was, versions()):
            raise Violation(f"the schema is {version}, between {was} and {versions()}")
        found = [database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("images", "memberships")]
        if found != [rows, rows]:
            raise Violation(f"the migration left {found} rows of {rows}")
        tables = {name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if tables_of(versions()) & tables != tables_of(version):
            raise Violation(f"the schema says {version} and has the tables {sorted(tables)}")
        return version
    finally:
        database.close()


def migrate(w, chance, rule):
    """`salon db sync` on a database of an earlier schema."""
    other, was = aside(w), chance.randrange(1, versions())
    try:
        other.data.mkdir(mode=0o700, parents=True)
        old_schema(other.data / "salon.db", was)
        code, out, error, passed = other.command("db", "sync", rule=rule)
        count, hit = passed.disarm()
        if code not in (0, 1, -signal.SIGKILL) or (code and hit is None):
            raise Violation(f"db sync ended with {code}: {error}")
        version = look_schema(other.data / "salon.db", was)
        if code == 0 and version != versions():
            raise Violation(f"db sync said {out!r} and the schema is {version}")
        code, out, error, _ = other.command("db", "sync")
        if code or look_schema(other.data / "salon.db", was) != versions():
            raise Violation(f"db sync cannot be repeated: {error}")
        return count, hit, True
    finally:
        shutil.rmtree(other.home, ignore_errors=True)


LIVES = {
    "start": start, "start after a kill": start_after_kill, "stop": stop, "first start": first_start, "migration": migrate,
}
