"""What the client tests share: who there is, what files there are, and a place to put downloads."""

import json
import os
import pathlib
import sys
import tempfile
import unittest
import uuid

TOLD = json.loads(os.environ["CONFORMANCE"])
PROJECT = TOLD["projects"]
IMAGES = TOLD["images"]
SALON = TOLD["server"] == "salon"


def image_file(disk_format):
    """The smallest real image of a format."""
    return min((i for i in IMAGES if i["disk_format"] == disk_format), key=lambda i: i["size"])


class Said(Exception):
    """A command that ended with another status than zero."""

    def __init__(self, status, out, err):
        super().__init__(f"exit {status}\n{out}\n{err}")
        self.status, self.out, self.err = status, out, err


def called(main, *arguments, terminal=False, environment=None):
    """Runs a command-line program's main function in a child and answers what it printed; Said when it failed.

    A child, because such programs are made for one command a process; forked, because importing them takes longer than
    anything they do. `terminal` gives it one for its standard input, where programs do not look for data.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if not child:
            status = 1
            try:
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                if terminal:
                    os.dup2(os.openpty()[1], 0)
                sys.stdout, sys.stderr = (open(n, "w", encoding="utf-8", closefd=False) for n in (1, 2))
                os.environ.update(environment or {})
                status = main([str(a) for a in arguments]) or 0
            except SystemExit as e:
                status = e.code if isinstance(e.code, int) else (0 if e.code is None else 1)
                if isinstance(e.code, str):
                    print(e.code, file=sys.stderr)
            except BaseException as e:  # noqa: BLE001 (a program that ends with a traceback has failed too)
                print(f"{type(e).__name__}: {e}", file=sys.stderr)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status if isinstance(status, int) else 1)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    if status:
        raise Said(status, *texts)
    return texts[0]


class Case(unittest.TestCase):
    """A test with a directory, a name of its own, and a list of what to delete."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.name = f"test-{uuid.uuid4().hex[:12]}"

    def assert_same_bytes(self, made, image):
        """A download is the file it came from."""
        self.assertEqual(pathlib.Path(made).read_bytes(), pathlib.Path(image["file"]).read_bytes())
