"""The servers under measurement: each knows its address, its processes and a token."""

import os
import pathlib
import re
import shutil
import subprocess
import time

import yaml
from harness import people, servers

from . import processes

RELEASE = servers.TOP / "target" / "release" / "salon"


class Salon:
    """The release build with SQLite, or a database of another server, files and its own identity, its settings as they come but
    for the rate of one caller."""

    name = "Salon"

    def __init__(self, place, name, images, database=None, env=None):
        self.place, self.home, self.database, self.env = place, place.dir / name, database.roots if database else [], env or {}
        self.home.mkdir()
        self.config = servers.write(self.home / "salon.toml", f"""[server]
listen = ["127.0.0.1:0"]
data_dir = "{self.home}/data"
port_file = "{self.home}/port"
[store]
filesystem_store_datadir = "{images}"
[chime]
requests_per_second = 0
""" + (f'[database]\nconnection = "{database.url}"\n' if database else ""))
        self.process = None

    def start(self):
        """Starts it; seconds until it answers."""
        port = self.home / "port"
        port.unlink(missing_ok=True)
        env = {k: v for k, v in os.environ.items() if not k.startswith("SALON_")} | self.env
        begun = time.perf_counter()
        self.process, log = self.place.start("salon", [RELEASE, "serve", "--dev", "--config", self.config], env, self.home)
        while not (port.exists() and port.read_text().strip()):
            if self.process.poll() is not None:
                raise SystemExit(f"bench: Salon does not start\n{servers.tail(log)}")
            time.sleep(0.001)
        self.base = f"http://{port.read_text().strip()}"
        servers.wait(self.process, log, self.base + "/healthcheck", (200,))
        took = time.perf_counter() - begun
        self.roots = [self.process.pid]
        return took

    def stop(self):
        servers.stop(self.process)

    def people(self):
        clouds = yaml.safe_load((self.home / "data" / "clouds.yaml").read_text())["clouds"]
        return people.People(self.base + "/identity/v3", {name: cloud["auth"]["password"] for name, cloud in clouds.items()})


class Glance:
    """Glance under uWSGI with PostgreSQL, behind a Keystone."""

    name = "Glance"

    def __init__(self, place, auth, passwords, images):
        self.base = servers.glance(place, auth)
        config = (place.dir / "glance" / "glance-api.conf").read_text()
        self.url = re.search(r"^connection = (\S+)$", config, re.M)[1].replace("postgresql+psycopg2:", "postgresql:")
        self.images, self.auth, self.passwords = images, auth, passwords
        self.roots = processes.by_command(str(place.dir / "glance.ini"))
        self.database = []

    def people(self):
        return people.People(self.auth, self.passwords)


class Nginx:
    """One worker that sends a file by sendfile: what a download costs at least."""

    def __init__(self, place, name, directory):
        port, home = servers.free_port(), place.dir / f"nginx-{name}"
        home.mkdir()
        config = servers.write(home / "nginx.conf", f"""daemon off;
master_process off;
user root;
pid {home}/pid;
error_log {home}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    sendfile on;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    server {{ listen 127.0.0.1:{port}; root {directory}; }}
}}
""")
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        process, log = place.start("nginx", [program, "-c", config, "-e", f"{home}/error.log"])
        self.base, self.roots = f"http://127.0.0.1:{port}", [process.pid]
        servers.wait(process, log, self.base + "/", (403, 404, 200))


def machine():
    """What this was measured on."""
    def ask(*command):
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    model = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    total = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "processor": model[1] if model else ask("uname", "-m"),
        "cores": os.cpu_count(),
        "memory": f"{int(total[1]) / 1048576:.0f} GiB",
        "kernel": ask("uname", "-r"),
        "openssl": ask("openssl", "version").split(" (")[0],
        "nginx": "nginx " + re.sub(r".*/", "", subprocess.run(["/usr/sbin/nginx", "-v"], capture_output=True, text=True).stderr.strip()),
        "salon": ask("git", "-C", str(servers.TOP), "rev-parse", "--short", "HEAD"),
    }
