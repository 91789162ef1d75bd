"""python-glanceclient's client of the Image API v1, command line and library. Real Glance has no v1 any more."""

import contextlib
import functools
import http.server
import io
import pathlib
import re
import threading
import time
import unittest

from glanceclient import client, exc
from keystoneauth1 import loading, session
from test_glance import account, glance, table
from world import PROJECT, SALON, Case, Said, image_file


def v1(who, *arguments):
    """Runs `glance --os-image-api-version 1 ARGUMENTS` as somebody and answers what it printed."""
    return glance(who, "--os-image-api-version", "1", *arguments)


def library(who, version="1"):
    """glanceclient's v1 client, or v2's."""
    loaded = loading.get_plugin_loader("password").load_from_options(**account(who)["auth"])
    return client.Client(version, session=session.Session(auth=loaded), region_name="RegionOne", interface="public")


def shown(text):
    """{field: value} of a table; properties as the tool writes them: Property 'name'."""
    return {**table(text), **dict(re.findall(r"^\| Property '(.+?)'\s+\| (.*?)\s*\|$", text, re.M))}


@contextlib.contextmanager
def serving(folder):
    """A web server for the files of a folder; its address."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@unittest.skipUnless(SALON, "real Glance has no v1 any more")
class GlanceV1(Case):
    def make(self, *options, data=True):
        source = image_file("qcow2")
        file = ("--file", source["file"], "--disk-format", "qcow2", "--container-format", "bare") if data else ()
        made = shown(v1("alice", "image-create", "--name", self.name, *file, *options))
        self.addCleanup(self.gone, made["id"])
        return made

    def gone(self, image):
        try:
            library("admin", "2").images.delete(image)
        except exc.HTTPException:
            pass

    def refused(self, what, who, *arguments):
        with self.assertRaises(Said) as said:
            v1(who, *arguments)
        self.assertRegex(said.exception.err + said.exception.out, what)


class CommandLine(GlanceV1):
    def test_an_image(self):
        source = image_file("qcow2")
        made = self.make("--property", "colour=dark red", "--min-ram", "64", "--is-public", "False", "--checksum", source["md5"])
        self.assertEqual((made["status"], made["size"], made["checksum"], made["min_ram"], made["colour"], made["is_public"]),
                         ("active", str(source["size"]), source["md5"], "64", "dark red", "False"))
        image = made["id"]
        # Null is no header.
        self.assertEqual(shown(v1("alice", "image-show", image)), {k: v for k, v in made.items() if k != "deleted_at"})
        self.assertEqual(shown(v1("alice", "image-show", self.name))["id"], image)
        self.assertIn(image, v1("alice", "image-list"))
        self.assertIn(image, v1("alice", "image-list", "--name", self.name, "--property-filter", "colour=dark red", "--size-min", "1",
                                "--disk-format", "qcow2", "--status", "active", "--sort-key", "size", "--sort-dir", "desc"))
        self.assertNotIn(image, v1("bob", "image-list"))
        self.assertIn(image, v1("admin", "image-list", "--all-tenants"))
        self.assertIn(image, v1("admin", "image-list", "--owner", PROJECT["alice"]))
        v1("alice", "image-download", "--file", self.folder / "saved", image)
        self.assert_same_bytes(self.folder / "saved", source)
        changed = shown(v1("alice", "image-update", image, "--name", self.name + " ü", "--property", "shape=round", "--is-protected", "True"))
        self.assertEqual((changed["colour"], changed["shape"], changed["protected"]), ("dark red", "round", "True"))
        self.assertEqual(library("alice", "2").images.get(image).name, self.name + " ü")
        # The tool ends well whatever becomes of a deletion.
        v1("alice", "image-delete", image)
        self.assertEqual(shown(v1("alice", "image-show", image))["protected"], "True")
        changed = shown(v1("alice", "image-update", image, "--is-protected", "False", "--purge-props", "--property", "shape=flat"))
        self.assertEqual((changed.get("colour"), changed["shape"]), (None, "flat"))
        v1("alice", "image-delete", image)
        self.refused("No image|404", "alice", "image-show", image)

    def test_in_two_steps(self):
        made = self.make(data=False)
        self.assertEqual((made["status"], made["size"]), ("queued", "0"))
        source = image_file("vdi")
        done = shown(v1("alice", "image-update", made["id"], "--disk-format", "vdi", "--container-format", "bare", "--file", source["file"]))
        self.assertEqual((done["status"], done["checksum"]), ("active", source["md5"]))
        self.refused("which is active", "alice", "image-update", made["id"], "--file", source["file"])
        self.refused("External sources are not supported|400", "alice", "image-create", "--copy-from", "file:///etc/passwd",
                     "--disk-format", "raw", "--container-format", "bare")
        self.refused("403", "alice", "image-create", "--name", self.name, "--is-public", "True")

    def test_data_from_elsewhere(self):
        source = image_file("qcow2")
        with serving(pathlib.Path(source["file"]).parent) as url:
            url = f"{url}/{pathlib.Path(source['file']).name}"
            copied = self.make("--copy-from", url, "--disk-format", "qcow2", "--container-format", "bare", data=False)
            self.assertEqual(copied["status"], "queued")
            done = self.settled(copied["id"])
            self.assertEqual((done["status"], done["size"], done["checksum"]), ("active", str(source["size"]), source["md5"]))
            v1("alice", "image-download", "--file", self.folder / "copied", copied["id"])
            self.assert_same_bytes(self.folder / "copied", source)
            later = self.make("--disk-format", "qcow2", "--container-format", "bare", data=False)
            v1("alice", "image-update", later["id"], "--copy-from", url)
            self.assertEqual(self.settled(later["id"])["status"], "active")
            absent = self.make("--copy-from", url + ".absent", "--disk-format", "qcow2", "--container-format", "bare", data=False)
            self.assertEqual(self.settled(absent["id"])["status"], "killed")
            self.assertNotIn(absent["id"], v1("alice", "image-list") + glance("alice", "image-list"))
            located = ("--location", url, "--disk-format", "qcow2", "--container-format", "bare", "--name", self.name)
            self.refused("403", "alice", "image-create", *located)
            placed = shown(v1("admin", "image-create", *located))
            self.addCleanup(self.gone, placed["id"])
            self.assertEqual((placed["status"], placed["size"]), ("active", str(source["size"])))
            self.assertNotIn("location", placed)
            glance("admin", "image-download", "--file", self.folder / "placed", placed["id"])
            self.assert_same_bytes(self.folder / "placed", source)

    def settled(self, image):
        """The image when its data has been fetched, or not."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            now = shown(v1("alice", "image-show", image))
            if now["status"] not in ("queued", "saving"):
                return now
        self.fail(f"image {image} is not done")

    def test_members(self):
        image = self.make()["id"]
        self.refused("No image|404", "bob", "image-show", image)
        v1("alice", "member-create", image, PROJECT["bob"])
        self.assertRegex(v1("alice", "member-list", "--image-id", image), rf"{PROJECT['bob']} \| +\|")
        self.assertIn(image, v1("bob", "member-list", "--tenant-id", PROJECT["bob"]))
        self.assertIn(image, v1("bob", "image-list"))
        self.assertNotIn(image, glance("bob", "image-list"))
        self.assertIn(image, glance("bob", "image-list", "--visibility", "shared", "--member-status", "pending"))
        v1("bob", "image-download", "--file", self.folder / "saved", image)
        self.refused("404", "bob", "member-create", image, "somebody")
        v1("alice", "member-create", image, PROJECT["bob"], "--can-share")
        self.assertIn("True", v1("alice", "member-list", "--image-id", image))
        v1("bob", "member-create", image, "somebody")
        self.assertIn("somebody", glance("alice", "member-list", "--image-id", image))
        v1("alice", "member-delete", image, PROJECT["bob"])
        self.refused("No image|404", "bob", "image-show", image)
        self.refused("404", "alice", "member-delete", image, PROJECT["bob"])


