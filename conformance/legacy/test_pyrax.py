"""pyrax 1.10.0, the Rackspace SDK for Python: logging in, images, sharing, tags, tasks and schemas."""

import pathlib
import time
import unittest

import old_python  # noqa: F401 (before pyrax)
import pyrax
import pyrax.exceptions as exc
from cloud import IDENTITY, PROJECT, REGION, TOLD, Images, api_key
from world import image_file

pyrax.set_setting("identity_type", "rackspace")
pyrax.set_setting("auth_endpoint", IDENTITY)
pyrax.set_setting("region", REGION)


def context(name, **more):
    """Somebody's own context, logged in with the API key unless told otherwise."""
    made = pyrax.create_context(id_type="rackspace", username=name, **(more or {"api_key": api_key(name)}))
    made.authenticate()
    return made


def images(name):
    """Somebody's client of Cloud Images."""
    return context(name).get_client("images", REGION)


class LoggingIn(unittest.TestCase):
    def looks_right(self, identity, name):
        self.assertTrue(identity.authenticated)
        self.assertEqual((identity.username, identity.tenant_id), (name, PROJECT[name]))
        self.assertEqual(identity.get_default_region(), REGION)
        self.assertIn("member", [role["name"] for role in identity.user["roles"]])
        self.assertIn(REGION, identity.services.image.regions)
        self.assertTrue(identity._has_valid_token())

    def test_with_an_api_key(self):
        self.looks_right(context("alice"), "alice")

    def test_with_a_password(self):
        # It tries the password as API key first and then sends the user's name as tenant.
        self.looks_right(context("alice", password=TOLD["passwords"]["alice"]), "alice")
        self.looks_right(context("bob", password=TOLD["passwords"]["bob"], tenant_id=PROJECT["bob"]), "bob")

    def test_with_the_file_the_server_wrote(self):
        pyrax.set_credential_file(TOLD["files"]["bob"], region=REGION)
        self.addCleanup(pyrax.clear_credentials)
        self.looks_right(pyrax.identity, "bob")
        self.assertIsNotNone(pyrax.images)
        self.assertIsInstance(pyrax.images.list(), list)

    def test_with_a_token(self):
        first = context("alice")
        other = pyrax.create_context(id_type="rackspace")
        other.auth_with_token(first.token, tenant_id=PROJECT["alice"])
        self.looks_right(other, "alice")
        other = pyrax.create_context(id_type="rackspace")
        other.auth_with_token(first.token, tenant_name="alpha")
        self.looks_right(other, "alice")

    def test_with_the_wrong_key(self):
        with self.assertRaises(exc.AuthenticationFailed):
            context("admin", api_key="wrong")

    def test_tokens(self):
        # What it calls an administrator's goes to port 35357, whatever port it was told.
        alice = context("alice")
        self.assertEqual(alice.get_tenant().name, "alpha")
        ended, _ = alice.method_delete(f"tokens/{alice.token}")
        self.assertEqual(ended.status_code, 204)
        # Its client logs in anew when it meets a 401.
        before = alice.token
        self.assertIsInstance(alice.get_client("images", REGION).list(), list)
        self.assertNotEqual(alice.token, before)


