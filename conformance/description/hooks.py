"""What schemathesis is told beside the description: the media types of patches are JSON."""

import json

import schemathesis


@schemathesis.serializer("application/openstack-images-v2.1-json-patch", "application/openstack-images-v2.0-json-patch")
def patch(context, value):
    """The body of a patch."""
    return json.dumps(value).encode()
