"""conformance/clients/run: the tests in clients/, once for every identity.

Each test file runs in a process of its own with a home directory that is empty before and gone afterwards.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import yaml

from . import people, servers

HERE = pathlib.Path(__file__).parent.parent / "clients"
SOURCE = pathlib.Path("/usr/lib/grub-rescue")
# qemu-img's name of a format -> Glance's.
CONVERTED = {"qcow2": "qcow2", "vmdk": "vmdk", "vdi": "vdi", "vpc": "vhd"}
SECONDS = 600
# The clients of v1 and those that sign their requests want them spoken; the sources that tests copy from are on this machine.
MORE = """[image_v1]
enabled = true
[chime]
enabled = true
[outbound]
ports = []
allowed_networks = ["127.0.0.1"]
"""


def images(folder):
    """Real images: Debian's rescue disks, and what qemu-img makes of them. [{file, disk_format, size, md5, sha512}]."""
    folder.mkdir()
    files = []
    for source, disk_format in (("cdrom.iso", "iso"), ("floppy.img", "raw"), ("usb.img", "raw")):
        file = folder / f"grub-rescue-{source}"
        if not (SOURCE / file.name).exists():
            raise SystemExit(f"{SOURCE / file.name} is missing: apt-get install grub-rescue-pc")
        shutil.copyfile(SOURCE / file.name, file)
        files.append((file, disk_format))
    if not shutil.which("qemu-img"):
        raise SystemExit("qemu-img is missing: apt-get install qemu-utils")
    for qemu, disk_format in CONVERTED.items():
        for source in ("floppy.img", "usb.img"):
            made = folder / f"grub-rescue-{source}.{disk_format}"
            subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", qemu, folder / f"grub-rescue-{source}", made],
                           check=True, stdin=subprocess.DEVNULL)
            files.append((made, disk_format))
    return [{"file": str(file), "disk_format": disk_format, "size": file.stat().st_size,
             "md5": hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest(),
             "sha512": hashlib.sha512(file.read_bytes()).hexdigest()} for file, disk_format in files]


def clouds(auth, passwords):
    """A clouds.yaml of everybody, as a deployer would write it."""
    users = people.read()["users"]
    return yaml.safe_dump({"clouds": {name: {
        "auth": {"auth_url": auth, "username": name, "password": passwords[name], "project_name": users[name]["project"],
                 "user_domain_name": "Default", "project_domain_name": "Default"},
        "region_name": servers.REGION, "identity_api_version": 3} for name in ("alice", "bob", "admin")}})


def start(place, name):
    """Starts Salon (or Glance, to see that the tests are right) for an identity and answers what the tests are told."""
    if name == "own":
        url, auth, passwords, home = servers.salon(place, "salon-own", settings=MORE)
        # The file that --dev writes is part of what is tested.
        file = home / "data" / "clouds.yaml"
    else:
        auth, passwords = servers.keystone(place)
        url = servers.glance(place, auth) if name == "glance" else servers.salon(place, "salon-keystone", auth, settings=MORE)[0]
        people.add_image_service(auth, passwords["admin"], url, servers.REGION)
        file = pathlib.Path(servers.write(place.dir / f"clouds-{name}.yaml", clouds(auth, passwords)))
    known = people.People(auth, passwords)
    return {"url": url, "clouds": str(file), "server": "glance" if name == "glance" else "salon",
            "projects": {user: known.login(user)[1]["project"]["id"] for user in ("alice", "bob", "admin")}}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(prog="conformance/clients/run", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", help="only test files whose name contains one of these")
    parser.add_argument("--identity", default="own,keystone", help="comma list of own, keystone (default: both); glance "
                        "is the real Glance, to see that a test is right")
    options = parser.parse_args()
    tests = [t for t in sorted(HERE.glob("test_*.py")) if not options.names or any(n in t.stem for n in options.names)]
    bad = 0
    with contextlib.ExitStack() as stack:
        place = servers.Place(stack, "clients")
        made = images(place.dir / "images")
        running = []
        for name in options.identity.split(","):
            told = dict(start(place, name), images=made)
            if name == "glance":
                # Glance takes these disks for ISOs, and falls over them when they are said to be raw.
                told["images"] = [dict(i, disk_format="iso" if i["disk_format"] == "raw" else i["disk_format"]) for i in made]
            for test in tests:
                home = place.dir / f"home-{name}-{test.stem}"
                home.mkdir()
                env = {k: v for k, v in os.environ.items() if not k.startswith("OS_")}
                env.update(HOME=str(home), OS_CLIENT_CONFIG_FILE=told["clouds"], CONFORMANCE=json.dumps(told),
                           PYTHONWARNINGS="ignore", PYTHONPATH=f"{HERE}:{HERE.parent}", PYTHONDONTWRITEBYTECODE="1")
                log = place.dir / f"{name}-{test.stem}.log"
                with log.open("wb") as out:
                    process = subprocess.Popen([sys.executable, "-m", "unittest", "-v", test.stem], cwd=home, env=env,
                                               stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
                stack.callback(servers.stop, process)
                running.append((name, test.stem, process, log, time.monotonic()))
        for name, test, process, log, began in running:
            try:
                process.wait(max(1, began + SECONDS - time.monotonic()))
            except subprocess.TimeoutExpired:
                servers.stop(process)
            text = log.read_text(errors="replace")
            last = text.strip().splitlines()[-3:]
            if process.returncode != 0:
                bad += 1
                print("\n".join(f"[clients {name} {test}] {line}" for line in text.splitlines()[-200:]))
            print(f"[clients {name}] {test}: {' '.join(last)}", flush=True)
        place.keep = bool(bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