class CloudImages(Images):
    def test_list_and_show(self):
        made = {self.make(name=f"{self.name}-{n}") for n in range(3)}
        alice = images("alice")
        self.assertLessEqual(made, {image.id for image in alice.list_all()})
        first = alice.list(limit=1)
        second = alice.list(limit=1, marker=first[0].id)
        self.assertEqual((len(first), len(second)), (1, 1))
        self.assertNotEqual(first[0].id, second[0].id)
        found = alice.list(name=f"{self.name}-1", status="active", visibility="private", size_min=1, sort_key="name", sort_dir="asc")
        self.assertEqual([image.name for image in found], [f"{self.name}-1"])
        image = alice.get(found[0].id)
        self.assertEqual((image.status, image.visibility, image.owner, image.disk_format), ("active", "private", PROJECT["alice"], "vhd"))
        self.assertTrue(image.self.startswith("/v2/images/"), image.self)
        self.assertTrue(image.file.startswith("/v2/images/"), image.file)
        self.assertFalse(any(image.id in made for image in images("bob").list_all()))
        with self.assertRaises(exc.NotFound):
            images("bob").get(found[0].id)
        with self.assertRaises(exc.NotFound):
            alice.get(self.nowhere())

    def test_list_all_follows_the_pages(self):
        # More than a page of any size that might be the default.
        tag = self.name
        made = {self.make(name=f"{self.name}-{n:03}", tags=[tag]) for n in range(27)}
        alice = images("alice")
        seen = [image.id for image in alice.list_all(tag=tag)]
        self.assertEqual((set(seen), len(seen)), (made, len(made)))

    def test_update(self):
        image = self.make()
        alice = images("alice")
        alice.change_image_name(image, self.name + " ü")
        alice.update(image, {"min_ram": 512, "com.mycompany.use": "tests", "protected": True})
        shown = alice.get(image)
        self.assertEqual((shown.name, shown.min_ram, shown.protected, getattr(shown, "com.mycompany.use")),
                         (self.name + " ü", 512, True, "tests"))
        alice.update(image, {"com.mycompany.use": "more tests"})
        self.assertEqual(getattr(alice.get(image), "com.mycompany.use"), "more tests")
        with self.assertRaises(exc.ClientException) as said:
            alice.delete(image)
        self.assertEqual(said.exception.code, 403)
        with self.assertRaises(exc.ClientException) as said:
            alice.update(image, {"com.rackspace__1__options": "0"})
        self.assertEqual(said.exception.code, 403)
        alice.update(image, {"protected": False})
        alice.delete(image)
        with self.assertRaises(exc.NotFound):
            alice.get(image)

    def test_sharing(self):
        image = self.make()
        alice, bob = images("alice"), images("bob")
        member = alice.add_image_member(image, PROJECT["bob"])
        self.assertEqual((member.member_id, member.image_id, member.status), (PROJECT["bob"], image, "pending"))
        self.assertEqual([(m.id, m.status) for m in alice.list_image_members(image)], [(PROJECT["bob"], "pending")])
        self.assertEqual(alice.get_image_member(image, PROJECT["bob"]).status, "pending")
        self.assertEqual(alice.get(image).visibility, "private")
        # It falls over every refusal but a 403, and the refusal is what it fell over.
        with self.assertRaises(AttributeError) as said:
            alice.add_image_member(image, PROJECT["bob"])
        self.assertEqual(said.exception.__context__.code, 409)

        # The consumer's side: not in the list, though it can be seen and asked for.
        self.assertNotIn(image, [i.id for i in bob.list_all()])
        self.assertIn(image, [i.id for i in bob.list_all(visibility="shared", member_status="pending")])
        self.assertEqual(bob.get(image).id, image)
        bob.update_image_member(image, "accepted")
        self.assertIn(image, [i.id for i in bob.list_all()])
        self.assertEqual(alice.get_image_member(image, PROJECT["bob"]).status, "accepted")
        bob.update_image_member(image, "rejected")
        self.assertNotIn(image, [i.id for i in bob.list_all()])
        self.assertIn(image, [i.id for i in bob.list_all(visibility="shared", member_status="all")])
        bob.update_image_member(image, "pending")
        self.assertEqual([m.id for m in bob.list_image_members(image)], [PROJECT["bob"]])

        # What each of them may not.
        with self.assertRaises((exc.NotFound, AttributeError)) as said:
            bob.add_image_member(image, "somebody")
        self.assertEqual(getattr(said.exception, "code", None) or said.exception.__context__.code, 404)
        with self.assertRaises((exc.InvalidImageMember, exc.ClientException)) as said:
            alice.update_image_member(image, "accepted")
        with self.assertRaises(exc.InvalidImageMemberStatus):
            bob.update_image_member(image, "maybe")
        with self.assertRaises(exc.InvalidImageMember):
            bob.update_image_member(self.nowhere(), "accepted")
        with self.assertRaises(exc.NotFound):
            alice.delete_image_member(image, "nobody")

        alice.delete_image_member(image, PROJECT["bob"])
        self.assertEqual(alice.list_image_members(image), [])
        with self.assertRaises(exc.NotFound):
            bob.get(image)
        with self.assertRaises(exc.InvalidImageMember):
            bob.update_image_member(image, "accepted")

    def test_a_public_image_is_not_shared(self):
        image = self.make(who="admin", visibility="public")
        admin = images("admin")
        with self.assertRaises(exc.UnsharableImage):
            admin.add_image_member(image, PROJECT["bob"])

    def test_tags(self):
        image = self.make()
        alice = images("alice")
        alice.add_image_tag(image, "blue")
        alice.add_image_tag(image, "old.json")
        self.assertEqual(sorted(alice.get(image).tags), ["blue", "old.json"])
        self.assertEqual([i.id for i in alice.list(tag="blue", name=self.name)], [image])
        alice.delete_image_tag(image, "blue")
        with self.assertRaises(exc.NotFound):
            alice.delete_image_tag(image, "blue")
        self.assertEqual(alice.get(image).tags, ["old.json"])

    def test_schemas(self):
        alice = images("alice")
        self.assertEqual(alice.get_image_schema()["name"], "image")
        self.assertEqual(alice.get_images_schema()["name"], "images")
        self.assertEqual(alice.get_image_member_schema()["name"], "member")
        self.assertEqual(alice.get_image_members_schema()["name"], "members")
        self.assertEqual(alice.get_image_task_schema()["name"], "task")
        self.assertEqual(alice.get_image_tasks_schema()["name"], "tasks")

    def test_limits(self):
        self.assertIn("limits", images("alice").get_limits())


