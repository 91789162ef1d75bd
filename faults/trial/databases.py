"""Databases of their own on the servers that ci/databases.sh has started."""

import os
import subprocess
import urllib.parse
import uuid

VARIABLES = {"postgres": "SALON_TEST_POSTGRES_URL", "mariadb": "SALON_TEST_MARIADB_URL"}


def server(backend):
    """The address of the administrator's database."""
    url = os.environ.get(VARIABLES[backend])
    if not url:
        raise SystemExit(f'{VARIABLES[backend]} is not set: eval "$(ci/databases.sh start DIR)"')
    return urllib.parse.urlsplit(url)


def _run(backend, sql):
    at = server(backend)
    command = (["psql", "-q", "-v", "ON_ERROR_STOP=1", at.geturl(), "-c", sql] if backend == "postgres" else
               ["mariadb", "--no-defaults", "--protocol=tcp", "-h", at.hostname, "-P", str(at.port), "-u", at.username,
                *([f"--password={at.password}"] if at.password else []), "-e", sql])
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{backend}: {sql}: {done.stderr}")


def create(backend):
    """A new database: (name, URL, port of its server)."""
    at, name = server(backend), f"salon_faults_{uuid.uuid4().hex[:16]}"
    _run(backend, f"CREATE DATABASE {name}")
    return name, at._replace(path="/" + name).geturl(), at.port


def drop(backend, name):
    """Removes it, whoever is still connected."""
    _run(backend, f"DROP DATABASE {name}" + (" WITH (FORCE)" if backend == "postgres" else ""))
