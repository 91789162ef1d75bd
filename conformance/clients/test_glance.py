"""python-glanceclient, command line and library: models made from the server's schemas."""

import os
import re
import subprocess
import sys
import unittest

import yaml
from glanceclient import client, exc, shell
from keystoneauth1 import loading, session
from world import PROJECT, TOLD, Case, Said, called, image_file


def account(who):
    """The entry of clouds.yaml."""
    with open(TOLD["clouds"]) as f:
        return yaml.safe_load(f)["clouds"][who]


def environment(who):
    """The variables glance reads in place of clouds.yaml."""
    auth = account(who)["auth"]
    return {"OS_AUTH_URL": auth["auth_url"], "OS_USERNAME": auth["username"], "OS_PASSWORD": auth["password"],
            "OS_PROJECT_NAME": auth["project_name"], "OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_DOMAIN_NAME": "Default",
            "OS_REGION_NAME": "RegionOne", "OS_IDENTITY_API_VERSION": "3"}


def glance(who, *arguments):
    """Runs `glance ARGUMENTS` as somebody and answers what it printed."""
    return called(shell.OpenStackImagesShell().main, *arguments, terminal=True, environment=environment(who))


def table(text):
    """{property: value} of a table of two columns."""
    return dict(re.findall(r"^\| (\S+)\s+\| (.*?)\s*\|$", text, re.M))


def library(who):
    """glanceclient as Cinder and others use it."""
    auth = account(who)["auth"]
    loaded = loading.get_plugin_loader("password").load_from_options(**auth)
    return client.Client("2", session=session.Session(auth=loaded), region_name="RegionOne", interface="public")


class Glance(Case):
    def make(self, *options, source=None):
        source = source or image_file("qcow2")
        made = table(glance("alice", "image-create", "--name", self.name, "--file", source["file"], "--disk-format",
                            source["disk_format"], "--container-format", "bare", *options))
        self.addCleanup(self.gone, made["id"])
        return made

    def gone(self, image):
        try:
            library("admin").images.delete(image)
        except exc.HTTPException:
            pass

    def refused(self, what, who, *arguments):
        with self.assertRaises(Said) as said:
            glance(who, *arguments)
        self.assertRegex(said.exception.err + said.exception.out, what)


