"""Changes that go on after their answer: images fetched from a URL, imports and exports.

Such a change is acknowledged by its answer, whatever happens to the process after it: the next start has to bring it to its
end. Only where the disk failed and the server lived on, the work itself may fail, and say so."""

import functools
import http.server
import threading
import time

from .changes import META, Change, Thing, change, image, look_image
from .world import PATIENCE, Answer, Violation, digest, new_id, noise

#: Bytes of an image that is fetched or imported.
SIZE = 300_000
#: How long work may take that has begun.
ENDS_IN = 90


class Source(http.server.BaseHTTPRequestHandler):
    """Serves what it was given, by its path."""
    things = {}
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        data = self.things[self.path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


@functools.cache
def source():
    """The source of this process."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Source)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def until(what, over):
    """Asks `over` until it knows."""
    end = time.monotonic() + ENDS_IN
    while (found := over()) is None:
        if time.monotonic() > end:
            raise Violation(f"{what} does not end")
        time.sleep(0.02)
    return found


def job(w, begin, over):
    """Begins a work and waits for its end, with a server that may go away meanwhile: then the answer stands."""
    asked = begin()
    if not asked.acknowledged:
        return asked
    end = time.monotonic() + PATIENCE
    while w.server.process.poll() is None and time.monotonic() < end:
        failed = over(asked)
        if failed is not None:
            # What the work itself says of a failure is no answer to a request; it counts as one of a server in trouble.
            return Answer(503, failed.encode()) if failed else asked
        time.sleep(0.02)
    if time.monotonic() > end:
        raise Violation("a work that was begun does not end")
    return asked


@change("v1 copy from a URL")
def _(w, chance):
    id_, data = new_id(), noise(SIZE, chance)
    Source.things[f"/{id_}"] = data
    headers = META | {"x-image-meta-id": id_, "x-image-meta-name": "copied", "x-image-meta-property-kind": "v1",
                      "x-glance-api-copy-from": f"{source()}/{id_}"}
    new = {"status": "active", "name": "copied", "tags": [], "kind": "v1", "members": {}, "data": digest(data)}
    killed = new | {"status": "killed", "data": None}

    def status(*_):
        shown = w.send("HEAD", f"/v1/images/{id_}", w.tokens["alice"])
        return shown.headers.get("x-image-meta-status") if shown.status == 200 else "" if shown.status == 404 else None

    def look():
        until(f"the copy of {id_}", lambda: None if (now := status()) in (None, "queued", "saving") else now)
        return look_image(w, id_)()

    def over(_):
        return {"active": "", "killed": "killed"}.get(status())
    thing = Thing(f"image {id_}", look, lambda: w.ask("DELETE", f"/v2/images/{id_}"))
    return Change(thing, new, lambda: job(w, lambda: w.send("POST", "/v1/images", w.tokens["alice"], b"", headers), over),
                  also=[killed], again=(409,), anew=[killed, None])


def vhd(chance):
    """A fixed disk with its footer."""
    disk = noise(SIZE // 512 * 512, chance)
    footer = bytearray(512)
    footer[:8], footer[8:16] = b"conectix", (2).to_bytes(4, "big") + (0x10000).to_bytes(4, "big")
    footer[16:24] = b"\xff" * 8
    footer[40:56] = len(disk).to_bytes(8, "big") * 2
    footer[60:64], footer[68:84] = (2).to_bytes(4, "big"), chance.randbytes(15) + b"\1"
    footer[64:68] = (~sum(footer) & 0xffffffff).to_bytes(4, "big")
    return disk + bytes(footer)


def tasks(w, about):
    """The tasks whose input has this."""
    found, path = [], "/rackspace/v2/tasks?limit=100"
    while path:
        page = w.must(w.ask("GET", path)).json()
        found += [w.must(w.ask("GET", f"/rackspace/v2/tasks/{task['id']}")).json() for task in page["tasks"]]
        path = page.get("next") and f"/rackspace{page['next']}"
    return [task for task in found if about in str(task["input"])]


def settled(w, about):
    """Waits until no task with this is under way."""
    def over():
        return None if any(task["status"] in ("pending", "processing") for task in tasks(w, about)) else True
    until(f"a task of {about}", over)


def begin(w, kind, given):
    """Asks for a task and waits for its end."""
    def over(asked):
        shown = w.ask("GET", f"/rackspace/v2/tasks/{asked.json()['id']}")
        if shown.status != 200 or shown.json()["status"] in ("pending", "processing"):
            return None
        return "" if shown.json()["status"] == "success" else shown.json()["message"]
    return job(w, lambda: w.ask("POST", "/rackspace/v2/tasks", {"type": kind, "input": given}), over)


def container(w):
    place = w.data / "containers" / w.projects["alice"] / "trial"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


@change("task import")
def _(w, chance):
    name = f"i{chance.getrandbits(60):015x}"
    data = vhd(chance)
    (container(w) / name).write_bytes(data)

    def images():
        return w.must(w.ask("GET", f"/v2/images?name={name}")).json()["images"]

    def look():
        settled(w, name)
        seen = [{"status": one["status"], "data": digest(w.must(w.send("GET", one["file"], w.tokens["alice"]), 200, 204).body)}
                for one in images()]
        return seen or None

    def remove():
        for one in images():
            w.ask("DELETE", f"/v2/images/{one['id']}")
    one = {"status": "active", "data": digest(data)}
    given = {"import_from": f"trial/{name}", "image_properties": {"name": name}}
    # A repetition is another task, with an image of its own.
    return Change(Thing(f"import {name}", look, remove), [one], lambda: begin(w, "import", given), anew=[[one, one]])


@change("task export")
def _(w, chance):
    data = vhd(chance)
    id_, _, image_ = image(w, data, kind="vhd")
    file = container(w) / f"{id_}.vhd"

    def look():
        settled(w, id_)
        extra = [path.name for path in file.parent.iterdir() if id_ in path.name and path != file]
        if extra:
            raise Violation(f"left over in the container: {extra}")
        return digest(file.read_bytes()) if file.exists() else None

    def remove():
        file.unlink(missing_ok=True)
        image_.remove()
    given = {"image_uuid": id_, "receiving_swift_container": "trial"}
    # An object is never replaced, so the repetition of an export that was done fails as a task.
    return Change(Thing(f"export {id_}", look, remove), digest(data), lambda: begin(w, "export", given), again=(503,))
