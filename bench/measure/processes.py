"""What processes cost: CPU time and memory, from /proc."""

import mmap
import os
import time

TICK = os.sysconf("SC_CLK_TCK")
#: How long a figure waits for other work on the machine to end.
QUIET_S = 20


def stats():
    """Parent and CPU seconds of every process."""
    out = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
                out[int(name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / TICK
            except (OSError, IndexError):
                pass
    return out


def tree(roots):
    """The processes and everything below them."""
    seen, found = stats(), set(roots)
    while more := {pid for pid, (parent, _) in seen.items() if parent in found} - found:
        found |= more
    return found & seen.keys()


def cpu(roots):
    """CPU seconds, user and system, of the processes and everything below them that lives."""
    seen = stats()
    return sum(seen[pid][1] for pid in tree(roots) if pid in seen)


def memory(roots):
    """Resident memory in MiB: pages that several of them share are counted once."""
    total = 0
    for pid in tree(roots):
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except OSError:
            pass
    return total / 1024


def by_command(part):
    """Processes whose command line holds `part`."""
    found = []
    for pid in stats():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if part.encode() in file.read():
                    found.append(pid)
        except OSError:
            pass
    return [pid for pid in found if pid != os.getpid()]


def parent(pid):
    return stats()[pid][0]


def busy():
    """CPU seconds of the whole machine."""
    with open("/proc/stat") as file:
        fields = [int(field) for field in file.readline().split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:8])) / TICK


def have_memory(size):
    """Has the kernel touch so many bytes of memory and give them back: the next that asks for memory gets these pages. A
    virtual machine's host may have taken free memory back, and gives it out again page by page, slower than any server fills it."""
    mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE).close()


def quiet(limit=QUIET_S):
    """Waits until the machine has nearly nothing to do, but no longer than so many seconds; whether it came to that."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        before, start = busy(), time.monotonic()
        time.sleep(0.5)
        if (busy() - before) / (time.monotonic() - start) / os.cpu_count() < 0.08:
            return True
    return False
