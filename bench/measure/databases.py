"""PostgreSQL and MariaDB for Salon's catalog, started for the measurement, with every commit on disk."""

from harness import databases

from . import processes

#: Makes every image active, as if it had data.
ACTIVATE = """UPDATE images SET status = 'active', size = 1048576 + FLOOR({random} * 20000000000), virtual_size = 21474836480,
    checksum = MD5(CONCAT({random}, id)), os_hash_algo = 'sha512', os_hash_value = {digest} WHERE status = 'queued'"""
#: What has the database look at a table that was filled.
ANALYZE = {"postgres": "VACUUM ANALYZE {}", "mariadb": "ANALYZE TABLE {}"}
FILLED = ("images", "image_tags", "image_properties", "memberships")
WORDS = {
    "postgres": {"random": "RANDOM()", "digest": "ENCODE(SHA512(CONVERT_TO(id, 'UTF8')), 'hex')"},
    "mariadb": {"random": "RAND()", "digest": "SHA2(id, 512)"},
}


class Database:
    """A database for Salon's tables: its address, and the processes that work for it."""

    def __init__(self, server, name):
        self.backend, self.url, self.roots = server.backend, databases.beside(server.url, name), server.roots
        databases.run(server.url, f"CREATE DATABASE {name}")

    def activate(self):
        """As if every image had data."""
        databases.run(self.url, ACTIVATE.format(**WORDS[self.backend]))
        for table in FILLED:
            databases.run(self.url, ANALYZE[self.backend].format(table))


class Server:
    """One of the two."""

    def __init__(self, backend, url, folder):
        self.backend, self.url, self.roots = backend, url, processes.by_command(f"{folder}/{backend}/data")

    def create(self, name):
        """A new database; it goes with its server."""
        return Database(self, name)


def start(stack):
    """Starts both; they end with the stack."""
    urls, folder = databases.start(stack, "durable")
    return {words: Server(backend, urls[backend], folder) for backend, words in (("postgres", "PostgreSQL"), ("mariadb", "MariaDB"))}
