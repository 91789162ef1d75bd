"""One catalog many times over: what size alone costs."""

import json
import random
import sqlite3

from harness.wire import call

from . import load

MEMBERS = 10
PAGE = 25
#: A new UUID, as SQLite makes it.
UUID = ("lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || "
        "substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))")


def multiply(file, copies):
    """Makes every image `copies` images and gives each ten members, with the server stopped; some ids, spread over all."""
    database = sqlite3.connect(f"file:{file}?mode=rw", uri=True, isolation_level=None)
    run = database.execute
    for setting in ("cache_size = -2000000", "synchronous = OFF", "temp_store = MEMORY"):
        run(f"PRAGMA {setting}")
    run("BEGIN")
    # Indexes made at the end, in one sort each.
    indexes = [(name, text) for name, text in run(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN "
        "('images', 'image_tags', 'image_properties', 'memberships')")]
    for name, _ in indexes:
        run(f"DROP INDEX {name}")
    run("CREATE TEMP TABLE numbers AS WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < ?) SELECT at FROM n",
        (max(copies - 1, MEMBERS),))
    run(f"CREATE TEMP TABLE more AS SELECT id AS old, at, {UUID} AS new FROM images CROSS JOIN numbers WHERE at < ? ORDER BY 3", (copies,))
    columns = [row[1] for row in run("PRAGMA table_info(images)")]
    values = {"id": "more.new", "name": "name || '-' || more.at", "created_at": "created_at - more.at * 60000000",
              "updated_at": "updated_at - more.at * 60000000"}
    run("INSERT INTO used_ids SELECT new FROM more")
    for table in ("image_tags", "image_properties"):
        names = [row[1] for row in run(f"PRAGMA table_info({table})")]
        chosen = ", ".join("more.new" if name == "image_id" else f"{table}.{name}" for name in names)
        run(f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM {table} JOIN more ON more.old = image_id ORDER BY 1, 2")
    # As a catalog grows: in the order of their dates.
    run(f"INSERT INTO images ({', '.join(columns)}) SELECT {', '.join(values.get(name, name) for name in columns)} "
        f"FROM more JOIN images ON images.id = more.old ORDER BY {values['created_at']}")
    run("INSERT INTO memberships (kind, thing_id, member, status, role, can_share, created_at, updated_at, thing_created_at) "
        "SELECT 'image', id, 'project-' || at || '-' || (images.rowid % 10000), CASE WHEN at < 6 THEN 'accepted' ELSE 'pending' END, "
        "'member', 0, created_at, created_at, created_at "
        "FROM (SELECT rowid, id, created_at FROM images ORDER BY id) AS images CROSS JOIN numbers WHERE at <= ?", (MEMBERS,))
    for _, text in indexes:
        run(text)
    run("COMMIT")
    for table in ("images", "image_tags", "image_properties", "memberships"):
        run(f"ANALYZE {table}")
    run("PRAGMA wal_checkpoint(TRUNCATE)")
    ids = [row[0] for row in run("SELECT id FROM images WHERE visibility = 'shared' AND random() % 100 = 0 OR rowid % 200 = 0 LIMIT 4000")]
    database.close()
    return ids


def measure(meter, server, people, ids, count):
    """Reads spread over the whole catalog, pages at any depth, members added."""
    base, admin, alice = server.base, people.token("admin"), people.token("alice")
    chance = random.Random(5)
    chosen = [chance.choice(ids) for _ in range(count)]
    meter.requests("show", [load.build(base, "GET", f"/v2/images/{image}", admin) for image in chosen], 4, warm=count // 10)
    meter.requests("list", [load.build(base, "GET", f"/v2/images?limit={PAGE}", alice)] * (count // 2), 4, warm=count // 20)
    meter.requests("page anywhere", [load.build(base, "GET", f"/v2/images?limit={PAGE}&marker={image}", admin)
                                     for image in chosen[: count // 2]], 4, warm=count // 20)
    own = call(base, "GET", f"/v2/images?limit=100&owner={people.login('alice')[1]['project']['id']}&visibility=shared", token=alice).json["images"]
    bodies = [json.dumps({"member": f"guest-{number}"}).encode() for number in range(count)]
    meter.requests("add member", [load.build(base, "POST", f"/v2/images/{own[number % len(own)]['id']}/members", alice, body)
                                  for number, body in enumerate(bodies)], 4, warm=count // 10)
