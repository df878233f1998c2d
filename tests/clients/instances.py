"""Instances, as openstacksdk is told of a kind of resource; and what scripts with it share."""

import time

from openstack import proxy, resource


class Instance(resource.Resource):
    resource_key = None
    resources_key = "instances"
    base_path = "/instances"
    allow_create = allow_fetch = allow_commit = allow_delete = allow_list = True
    commit_method = "PATCH"
    allow_patch = True

    _query_mapping = resource.QueryParameters("status", "power_state", "fields", "sort_key", "sort_dir", "name")

    description = resource.Body("description")
    extra = resource.Body("extra")
    image_uuid = resource.Body("image_uuid")
    instance_type_uuid = resource.Body("instance_type_uuid")
    networks = resource.Body("networks")
    power_state = resource.Body("power_state")
    status = resource.Body("status")
    id = resource.Body("uuid", alternate_id=True)


class Instances(proxy.Proxy):
    skip_discovery = True


def expect(what, got, wanted):
    assert got == wanted, f"{what}: got {got!r}, wanted {wanted!r}"
    print(f"{what}: {got!r}")


def wait(done):
    """Asks until it is so."""
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)
