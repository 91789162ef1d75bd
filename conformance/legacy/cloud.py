"""What the tests of old clients share: images that are there, made by a client of today, and who is who."""

import json
import pathlib
import uuid

import requests
from world import PROJECT, TOLD, Case, image_file

URL, REGION = TOLD["url"], TOLD["region"]
IDENTITY = TOLD["identity"] + "/v2.0/"


def api_key(name):
    """The API key of a sample user, from the file that the server wrote for pyrax."""
    lines = pathlib.Path(TOLD["files"][name]).read_text().splitlines()
    return next(line.split(" = ", 1)[1] for line in lines if line.startswith("api_key = "))


def login(name):
    """A token for the user's own project."""
    asked = {"auth": {"RAX-KSKEY:apiKeyCredentials": {"username": name, "apiKey": api_key(name)}}}
    answer = requests.post(IDENTITY + "tokens", json=asked, timeout=60)
    answer.raise_for_status()
    return answer.json()["access"]["token"]["id"]


class Images(Case):
    """A test with images that it finds and that are gone afterwards."""

    def make(self, who="alice", disk_format="vhd", **more):
        """An image with real data, made through the Image API of today; its id."""
        head = {"X-Auth-Token": login(who)}
        source = image_file(disk_format)
        body = dict({"name": self.name, "disk_format": disk_format, "container_format": "bare", "visibility": "private"}, **more)
        answer = requests.post(URL + "/v2/images", json=body, headers=head, timeout=60)
        self.assertEqual(answer.status_code, 201, answer.text)
        image = answer.json()["id"]
        self.addCleanup(self.gone, image)
        with open(source["file"], "rb") as data:
            answer = requests.put(f"{URL}/v2/images/{image}/file", data=data, timeout=60,
                                  headers=dict(head, **{"Content-Type": "application/octet-stream"}))
        self.assertEqual(answer.status_code, 204, answer.text)
        return image

    def gone(self, image):
        """Removes an image, whatever has become of it."""
        head = {"X-Auth-Token": login("admin")}
        patch = json.dumps([{"op": "replace", "path": "/protected", "value": False}])
        media = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
        requests.patch(f"{URL}/v2/images/{image}", data=patch, headers=dict(head, **media), timeout=60)
        requests.delete(f"{URL}/v2/images/{image}", headers=head, timeout=60)

    @staticmethod
    def nowhere():
        """An id that no image has."""
        return str(uuid.uuid4())
