"""openstackclient: what people type."""

import json
import subprocess
import sys
import unittest

from world import IMAGES, PROJECT, Case, Said, called, image_file

from openstack import connect
from openstackclient import shell


def openstack(who, *arguments):
    """Runs `openstack --os-cloud WHO ARGUMENTS` and answers what it printed."""
    return called(shell.main, "--os-cloud", who, *arguments)


def answer(who, *arguments):
    """The same, as JSON."""
    return json.loads(openstack(who, *arguments, "-f", "json"))


class OpenStack(Case):
    def make(self, who="alice", *options, **image):
        image = image or image_file("qcow2")
        made = answer(who, "image", "create", "--file", image["file"], "--disk-format", image["disk_format"],
                      "--container-format", "bare", *options, self.name)
        self.addCleanup(self.gone, made["id"])
        return made["id"]

    def empty(self, who, *options, name=None):
        made = answer(who, "image", "create", *options, name or self.name)
        self.addCleanup(self.gone, made["id"])
        return made["id"]

    def gone(self, image):
        for command in (["set", "--unprotected"], ["delete"]):
            try:
                openstack("admin", "image", *command, image)
            except Said:
                pass

    def listed(self, who, *options):
        return {i["ID"] for i in answer(who, "image", "list", *options)}

    def refused(self, what, who, *arguments):
        with self.assertRaises(Said) as said:
            openstack(who, *arguments)
        self.assertIn(what, said.exception.err)


