"""Databases of their own on the servers that ci/databases.sh has started."""

import os
import urllib.parse
import uuid

from harness import databases


def server(backend):
    """The address of the administrator's database."""
    variable = databases.VARIABLES[backend]
    url = os.environ.get(variable)
    if not url:
        raise SystemExit(f'{variable} is not set: eval "$(ci/databases.sh start DIR)"')
    return url


def create(backend):
    """A new database: (name, URL, port of its server)."""
    url, name = server(backend), f"salon_faults_{uuid.uuid4().hex[:16]}"
    databases.run(url, f"CREATE DATABASE {name}")
    return name, databases.beside(url, name), urllib.parse.urlsplit(url).port


def drop(backend, name):
    """Removes it, whoever is still connected."""
    databases.run(server(backend), f"DROP DATABASE {name}" + (" WITH (FORCE)" if backend == "postgres" else ""))
