"""The images of the catalogs: the same ones for both servers, from a fixed seed."""

import datetime
import io
import random
import sqlite3
import uuid

from . import load

#: Owners beside alpha and beta.
OTHERS = 200


def images(count, alpha, beta):
    """One dictionary per image: a tenth alpha's, a tenth beta's, most of them shared, 2 % public, 1 % community."""
    chance = random.Random(count)
    others = [uuid.UUID(int=chance.getrandbits(128)).hex for _ in range(OTHERS)]
    for number in range(count):
        whose, how = chance.random(), chance.random()
        yield {
            "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "name": f"image-{number:06d}",
            "owner": alpha if whose < 0.1 else beta if whose < 0.2 else chance.choice(others),
            "visibility": "shared" if how < 0.7 else "private" if how < 0.97 else "public" if how < 0.99 else "community",
            "disk_format": chance.choice(("qcow2", "raw", "iso")),
            "container_format": "bare",
            "min_disk": chance.choice((0, 1, 10, 20)),
            "min_ram": chance.choice((0, 512, 1024)),
            "tags": [chance.choice(("prod", "test", "gold"))],
            "os_distro": chance.choice(("debian", "ubuntu", "fedora", "rocky")),
            "os_version": str(chance.randrange(8, 26)),
            "hw_disk_bus": "virtio",
        }


PROPERTIES = ("os_distro", "os_version", "hw_disk_bus")


def into_salon(base, token, many):
    """Creates them over the API, as an administrator."""
    import json
    requests = (load.build(base, "POST", "/v2/images", token, json.dumps(image).encode()) for image in many)
    load.run(base, requests, 16, 201)


def activate_in_salon(file):
    """Makes every image active, as if it had data, with the server stopped."""
    database = sqlite3.connect(f"file:{file}?mode=rw", uri=True)
    with database:
        database.execute("""UPDATE images SET status = 'active', size = 1048576 + abs(random() % 20000000000),
            virtual_size = 21474836480, checksum = lower(hex(randomblob(16))), os_hash_algo = 'sha512',
            os_hash_value = lower(hex(randomblob(64))) WHERE status = 'queued'""")
    # Only what was filled: statistics of tables that are almost empty yet would have SQLite scan them for good.
    for table in ("images", "image_tags", "image_properties", "memberships"):
        database.execute(f"ANALYZE {table}")
    database.close()


def into_glance(url, many):
    """Copies them into Glance's tables."""
    import psycopg2
    chance, start = random.Random(1), datetime.datetime(2023, 1, 1)
    rows = {"images": io.StringIO(), "image_properties": io.StringIO(), "image_locations": io.StringIO(), "image_tags": io.StringIO()}
    for number, image in enumerate(many):
        at = (start + datetime.timedelta(minutes=number)).isoformat(sep=" ")
        size, key = chance.randrange(1 << 20, 20 << 30), image["id"]
        rows["images"].write("\t".join(map(str, (
            key, image["name"], size, 21474836480, "active", at, at, "f", image["disk_format"], image["container_format"],
            f"{chance.getrandbits(128):032x}", image["owner"], image["min_disk"], image["min_ram"], "f", image["visibility"],
            "f", "sha512", f"{chance.getrandbits(512):0128x}"))) + "\n")
        for name in PROPERTIES:
            rows["image_properties"].write("\t".join((key, name, image[name], at, at, "f")) + "\n")
        rows["image_locations"].write("\t".join((key, f"file:///srv/images/{key}", at, at, "f", "{}", "active")) + "\n")
        for tag in image["tags"]:
            rows["image_tags"].write("\t".join((key, tag, at, at, "f")) + "\n")
    columns = {
        "images": "id name size virtual_size status created_at updated_at deleted disk_format container_format checksum owner "
                  "min_disk min_ram protected visibility os_hidden os_hash_algo os_hash_value",
        "image_properties": "image_id name value created_at updated_at deleted",
        "image_locations": "image_id value created_at updated_at deleted meta_data status",
        "image_tags": "image_id value created_at updated_at deleted",
    }
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for table, text in rows.items():
            text.seek(0)
            cursor.copy_expert(f"COPY {table} ({', '.join(columns[table].split())}) FROM STDIN", text)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    return connection, backend