class Sharing(OpenStack):
    def test_from_upload_to_farewell(self):
        source = image_file("iso")
        image = self.make("alice", **source)
        shown = answer("alice", "image", "show", image)
        self.assertEqual((shown["status"], shown["size"], shown["checksum"]), ("active", source["size"], source["md5"]))
        self.assertEqual(shown["properties"]["os_hash_value"], source["sha512"])
        self.assertEqual((shown["visibility"], shown["owner"]), ("shared", PROJECT["alice"]))
        self.refused("No Image found", "bob", "image", "show", image)

        added = answer("alice", "image", "add", "project", image, PROJECT["bob"])
        self.assertEqual((added["member_id"], added["status"]), (PROJECT["bob"], "pending"))
        self.refused("409", "alice", "image", "add", "project", image, PROJECT["bob"])
        self.assertEqual(answer("bob", "image", "show", image)["id"], image)
        self.assertNotIn(image, self.listed("bob"))
        self.assertIn(image, self.listed("bob", "--shared", "--member-status", "pending"))

        openstack("bob", "image", "set", "--accept", image)
        self.assertIn(image, self.listed("bob"))
        members = answer("alice", "image", "member", "list", image)
        self.assertEqual([(m["Member ID"], m["Status"]) for m in members], [(PROJECT["bob"], "accepted")])
        self.assertEqual(answer("alice", "image", "member", "get", image, PROJECT["bob"])["status"], "accepted")

        openstack("bob", "image", "save", "--file", self.folder / "saved", image)
        self.assert_same_bytes(self.folder / "saved", source)
        self.refused("403", "bob", "image", "delete", image)
        self.refused("403", "bob", "image", "set", "--name", "mine", image)

        openstack("bob", "image", "set", "--reject", image)
        self.assertNotIn(image, self.listed("bob"))
        openstack("bob", "image", "set", "--pending", image)
        self.assertIn(image, self.listed("bob", "--member-status", "pending"))

        openstack("alice", "image", "remove", "project", image, PROJECT["bob"])
        self.refused("No Image found", "bob", "image", "show", image)
        self.refused("No Image found", "bob", "image", "save", "--file", self.folder / "again", image)
        openstack("alice", "image", "delete", image)
        self.refused("No Image found", "alice", "image", "show", image)

    def test_a_project_by_its_name(self):
        image = self.empty("alice", "--shared")
        # Only admin may look projects up; others give the id.
        self.assertEqual(answer("admin", "image", "add", "project", image, "beta")["member_id"], PROJECT["bob"])
        openstack("admin", "image", "remove", "project", image, "beta")
        self.refused("No Image found", "bob", "image", "show", image)

    def test_as_a_process(self):
        done = subprocess.run([sys.executable, "-m", "openstackclient.shell", "--os-cloud", "alice", "image", "list", "-f", "json"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        json.loads(done.stdout)


class Files(OpenStack):
    def test_every_kind_of_image(self):
        for source in IMAGES:
            with self.subTest(source["file"]):
                image = self.make("alice", "--private", **source)
                shown = answer("alice", "image", "show", image)
                self.assertEqual((shown["status"], shown["size"], shown["checksum"], shown["disk_format"]),
                                 ("active", source["size"], source["md5"], source["disk_format"]))
                self.assertGreaterEqual(shown["virtual_size"], 1296384)
                openstack("alice", "image", "save", "--file", self.folder / "saved", image)
                self.assert_same_bytes(self.folder / "saved", source)

    def test_what_it_is_not(self):
        source = image_file("vmdk")
        self.refused("415", "alice", "image", "create", "--file", source["file"], "--disk-format", "qcow2",
                     "--container-format", "bare", self.name)
        # The client takes back what it could not fill.
        self.assertEqual(self.listed("alice", "--name", self.name), set())

    def test_without_a_file(self):
        image = self.empty("alice", "--disk-format", "raw", "--container-format", "bare")
        shown = answer("alice", "image", "show", image)
        self.assertEqual((shown["status"], shown["size"]), ("active", 0))


class Properties(OpenStack):
    def test_set_and_unset(self):
        image = self.make("alice")
        openstack("alice", "image", "set", "--name", self.name + "-new", "--min-disk", "3", "--min-ram", "64", "--protected",
                  "--property", "colour=red", "--property", "with.dot=x", "--tag", "one", "--tag", "two", "--os-distro", "debian",
                  "--architecture", "x86_64", "--os-version", "12", "--private", image)
        shown = answer("alice", "image", "show", self.name + "-new")
        self.assertEqual(shown["id"], image)
        self.assertEqual((shown["min_disk"], shown["min_ram"], shown["protected"], shown["visibility"]), (3, 64, True, "private"))
        self.assertEqual(set(shown["tags"]), {"one", "two"})
        self.assertEqual((shown["properties"]["colour"], shown["properties"]["with.dot"], shown["properties"]["os_distro"]),
                         ("red", "x", "debian"))
        self.refused("403", "alice", "image", "delete", image)
        openstack("alice", "image", "set", "--unprotected", "--property", "colour=blue", "--tag", "three", "--community", image)
        openstack("alice", "image", "unset", "--property", "with.dot", "--tag", "one", image)
        shown = answer("alice", "image", "show", image)
        self.assertEqual((shown["properties"]["colour"], shown["protected"], shown["visibility"]), ("blue", False, "community"))
        self.assertNotIn("with.dot", shown["properties"])
        self.assertEqual(set(shown["tags"]), {"two", "three"})
        self.refused("403", "alice", "image", "set", "--public", image)
        openstack("admin", "image", "set", "--public", image)
        self.assertIn(image, self.listed("bob", "--public"))

    def test_deactivate_and_activate(self):
        source = image_file("qcow2")
        image = self.make("alice")
        openstack("alice", "image", "set", "--deactivate", image)
        self.assertEqual(answer("alice", "image", "show", image)["status"], "deactivated")
        # The client takes the refusal for the data, and finds its digest wrong.
        self.refused("", "alice", "image", "save", "--file", self.folder / "no", image)
        openstack("alice", "image", "set", "--activate", image)
        openstack("alice", "image", "save", "--file", self.folder / "yes", image)
        self.assert_same_bytes(self.folder / "yes", source)

    def test_owner(self):
        image = self.make("alice", "--private")
        self.refused("403", "alice", "image", "set", "--project", PROJECT["bob"], image)
        self.assertEqual(answer("alice", "image", "show", image)["owner"], PROJECT["alice"])
        openstack("admin", "image", "set", "--project", "beta", image)
        self.assertEqual(answer("bob", "image", "show", image)["owner"], PROJECT["bob"])
        self.refused("No Image found", "alice", "image", "show", image)

    def test_delete_several(self):
        images = [self.empty("alice", name=f"{self.name}-{i}") for i in range(3)]
        openstack("alice", "image", "delete", *images)
        self.assertFalse(self.listed("alice") & set(images))
        self.refused("", "alice", "image", "delete", images[0])


class Lists(OpenStack):
    def test_every_filter(self):
        one = self.make("alice", "--tag", self.name, "--tag", "x", "--property", "colour=red", "--private")
        two = self.empty("alice", "--tag", self.name, "--community", "--disk-format", "raw", "--container-format", "bare",
                         name=self.name + "-two")
        hidden = self.empty("alice", "--tag", self.name, "--private", name=self.name + "-hidden")
        openstack("alice", "image", "set", "--hidden", hidden)
        ours = {one, two}
        tag = ("--tag", self.name)
        self.assertEqual(self.listed("alice", *tag), ours)
        self.assertEqual(self.listed("alice", *tag, "--tag", "x"), {one})
        self.assertEqual(self.listed("alice", *tag, "--name", self.name), {one})
        self.assertEqual(self.listed("alice", *tag, "--status", "active"), ours)
        self.assertEqual(self.listed("alice", *tag, "--status", "queued"), set())
        self.assertEqual(self.listed("alice", *tag, "--property", "colour=red"), {one})
        self.assertEqual(self.listed("alice", *tag, "--private"), {one})
        self.assertEqual(self.listed("alice", *tag, "--community"), {two})
        self.assertEqual(self.listed("alice", *tag, "--public"), set())
        self.assertEqual(self.listed("alice", *tag, "--shared"), set())
        self.assertEqual(self.listed("alice", *tag, "--all"), ours)
        self.assertEqual(self.listed("alice", *tag, "--hidden"), {hidden})
        self.assertEqual(self.listed("admin", *tag, "--all", "--project", "alpha"), ours)
        self.assertEqual(self.listed("admin", *tag, "--all", "--project", "beta"), set())
        self.assertEqual(self.listed("bob", *tag, "--all"), {two})
        self.assertEqual(self.listed("bob", *tag), set())
        self.assertEqual(len(self.listed("alice", *tag, "--limit", "1")), 1)
        # A small page is not the end: the client goes on to the next ones.
        self.assertEqual(self.listed("alice", *tag, "--max-items", "1") - ours, set())
        names = [i["Name"] for i in answer("alice", "image", "list", *tag, "--sort", "name:desc")]
        self.assertEqual(names, [self.name + "-two", self.name])
        after = self.listed("alice", *tag, "--sort", "name:asc", "--marker", two)
        self.assertLessEqual(after, {one})
        long = answer("alice", "image", "list", *tag, "--long", "--name", self.name)
        self.assertEqual((long[0]["Project"], long[0]["Checksum"]), (PROJECT["alice"], image_file("qcow2")["md5"]))
        self.assertEqual(set(long[0]["Tags"]), {self.name, "x"})

    def test_many_pages(self):
        image = connect(cloud="alice").image
        made = {image.create_image(f"{self.name}-{i}", tags=[self.name], allow_duplicates=True).id for i in range(30)}
        for one in made:
            self.addCleanup(image.delete_image, one)
        self.assertEqual(self.listed("alice", "--tag", self.name), made)


if __name__ == "__main__":
    unittest.main()
