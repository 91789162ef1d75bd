"""A file system in a file, and the power cut: the file system goes down without writing back what it holds in memory.

What was synced is there after the next mount, which replays the journal, and everything else is gone.
"""

import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import time

SHUTDOWN = 0x8004587D
#: Whether the journal is written before: 2 loses what was not synced, 1 keeps names whose data was not written.
LOSE, KEEP_JOURNAL = 2, 1
MAKE = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"]}
PACKAGES = {"mkfs.ext4": "e2fsprogs", "mkfs.xfs": "xfsprogs", "mount": "mount"}


def ready():
    """Whether this process may do all that; otherwise the run fails with the reason."""
    if os.geteuid() != 0:
        raise SystemExit("faults/power mounts file systems and cuts their power: it has to run as root")
    for tool, package in PACKAGES.items():
        if not shutil.which(tool):
            raise SystemExit(f"faults/power: {tool} is missing: apt-get install {package}")


class Disk:
    """A mounted file system. The mount is seen in this process's namespace only, and its loop device ends with it."""

    def __init__(self, stack, place, kind, megabytes):
        self.kind, self.image, self.at = kind, pathlib.Path(place) / "image", pathlib.Path(place) / "disk"
        self.at.mkdir(parents=True)
        with open(self.image, "wb") as file:
            file.truncate(megabytes << 20)
        self._run([*MAKE[kind], self.image])
        stack.callback(self.close)
        self.mounted = False
        self.mount()

    @staticmethod
    def _run(command):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")

    def mount(self):
        self._run(["mount", "-t", self.kind, "-o", "loop,noatime", self.image, self.at])
        self.mounted = True

    def unmount(self):
        """Nobody is in it any more, or will not be in a moment: the kernel closes what a killed process held."""
        end = time.monotonic() + 20
        while self.mounted:
            done = subprocess.run(["umount", self.at], stdin=subprocess.DEVNULL, capture_output=True, text=True)
            self.mounted = done.returncode != 0
            if self.mounted:
                if time.monotonic() > end:
                    raise SystemExit(f"umount {self.at}: {done.stderr}")
                time.sleep(0.005)

    def cut(self, how):
        """The power goes."""
        directory = os.open(self.at, os.O_RDONLY)
        try:
            fcntl.ioctl(directory, SHUTDOWN, struct.pack("=I", how))
        finally:
            os.close(directory)

    def close(self):
        if self.mounted:
            self.unmount()
