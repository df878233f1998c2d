"""keystoneauth and openstacksdk as clients: they list, create, patch, power and delete, and show the daemon's own messages.

OSTLER_URL and OSTLER_TOKEN say where and as whom; OSTLER_PARTS is the JSON of a create without its name.
"""

import json
import os

from keystoneauth1 import adapter, exceptions as ksa_exceptions, session
from keystoneauth1.token_endpoint import Token
from openstack import connection, exceptions, resource

from instances import Instance, Instances, expect, wait

URL = os.environ["OSTLER_URL"]
PARTS = json.loads(os.environ["OSTLER_PARTS"])
SESSION = session.Session(auth=Token(URL, os.environ["OSTLER_TOKEN"]))


def refusal(kind, do):
    try:
        do()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected")


def says(error, beginning):
    """keystoneauth puts status and request id behind the daemon's sentence."""
    assert error.message.startswith(beginning), error.message
    print(error.message)


def with_keystoneauth():
    api = adapter.Adapter(SESSION, endpoint_override=URL + "/v1")

    expect("empty list", api.get("/instances").json(), {"instances": []})
    made = api.post("/instances", json={"name": "ksa", **PARTS})
    expect("create", made.status_code, 201)
    uuid = made.json()["uuid"]
    # Location and links are full URLs, which a session follows as they are.
    expect("Location", SESSION.get(made.headers["Location"]).json()["name"], "ksa")
    expect("by name", api.get("/instances/ksa").json()["uuid"], uuid)
    wait(lambda: api.get(f"/instances/{uuid}").json()["status"] == "active")

    patched = api.patch(f"/instances/{uuid}", json=[{"op": "add", "path": "/extra/rack", "value": "7"}])
    expect("patch", patched.json()["extra"], {"rack": "7"})
    ordered = api.put(f"/instances/{uuid}/states/power", json={"target": "off"})
    expect("power", ordered.status_code, 202)
    wait(lambda: SESSION.get(ordered.headers["Location"]).json()["power_state"] == "power off")

    error = refusal(ksa_exceptions.BadRequest, lambda: api.put(f"/instances/{uuid}/states/power", json={"target": "up"}))
    says(error, "target: ")
    assert error.request_id.startswith("req-"), error.request_id
    error = refusal(ksa_exceptions.NotFound, lambda: api.get("/instances/nobody"))
    says(error, "there is no instance nobody")
    error = refusal(ksa_exceptions.Conflict, lambda: api.post("/instances", json={"name": "second", **PARTS}))
    says(error, "no free node fits")
    error = refusal(ksa_exceptions.Unauthorized, lambda: session.Session(auth=Token(URL, "wrong")).get(URL + "/v1/instances"))
    says(error, "this token is unknown, revoked or expired")

    expect("delete", api.delete(f"/instances/{uuid}").status_code, 204)
    wait(lambda: api.get(f"/instances/{uuid}", raise_exc=False).status_code == 404)


def with_openstacksdk():
    api = Instances(SESSION, endpoint_override=URL + "/v1", service_type="baremetal-instance")
    # A connection gives this to the proxies that it makes itself.
    api._connection = connection.Connection(session=SESSION)

    made = api._create(Instance, name="sdk", **PARTS)
    made = resource.wait_for_status(api, made, "active", [], interval=0.1, wait=60)
    expect("wait_for_status", made.status, "active")
    expect("list", [found.name for found in api._list(Instance)], ["sdk"])
    expect("list by status", [found.id for found in api._list(Instance, status="active")], [made.id])
    expect("pages", len(list(api._list(Instance, paginated=True, limit=1))), 1)
    # By name: it asks for the name as if it were an id.
    expect("find", api._find(Instance, "sdk").id, made.id)
    expect("find nobody", api._find(Instance, "nobody", ignore_missing=True), None)

    made = api._update(Instance, made, description="from the SDK", name="sdk2")
    expect("update", (made.name, made.description), ("sdk2", "from the SDK"))
    answer = api.put(f"/instances/{made.id}/states/power", json={"target": "reboot"})
    exceptions.raise_from_response(answer)
    error = refusal(exceptions.ConflictException, lambda: exceptions.raise_from_response(
        api.put(f"/instances/{made.id}/states/power", json={"target": "soft_off"})))
    assert "reboot is under way" in str(error), error
    error = refusal(exceptions.BadRequestException, lambda: api._update(Instance, made, name=""))
    assert "name: must not be empty" in str(error), error

    api._delete(Instance, made)
    resource.wait_for_delete(api, made, interval=0.1, wait=60)
    error = refusal(exceptions.NotFoundException, lambda: api._get(Instance, made.id))
    assert f"there is no instance {made.id}" in str(error), error


with_keystoneauth()
with_openstacksdk()
