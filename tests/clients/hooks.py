"""Makes what schemathesis generates meaningful for one small world, so that it gets behind the first refusal.

A schema cannot say that a type, an image or a node must be there, that a subnet holds its gateway, or that a time is to come.
Requests that are good by the schema (positive ones) are bent here to things that there are; what is wrong by the schema is
left as it is, but for one thing: no BMC and no webhook outside of this machine is ever named.

The world comes in the environment: OSTLER_BMCS (ports of simulated BMCs on 127.0.0.1, separated by commas) and OSTLER_ROLE.
"""

import itertools
import os
import re

import schemathesis
from schemathesis.generation import GenerationMode

BMCS = itertools.cycle(int(port) for port in os.environ["OSTLER_BMCS"].split(","))
IS_ADMIN = os.environ["OSTLER_ROLE"] == "admin"
NODE_FIELDS = ("node_uuid", "node_name")
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
COUNT = itertools.count(1)

# As in the examples of the document, which the test has put there.
TYPE = "713700dc-1ea1-4928-a79a-46fb1f8b86cd"
IMAGE = "40d80eb0-2365-492d-a220-8329e7bb0c6e"
NETWORK = "58949fe9-b01b-4458-a608-da8624cb1654"


@schemathesis.hook
def before_call(context, case, kwargs):
    stay_on_this_machine(case.body)
    if case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE:
        bend = BENDERS.get(case.operation.definition.raw.get("operationId"))
        if bend and isinstance(case.body, dict):
            bend(case.body)
        elif isinstance(case.body, list) and case.operation.method.upper() == "PATCH":
            case.body = patch(case.body)
        bend_query(case.query)


def stay_on_this_machine(body):
    if not isinstance(body, dict):
        return
    bmc = body.get("bmc")
    if isinstance(bmc, dict) and isinstance(bmc.get("address"), str) and HOST.fullmatch(bmc["address"]):
        bmc["address"] = "127.0.0.1"
        if isinstance(bmc.get("port", 1), int) and 0 < bmc.get("port", 1) < 65536:
            bmc.update(port=next(BMCS), username="admin", password="admin")
    if isinstance(body.get("url"), str) and body["url"].startswith("http"):
        # The discard service: nobody listens there.
        body["url"] = "http://127.0.0.1:9/"


def bend_query(query):
    """A marker must be an entry of the list, and whoever is no admin does not know of nodes."""
    if not query:
        return
    query.pop("marker", None)
    if not IS_ADMIN:
        query.pop("node_uuid", None)
        fields = [field for field in query.pop("fields", []) if field not in NODE_FIELDS]
        if fields:
            query["fields"] = fields


def new_instance(body):
    body.update(instance_type_uuid=TYPE, image_uuid=IMAGE)
    body["networks"] = [{"net_id": NETWORK} for _ in body["networks"][:2]]
    if body.get("availability_zone"):
        body["availability_zone"] = "az1"


def new_node(body):
    if body.get("instance_type"):
        body["instance_type"] = "small"
    if body["bmc"].get("interface") == "open":
        # There is no such device here, and its node would be the daemon's own machine.
        body["bmc"] = {"address": "127.0.0.1", "port": next(BMCS), "username": "admin", "password": "admin"}


def new_network(body):
    if body.get("subnets"):
        number = next(COUNT) % 200
        body["subnets"] = [{"cidr": f"10.{number}.{n}.0/24"} for n, _ in enumerate(body["subnets"][:3])]


def new_token(body):
    if body.get("expires_at"):
        body["expires_at"] = "2099-01-31T00:00:00+00:00"
    if body.get("networks"):
        body["networks"] = ["10.1.0.0/16", "2001:db8::/32"][: len(body["networks"])]
    if body.get("certificate_subject"):
        body["certificate_subject"] = f"CN=ci{next(COUNT)},O=Example"


def power(body):
    """At least one thing is selected, and what is named is there."""
    body.pop("force", None)
    body["all"] = True
    for field, there in (("nodes", ["r1n[0001-0003]"]), ("instances", ["web1"])):
        if body.get(field) is not None:
            body[field] = there
    for field, there in (("availability_zone", "az1"), ("instance_type", "small"), ("project_id", "web")):
        if body.get(field) is not None:
            body[field] = there


def patch(operations):
    """What may change differs from thing to thing; all have a name."""
    return [{"op": "replace", "path": "/name", "value": f"patched-{next(COUNT)}"} for _ in operations[:2]]


BENDERS = {
    "createInstance": new_instance,
    "createNode": new_node,
    "createNetwork": new_network,
    "createToken": new_token,
    "orderPower": power,
}
