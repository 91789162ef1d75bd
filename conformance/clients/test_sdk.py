"""openstacksdk: what programs call."""

import hashlib
import io
import json
import pathlib
import unittest

import openstack
from openstack import exceptions
from world import IMAGES, PROJECT, Case, image_file


class Sdk(Case):
    @classmethod
    def setUpClass(cls):
        cls.alice, cls.bob, cls.admin = (openstack.connect(cloud=who).image for who in ("alice", "bob", "admin"))

    def make(self, source=None, **fields):
        source = source or image_file("vdi")
        image = self.alice.create_image(fields.pop("name", self.name), filename=source["file"], disk_format=source["disk_format"],
                                        container_format="bare", wait=True, **fields)
        self.addCleanup(self.admin.delete_image, image.id, ignore_missing=True)
        return image

    def queued(self, who=None, **fields):
        who = who or self.alice
        image = who.create_image(fields.pop("name", self.name), disk_format="raw", container_format="bare",
                                 allow_duplicates=True, **fields)
        self.addCleanup(self.admin.delete_image, image.id, ignore_missing=True)
        return image

    def test_create_and_download(self):
        for source in IMAGES:
            with self.subTest(source["file"]):
                image = self.make(source, name=f"{self.name}-{pathlib.Path(source['file']).name}", visibility="private")
                image = self.alice.get_image(image.id)
                self.assertEqual((image.status, image.size, image.checksum, image.hash_algo, image.hash_value),
                                 ("active", source["size"], source["md5"], "sha512", source["sha512"]))
                data = self.alice.download_image(image, stream=False)
                self.assertEqual(hashlib.sha512(data.content).hexdigest(), source["sha512"])
                with (self.folder / "saved").open("wb") as out:
                    self.alice.download_image(image, output=out)
                self.assert_same_bytes(self.folder / "saved", source)

    def test_upload_apart(self):
        image = self.alice.create_image(self.name, disk_format="raw", container_format="bare", data=io.BytesIO(b"x" * 300000))
        self.addCleanup(self.admin.delete_image, image.id, ignore_missing=True)
        self.assertEqual(self.alice.get_image(image.id).size, 300000)

    def test_sharing(self):
        image = self.make(visibility="shared")
        with self.assertRaises(exceptions.NotFoundException):
            self.bob.get_image(image.id)
        member = self.alice.add_member(image, member_id=PROJECT["bob"])
        self.assertEqual((member.member_id, member.status), (PROJECT["bob"], "pending"))
        with self.assertRaises(exceptions.ConflictException):
            self.alice.add_member(image, member_id=PROJECT["bob"])
        self.assertEqual(self.bob.get_image(image.id).name, self.name)
        self.assertEqual([m.member_id for m in self.alice.members(image)], [PROJECT["bob"]])
        self.assertEqual(self.alice.get_member(PROJECT["bob"], image).status, "pending")
        self.assertEqual(self.bob.update_member(PROJECT["bob"], image, status="accepted").status, "accepted")
        self.assertIn(image.id, [i.id for i in self.bob.images(name=self.name)])
        with self.assertRaises(exceptions.ForbiddenException):
            self.alice.update_member(PROJECT["bob"], image, status="rejected")
        self.assertEqual(self.bob.update_member(PROJECT["bob"], image, status="rejected").status, "rejected")
        self.assertEqual(list(self.bob.images(name=self.name)), [])
        self.assertEqual([i.id for i in self.bob.images(name=self.name, member_status="rejected")], [image.id])
        self.assertEqual(len(self.bob.download_image(image.id).content), image_file("vdi")["size"])
        self.alice.remove_member(PROJECT["bob"], image)
        with self.assertRaises(exceptions.NotFoundException):
            self.bob.download_image(image.id)
        with self.assertRaises(exceptions.NotFoundException):
            self.alice.remove_member(PROJECT["bob"], image, ignore_missing=False)

    def test_update(self):
        image = self.queued()
        image = self.alice.update_image(image, name=self.name + "-new", min_ram=128, is_protected=True)
        self.assertEqual((image.name, image.min_ram, image.is_protected), (self.name + "-new", 128, True))
        with self.assertRaises(exceptions.ForbiddenException):
            self.alice.delete_image(image, ignore_missing=False)
        image = self.alice.update_image(image, is_protected=False)
        for tag in "abc":
            self.alice.add_tag(image, tag)
        self.alice.remove_tag(image, "a")
        self.assertEqual(set(self.alice.get_image(image.id).tags), {"b", "c"})
        with self.assertRaises(exceptions.NotFoundException):
            self.alice.remove_tag(image, "a")
        self.assertEqual(self.alice.find_image(self.name + "-new").id, image.id)
        self.alice.update_image_properties(self.alice.get_image(image.id), meta={"shape": "round"})
        self.assertEqual(self.alice.get_image(image.id).properties["shape"], "round")

    def test_hidden_and_found(self):
        image = self.queued()
        self.alice.update_image(image, is_hidden=True)
        self.assertEqual(list(self.alice.images(name=self.name)), [])
        self.assertEqual(self.alice.find_image(self.name).id, image.id)
        self.assertIsNone(self.alice.find_image("no such image"))

    def test_actions(self):
        image = self.make()
        self.alice.deactivate_image(image)
        self.assertEqual(self.alice.get_image(image.id).status, "deactivated")
        # The client takes the refusal for the data, and finds its digest wrong.
        with self.assertRaises(exceptions.SDKException):
            self.alice.download_image(image)
        self.assertEqual(len(self.admin.download_image(image.id).content), image_file("vdi")["size"])
        self.alice.reactivate_image(image)
        self.assertEqual(self.alice.get_image(image.id).status, "active")

    def test_lists(self):
        made = [self.queued(name=f"{self.name}-{i}", tags=[self.name], min_ram=i, visibility="private").id for i in range(5)]
        full = self.make(name=f"{self.name}-full", tags=[self.name], visibility="community").id

        def ids(**query):
            return [i.id for i in self.alice.images(tag=self.name, **query)]

        self.assertEqual(set(ids()), {*made, full})
        self.assertEqual(set(ids(limit=2)), {*made, full})
        self.assertEqual(ids(sort="name:asc"), [*made, full])
        self.assertEqual(ids(sort_key="name", sort_dir="desc"), [full, *reversed(made)])
        self.assertEqual(ids(status="active"), [full])
        self.assertEqual(ids(name=f"{self.name}-3"), [made[3]])
        self.assertEqual(ids(visibility="community"), [full])
        self.assertEqual(set(ids(visibility="private")), set(made))
        self.assertEqual(ids(disk_format="vdi"), [full])
        self.assertEqual(ids(container_format="ovf"), [])
        self.assertEqual(ids(size_min=1), [full])
        self.assertEqual(set(ids(owner=PROJECT["alice"])), {*made, full})
        self.assertEqual(ids(protected="true"), [])
        self.assertEqual(set(ids(created_at="gt:2020-01-01T00:00:00Z")), {*made, full})
        self.assertEqual(ids(updated_at="lt:2020-01-01T00:00:00Z"), [])
        self.assertEqual([i.id for i in self.bob.images(tag=self.name, visibility="all")], [full])

    def test_admin(self):
        image = self.queued(visibility="private")
        self.assertEqual(self.admin.update_image(image.id, owner_id=PROJECT["bob"]).owner_id, PROJECT["bob"])
        self.assertEqual(self.bob.get_image(image.id).owner_id, PROJECT["bob"])
        with self.assertRaises(exceptions.NotFoundException):
            self.alice.get_image(image.id)

    def test_errors_speak(self):
        with self.assertRaises(exceptions.BadRequestException) as said:
            self.alice.create_image(self.name, disk_format="nonsense", container_format="bare")
        self.assertIn("nonsense", str(said.exception))
        with self.assertRaises(exceptions.NotFoundException):
            self.alice.get_image("nonsense")
        with self.assertRaises(exceptions.ForbiddenException) as said:
            self.alice.create_image(self.name, disk_format="raw", container_format="bare", visibility="public")
        self.assertTrue(str(said.exception))

    def test_schemas(self):
        self.assertEqual(self.alice.get_image_schema().name, "image")
        self.assertEqual(self.alice.get_images_schema().name, "images")
        self.assertEqual(self.alice.get_member_schema().name, "member")
        self.assertEqual(self.alice.get_members_schema().name, "members")

    def test_identity(self):
        connection = openstack.connect(cloud="alice")
        self.assertEqual(connection.current_project_id, PROJECT["alice"])
        self.assertTrue(connection.image.get_endpoint())
        token = connection.session.get_token()
        again = openstack.connect(auth_type="token", auth={
            "auth_url": connection.config.auth["auth_url"], "token": token, "project_name": "alpha",
            "project_domain_name": "Default"}, region_name=connection.config.region_name, load_yaml_config=False)
        json.dumps([i.id for i in again.image.images(limit=1, visibility="private")])


if __name__ == "__main__":
    unittest.main()
