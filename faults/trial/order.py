"""What has to come before what, where nothing fails: a process that is killed leaves its writes to the kernel, so a sync that is
missing shows only in the order of the calls."""

import os

from .gate import NAMES, SYNCS, WRITES
from .world import Violation

WRITING = {name for name, *_ in WRITES.values()}
NAMING = {name for name, *_ in NAMES.values() if name.startswith(("link", "rename"))}


def hold(seen):
    """Before files of images and containers get their names everything that was written there was synced, and the names
    are, too."""
    written, named = {}, {}
    for family, number, name, path in seen:
        kind = next((kind for kind in ("/images/", "/containers/") if kind in path + "/"), None)
        if family != "change" or kind is None:
            continue
        if name in WRITING:
            written[path] = kind
        elif name in SYNCS:
            written.pop(path, None)
            named.pop(path, None)
        elif name in NAMING:
            unsynced = [os.path.basename(other) for other, its in written.items() if its == kind]
            if unsynced:
                raise Violation(f"call {number} names {os.path.basename(path)} with {unsynced} written and not synced")
            # What is staged needs no name that lasts.
            if os.path.basename(os.path.dirname(path)) != ".staging":
                named[os.path.dirname(path)] = number
    if named:
        raise Violation(f"names are not synced: {named}")