class CommandLine(Glance):
    def test_an_image(self):
        source = image_file("vmdk")
        made = self.make("--property", "colour=red", "--tags", "one", "two", "--min-ram", "64", "--os-distro", "debian",
                         "--visibility", "shared", "--protected", "false", source=source)
        self.assertEqual((made["status"], made["size"], made["checksum"], made["colour"], made["min_ram"], made["os_distro"]),
                         ("active", str(source["size"]), source["md5"], "red", "64", "debian"))
        image = made["id"]
        # The table breaks long values.
        self.assertTrue(source["sha512"].startswith(table(glance("alice", "image-show", image))["os_hash_value"]))
        changed = table(glance("alice", "image-update", image, "--name", self.name + "-new", "--property", "colour=blue",
                               "--property", "shape=round", "--remove-property", "os_distro", "--min-disk", "2"))
        self.assertEqual((changed["name"], changed["colour"], changed["shape"], changed["min_disk"]),
                         (self.name + "-new", "blue", "round", "2"))
        self.assertNotIn("os_distro", changed)
        glance("alice", "image-download", "--file", self.folder / "saved", image)
        self.assert_same_bytes(self.folder / "saved", source)
        self.assertIn("three", glance("alice", "image-tag-update", image, "three"))
        glance("alice", "image-tag-delete", image, "one")
        self.assertEqual(set(re.findall(r"\w+", table(glance("alice", "image-show", image))["tags"])), {"two", "three"})
        glance("alice", "image-deactivate", image)
        self.assertEqual(table(glance("alice", "image-show", image))["status"], "deactivated")
        self.refused("403", "alice", "image-download", "--file", self.folder / "no", image)
        glance("alice", "image-reactivate", image)
        glance("alice", "image-delete", image)
        self.refused("404|No image", "alice", "image-show", image)
        self.refused("No image|Unable to delete", "alice", "image-delete", image)

    def test_in_two_steps(self):
        source = image_file("vhd")
        made = table(glance("alice", "image-create", "--name", self.name, "--disk-format", "vhd", "--container-format", "bare"))
        self.addCleanup(self.gone, made["id"])
        self.assertEqual((made["status"], made["size"]), ("queued", "None"))
        self.refused("has no data", "alice", "image-download", "--file", self.folder / "no", made["id"])
        glance("alice", "image-upload", "--file", source["file"], made["id"])
        self.assertEqual(table(glance("alice", "image-show", made["id"]))["checksum"], source["md5"])
        self.refused("409", "alice", "image-upload", "--file", source["file"], made["id"])

    def test_guests(self):
        image = self.make("--visibility", "shared")["id"]
        self.refused("404|No image", "bob", "image-show", image)
        self.assertIn("pending", glance("alice", "member-create", image, PROJECT["bob"]))
        self.refused("409", "alice", "member-create", image, PROJECT["bob"])
        self.assertNotIn(image, glance("bob", "image-list"))
        self.assertIn(image, glance("bob", "image-list", "--visibility", "shared", "--member-status", "pending"))
        self.assertIn("accepted", glance("bob", "member-update", image, PROJECT["bob"], "accepted"))
        self.assertIn(image, glance("bob", "image-list"))
        self.assertIn(PROJECT["bob"], glance("alice", "member-list", "--image-id", image))
        glance("bob", "image-download", "--file", self.folder / "saved", image)
        self.assert_same_bytes(self.folder / "saved", image_file("qcow2"))
        self.assertIn("rejected", glance("bob", "member-update", image, PROJECT["bob"], "rejected"))
        self.refused("403", "bob", "member-delete", image, PROJECT["bob"])
        glance("alice", "member-delete", image, PROJECT["bob"])
        self.refused("404|No image", "bob", "image-show", image)
        self.refused("404", "alice", "member-delete", image, PROJECT["bob"])

    def test_lists(self):
        first = self.make("--tags", self.name, "--visibility", "private", "--property", "colour=red")["id"]
        second = self.make("--tags", self.name, "--visibility", "community", "--hidden", "true")["id"]
        tag = ("--tag", self.name)
        self.assertIn(first, glance("alice", "image-list", *tag))
        self.assertNotIn(second, glance("alice", "image-list", *tag))
        self.assertIn(second, glance("alice", "image-list", *tag, "--hidden"))
        self.assertIn(first, glance("alice", "image-list", *tag, "--visibility", "private"))
        self.assertIn(first, glance("alice", "image-list", *tag, "--property-filter", "colour=red"))
        self.assertNotIn(first, glance("alice", "image-list", *tag, "--property-filter", "colour=blue"))
        self.assertIn(first, glance("alice", "image-list", *tag, "--owner", PROJECT["alice"]))
        self.assertIn(first, glance("alice", "image-list", *tag, "--checksum", image_file("qcow2")["md5"]))
        for order in (("--sort", "name:asc"), ("--sort-key", "size", "--sort-dir", "desc"), ("--sort-key", "created_at")):
            self.assertIn(first, glance("alice", "image-list", *tag, *order))
        self.assertIn(first, glance("alice", "image-list", *tag, "--limit", "1"))
        self.assertIn(first, glance("alice", "image-list", *tag, "--page-size", "1"))
        self.assertIn("active", glance("alice", "--verbose", "image-list", *tag))

    def test_options_come_from_the_schema(self):
        said = glance("alice", "help", "image-create")
        for option in ("--architecture", "--kernel-id", "--os-distro", "--min-ram", "--protected", "--visibility", "--tags", "--owner"):
            self.assertIn(option, said)
        for option in ("--checksum", "--status", "--created-at", "--os-hash-value"):
            self.assertNotIn(option + " ", said)
        self.refused("nonsense", "alice", "image-create", "--disk-format", "nonsense")

    def test_as_a_process(self):
        done = subprocess.run([sys.executable, "-m", "glanceclient.shell", "image-list"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=dict(os.environ, **environment("alice")))
        self.assertEqual(done.returncode, 0, done.stderr)


class Library(Glance):
    def test_models(self):
        alice, bob = library("alice"), library("bob")
        source = image_file("vdi")
        image = alice.images.create(name=self.name, disk_format="vdi", container_format="bare", colour="red", min_ram=1)
        self.addCleanup(self.gone, image.id)
        self.assertEqual((image.status, image.colour, image.tags), ("queued", "red", []))
        with self.assertRaises(TypeError):
            alice.images.create(name=self.name, min_ram="much")
        with open(source["file"], "rb") as data:
            alice.images.upload(image.id, data, image_size=source["size"])
        self.assertEqual(alice.images.get(image.id).checksum, source["md5"])
        self.assertEqual(len(b"".join(alice.images.data(image.id))), source["size"])
        changed = alice.images.update(image.id, remove_props=["colour"], name=self.name + "-new", shape="round", tags=["a"])
        self.assertEqual((changed.name, changed.shape, changed.tags), (self.name + "-new", "round", ["a"]))
        self.assertNotIn("colour", changed)
        member = alice.image_members.create(image.id, PROJECT["bob"])
        self.assertEqual((member.member_id, member.status), (PROJECT["bob"], "pending"))
        self.assertEqual(bob.image_members.update(image.id, PROJECT["bob"], "accepted").status, "accepted")
        self.assertEqual([m.status for m in alice.image_members.list(image.id)], ["accepted"])
        self.assertEqual(alice.image_members.get(image.id, PROJECT["bob"]).status, "accepted")
        self.assertIn(image.id, [i.id for i in bob.images.list(filters={"name": self.name + "-new"})])
        alice.image_tags.update(image.id, "b")
        alice.image_tags.delete(image.id, "a")
        self.assertEqual(alice.images.get(image.id).tags, ["b"])
        with self.assertRaises(exc.HTTPForbidden):
            bob.images.delete(image.id)
        alice.image_members.delete(image.id, PROJECT["bob"])
        with self.assertRaises(exc.HTTPNotFound):
            bob.images.get(image.id)
        alice.images.delete(image.id)
        with self.assertRaises(exc.HTTPNotFound) as said:
            alice.images.get(image.id)
        self.assertIn(image.id, str(said.exception))

    def test_pages(self):
        alice = library("alice")
        made = set()
        for i in range(5):
            image = alice.images.create(name=f"{self.name}-{i}", tags=[self.name])
            self.addCleanup(self.gone, image.id)
            made.add(image.id)
        self.assertEqual({i.id for i in alice.images.list(page_size=2, filters={"tag": [self.name]})}, made)
        names = [i.name for i in alice.images.list(page_size=2, sort="name:asc", filters={"tag": [self.name]})]
        self.assertEqual(names, [f"{self.name}-{i}" for i in range(5)])

    def test_request_ids(self):
        image = library("alice").images.create(name=self.name)
        self.addCleanup(self.gone, image.id)
        self.assertRegex(image.request_ids[0], r"^req-")


if __name__ == "__main__":
    unittest.main()