class Library(GlanceV1):
    def test_models(self):
        alice, bob = library("alice"), library("bob")
        image = alice.images.create(name=self.name, disk_format="raw", container_format="bare", data=io.BytesIO(b"abc"),
                                    properties={"a b": "c d", "x": "ü"})
        self.addCleanup(self.gone, image.id)
        self.assertEqual((image.status, image.size, image.properties), ("active", 3, {"a b": "c d", "x": "ü"}))
        found = alice.images.get(image.id)
        self.assertEqual((found.name, found.is_public, found.protected, found.deleted, found.size), (self.name, False, False, False, 3))
        self.assertEqual(b"".join(alice.images.data(image)), b"abc")
        alice.image_members.create(image, PROJECT["bob"], can_share=True)
        member = alice.image_members.get(image, PROJECT["bob"])
        self.assertEqual((member.member_id, member.can_share), (PROJECT["bob"], True))
        self.assertEqual([m.member_id for m in alice.image_members.list(image=image)], [PROJECT["bob"]])
        self.assertIn(image.id, [m.image_id for m in bob.image_members.list(member=PROJECT["bob"])])
        alice.image_members.replace(image, [{"member_id": "m1", "can_share": False}, {"member_id": "m2", "can_share": True}])
        self.assertEqual({m.member_id: m.can_share for m in alice.image_members.list(image=image)}, {"m1": False, "m2": True})
        with self.assertRaises(exc.HTTPNotFound):
            bob.images.get(image.id)
        alice.image_members.delete(image.id, "m1")
        self.assertEqual([m.member_id for m in library("alice", "2").image_members.list(image.id)], ["m2"])
        alice.images.delete(image)
        with self.assertRaises(exc.HTTPNotFound):
            alice.images.get(image.id)

    def test_pages(self):
        alice = library("alice")
        made = set()
        for i in range(5):
            image = alice.images.create(name=f"{self.name}-{i}", properties={"run": self.name})
            self.addCleanup(self.gone, image.id)
            made.add(image.id)
        found = list(alice.images.list(page_size=2, filters={"properties": {"run": self.name}}, sort_key="name", sort_dir="asc"))
        self.assertEqual([i.name for i in found], [f"{self.name}-{i}" for i in range(5)])
        self.assertEqual({i.id for i in found}, made)
        self.assertEqual(len(list(alice.images.list(limit=3, page_size=2, filters={"properties": {"run": self.name}}))), 3)


if __name__ == "__main__":
    unittest.main()
