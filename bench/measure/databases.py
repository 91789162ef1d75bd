"""PostgreSQL and MariaDB for Salon's catalog, started for the measurement, with every commit on disk."""

import os
import re
import subprocess
import tempfile
import urllib.parse

from harness import servers

from . import processes

#: Makes every image active, as if it had data, and has the database look at what was filled.
ACTIVATE = """UPDATE images SET status = 'active', size = 1048576 + FLOOR(RAND() * 20000000000), virtual_size = 21474836480,
    checksum = MD5(CONCAT(RAND(), id)), os_hash_algo = 'sha512', os_hash_value = {digest} WHERE status = 'queued'"""
FILLED = ("images", "image_tags", "image_properties", "memberships")


class Database:
    """A database with Salon's tables: its address, and the processes that work for it."""

    def __init__(self, server, name):
        self.server, self.name, self.roots = server, name, server.roots
        self.url = server.at._replace(path=f"/{name}").geturl()

    def activate(self):
        """As if every image had data."""
        self.server.run(self.name, self.server.activate)
        for table in FILLED:
            self.server.run(self.name, self.server.analyze.format(table))


class Server:
    """One of the two."""

    def __init__(self, url, roots):
        self.at, self.roots = urllib.parse.urlsplit(url), roots

    def create(self, name):
        """A new database; it goes with its server."""
        self.run(self.at.path[1:], f"CREATE DATABASE {name}")
        return Database(self, name)

    def run(self, database, sql):
        """Runs a statement by the database's own client."""
        done = subprocess.run(self.command(database, sql), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"bench: {sql}: {done.stderr}")


class Postgres(Server):
    activate = ACTIVATE.replace("RAND()", "RANDOM()").format(digest="ENCODE(SHA512(CONVERT_TO(id, 'UTF8')), 'hex')")
    analyze = "VACUUM ANALYZE {}"

    def command(self, database, sql):
        return ["psql", "-q", "-v", "ON_ERROR_STOP=1", self.at._replace(path=f"/{database}").geturl(), "-c", sql]


class MariaDb(Server):
    activate = ACTIVATE.format(digest="SHA2(id, 512)")
    analyze = "ANALYZE TABLE {}"

    def command(self, database, sql):
        return ["mariadb", "--no-defaults", "--protocol=tcp", "-h", self.at.hostname, "-P", str(self.at.port), "-u", self.at.username,
                f"--password={self.at.password}", database, "-e", sql]


def start(stack):
    """Starts both; they end with the stack."""
    # Below /tmp, because the user that they run as must be able to go there.
    folder = tempfile.mkdtemp(prefix="salon-bench-")
    os.chmod(folder, 0o755)
    script = servers.TOP / "ci" / "databases.sh"
    stack.callback(subprocess.run, [script, "stop", folder], check=False)
    said = subprocess.run([script, "start", folder, "durable"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True).stdout
    urls = {name: re.search(f"SALON_TEST_{name}_URL='([^']+)'", said)[1] for name in ("POSTGRES", "MARIADB")}
    return {
        "PostgreSQL": Postgres(urls["POSTGRES"], processes.by_command(f"{folder}/postgres/data")),
        "MariaDB": MariaDb(urls["MARIADB"], processes.by_command(f"--datadir={folder}/mariadb/data")),
    }