class Tasks(Images):
    def container(self, who="alice"):
        """A container of somebody's, made as an operator makes it: its name and its directory."""
        directory = pathlib.Path(TOLD["containers"], PROJECT[who], self.name)
        directory.mkdir(parents=True)
        return self.name, directory

    def ended(self, who, task):
        """The task when it is over; a minute is more than any of them takes."""
        end = time.monotonic() + 60
        while (shown := who.get_task(task)).status in ("pending", "processing"):
            self.assertEqual(shown.message, "None")
            self.assertFalse(hasattr(shown, "result") or hasattr(shown, "expires_at"))
            self.assertLess(time.monotonic(), end, "the task does not end")
            time.sleep(0.2)
        return shown

    def test_out_and_in_again(self):
        image, source = self.make(), image_file("vhd")
        container, directory = self.container()
        alice = images("alice")
        task = alice.export_task(image, container)
        self.assertEqual((task.type, task.status, task.owner), ("export", "pending", PROJECT["alice"]))
        done = self.ended(alice, task)
        self.assertEqual((done.status, done.result), ("success", {"export_location": f"{container}/{image}.vhd"}), done.message)
        self.assertEqual(done.input, {"image_uuid": image, "receiving_swift_container": container})
        self.assertTrue(done.self.startswith("/v2/tasks/"))
        self.assert_same_bytes(directory / f"{image}.vhd", source)

        task = alice.import_task(f"{image}.vhd", container, img_name=self.name + "-in")
        done = self.ended(alice, task)
        self.assertEqual(done.status, "success", done.message)
        self.assertGreater(done.expires_at, done.created_at)
        made = done.result["image_id"]
        self.addCleanup(self.gone, made)
        shown = alice.get(made)
        self.assertEqual((shown.name, shown.status, shown.visibility, shown.checksum), (self.name + "-in", "active", "private", source["md5"]))
        listed = {task.id: task for task in alice.list_tasks()}
        self.assertIn(task.id, listed)
        self.assertNotIn("input", vars(listed[task.id]))
        # Other people's tasks are not there.
        bob = images("bob")
        self.assertNotIn(task.id, [task.id for task in bob.list_tasks()])
        with self.assertRaises(exc.NotFound):
            bob.get_task(task.id)

    def test_what_cannot_be_done(self):
        container, directory = self.container()
        alice, bob = images("alice"), images("bob")
        (directory / "no.vhd").write_bytes(b"no disk at all" * 1000)
        failed = self.ended(alice, alice.import_task("no.vhd", container))
        self.assertEqual(failed.status, "failure")
        self.assertIn("396", failed.message)
        failed = self.ended(alice, alice.import_task("absent.vhd", container))
        self.assertEqual(failed.status, "failure")
        failed = self.ended(alice, alice.export_task(self.nowhere(), container))
        self.assertEqual(failed.status, "failure")
        with self.assertRaises(exc.NoSuchContainer):
            alice.import_task("no.vhd", "nowhere")
        with self.assertRaises(exc.NoSuchContainer):
            bob.import_task("no.vhd", container)


if __name__ == "__main__":
    unittest.main()
