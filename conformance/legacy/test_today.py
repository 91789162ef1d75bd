"""Clients of today that log in as to the Rackspace cloud: python-glanceclient and openstacksdk, with rackspaceauth and
keystoneauth's plugins of Identity v2.0."""

import unittest

import openstack
from cloud import IDENTITY, PROJECT, REGION, TOLD, Images, api_key
from glanceclient import client, exc
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v2 as keystone
from rackspaceauth import v2 as rackspace


def by_key(name):
    return session.Session(auth=rackspace.APIKey(username=name, api_key=api_key(name), auth_url=IDENTITY))


def by_password(name):
    return session.Session(auth=rackspace.Password(username=name, password=TOLD["passwords"][name], auth_url=IDENTITY))


def by_token(name):
    token = by_key(name).get_token()
    return session.Session(auth=rackspace.Token(tenant_id=PROJECT[name], token=token, auth_url=IDENTITY))


def by_keystone(name):
    return session.Session(auth=keystone.Password(IDENTITY, username=name, password=TOLD["passwords"][name], tenant_id=PROJECT[name]))


WAYS = (by_key, by_password, by_token, by_keystone)


class LoggingIn(unittest.TestCase):
    def test_every_way(self):
        for way in WAYS:
            with self.subTest(way=way.__name__):
                made = way("alice")
                self.assertEqual(made.get_project_id(), PROJECT["alice"])
                self.assertEqual(made.get_endpoint(service_type="image", service_name="cloudImages", region_name=REGION),
                                 f"{TOLD['rackspace']}/v2/{PROJECT['alice']}")
                self.assertEqual(made.auth.get_access(made).role_names, ["member", "reader"])

    def test_tokens_are_validated(self):
        alice = by_key("alice")
        said = rackspace.validate(by_key("admin"), alice.get_token(), auth_url=IDENTITY)
        self.assertEqual(said["access"]["user"]["name"], "alice")

    def test_the_wrong_secret(self):
        wrong = session.Session(auth=rackspace.APIKey(username="admin", api_key="wrong", auth_url=IDENTITY))
        with self.assertRaises(exceptions.Unauthorized):
            wrong.get_token()


class Sharing(Images):
    def test_glanceclient(self):
        def images(way, name):
            return client.Client("2", session=way(name), service_type="image", region_name=REGION, interface="public")

        for way in WAYS:
            with self.subTest(way=way.__name__):
                image = self.make()
                alice, bob = images(way, "alice"), images(way, "bob")
                self.assertEqual(alice.images.get(image).visibility, "private")
                self.assertEqual(alice.image_members.create(image, PROJECT["bob"]).status, "pending")
                with self.assertRaises(exc.HTTPConflict):
                    alice.image_members.create(image, PROJECT["bob"])
                with self.assertRaises(exc.HTTPNotFound):
                    bob.image_members.create(image, "somebody")
                self.assertNotIn(image, [i.id for i in bob.images.list()])
                self.assertEqual(bob.image_members.update(image, PROJECT["bob"], "accepted").status, "accepted")
                self.assertIn(image, [i.id for i in bob.images.list()])
                self.assertEqual([m.status for m in alice.image_members.list(image)], ["accepted"])
                self.assertEqual(alice.images.update(image, name="again").name, "again")
                alice.image_tags.update(image, "blue")
                alice.image_tags.delete(image, "blue")
                alice.image_members.delete(image, PROJECT["bob"])
                with self.assertRaises(exc.HTTPNotFound):
                    bob.images.get(image)
                alice.images.delete(image)

    def test_openstacksdk(self):
        def images(name):
            return openstack.connection.Connection(session=by_key(name), region_name=REGION).image

        image = self.make()
        alice, bob = images("alice"), images("bob")
        self.assertEqual(alice.get_image(image).visibility, "private")
        self.assertEqual(alice.add_member(image, member_id=PROJECT["bob"]).status, "pending")
        self.assertEqual(bob.update_member(PROJECT["bob"], image, status="accepted").status, "accepted")
        self.assertIn(image, [i.id for i in bob.images()])
        self.assertEqual([m.status for m in alice.members(image)], ["accepted"])
        self.assertEqual(alice.update_image(image, name="again").name, "again")
        alice.remove_member(PROJECT["bob"], image=image, ignore_missing=False)
        with self.assertRaises(openstack.exceptions.NotFoundException):
            bob.get_image(image)


if __name__ == "__main__":
    unittest.main()
