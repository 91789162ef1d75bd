"""Apache Libcloud 3.9.1: images and their members, with both identities' versions and both dialects."""

import unittest

from cloud import PROJECT, REGION, TOLD, Images, api_key
from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import InvalidCredsError
from libcloud.compute.providers import get_driver
from libcloud.compute.types import NodeImageMemberState, Provider

TENANTS = {"alice": "alpha", "bob": "beta", "admin": "admin"}


def driver(name, version, secret, **more):
    """Libcloud's driver of OpenStack as somebody. Images are all that there is: the other services have no endpoints."""
    return get_driver(Provider.OPENSTACK)(
        name, secret, api_version="2.2", secure=False, ex_force_auth_url=TOLD["identity"], ex_force_auth_version=version,
        ex_tenant_name=TENANTS[name], **more)


def today(name):
    """Identity v3 and the Image API."""
    return driver(name, "3.x_password", TOLD["passwords"][name], ex_force_service_region=TOLD["region_v3"])


def by_api_key(name):
    """Identity v2.0 with an API key, and Cloud Images where the catalog has it."""
    return driver(name, "2.0_apikey", api_key(name), ex_force_service_region=REGION, ex_force_service_name="cloudImages")


def by_password(name):
    """Identity v2.0 with a password, and Cloud Images at the address without a tenant."""
    return driver(name, "2.0_password", TOLD["passwords"][name], ex_force_image_url=TOLD["rackspace"])


class Sharing(Images):
    def shares(self, who, **made):
        image = self.make(**made)
        alice, bob = who("alice"), who("bob")
        self.assertIn(image, [i.id for i in alice.list_images()])
        self.assertEqual(alice.get_image(image).name, self.name)
        self.assertNotIn(image, [i.id for i in bob.list_images()])

        member = alice.ex_create_image_member(image, PROJECT["bob"])
        self.assertEqual((member.id, member.image_id, member.state), (PROJECT["bob"], image, NodeImageMemberState.PENDING))
        self.assertIsNotNone(member.created)
        with self.assertRaises(BaseHTTPError) as said:
            alice.ex_create_image_member(image, PROJECT["bob"])
        self.assertEqual(said.exception.code, 409)
        self.assertNotIn(image, [i.id for i in bob.list_images()])

        member = bob.ex_accept_image_member(image, PROJECT["bob"])
        self.assertEqual(member.state, NodeImageMemberState.ACCEPTED)
        self.assertEqual(bob.ex_accept_image_member(image, PROJECT["bob"]).state, NodeImageMemberState.ACCEPTED)
        self.assertIn(image, [i.id for i in bob.list_images()])
        self.assertEqual([(m.id, m.state) for m in alice.ex_list_image_members(image)],
                         [(PROJECT["bob"], NodeImageMemberState.ACCEPTED)])
        self.assertEqual(alice.ex_get_image_member(image, PROJECT["bob"]).state, NodeImageMemberState.ACCEPTED)
        with self.assertRaises(BaseHTTPError) as said:
            alice.ex_accept_image_member(image, PROJECT["bob"])
        self.assertEqual(said.exception.code, 403)

        changed = alice.ex_update_image(image, [{"op": "replace", "path": "/name", "value": self.name + "-2"}])
        self.assertEqual(changed.name, self.name + "-2")
        # Members and images it removes through the compute service only.
        self.gone(image)
        with self.assertRaises(BaseHTTPError) as said:
            bob.get_image(image)
        self.assertEqual(said.exception.code, 404)

    def test_identity_v3(self):
        self.shares(today, visibility="shared")

    def test_an_api_key(self):
        self.shares(by_api_key)

    def test_a_password(self):
        self.shares(by_password)

    def test_the_wrong_secret(self):
        for version in ("3.x_password", "2.0_password", "2.0_apikey"):
            with self.assertRaises(InvalidCredsError):
                driver("admin", version, "wrong", ex_force_service_region=REGION).list_images()


if __name__ == "__main__":
    unittest.main()
