"""openstacksdk signs in at Keystone with a password, finds the daemon in the catalogue, lists, creates, powers and deletes.

OS_AUTH_URL, OS_USERNAME and so on say where and as whom, as for every program of OpenStack; OSTLER_PARTS is the JSON of a create
without its name.
"""

import json
import os

import openstack

from instances import Instance, Instances, expect, wait

PARTS = json.loads(os.environ["OSTLER_PARTS"])
WHERE = {"service_type": "baremetal", "interface": "public", "region_name": "RegionOne"}

cloud = openstack.connect()
session = cloud.session
expect("list", session.get("/instances", endpoint_filter=WHERE).json(), {"instances": []})

api = Instances(session, **WHERE)
api._connection = cloud
made = api._create(Instance, name="sdk", **PARTS)
expect("project", session.get(f"/instances/{made.id}", endpoint_filter=WHERE).json()["project_id"], session.get_project_id())
expect("user", session.get(f"/instances/{made.id}", endpoint_filter=WHERE).json()["user_id"], session.get_user_id())
wait(lambda: api._get(Instance, made.id).status == "active")
api.put(f"/instances/{made.id}/states/power", json={"target": "off"}).raise_for_status()
wait(lambda: api._get(Instance, made.id).power_state == "power off")

# A session whose token has ended signs in again when it is told 401.
old = session.get_token()
session.delete("/auth/tokens", headers={"X-Subject-Token": old},
               endpoint_filter={"service_type": "identity", "interface": "public"})


def has_another():
    expect("find", api._find(Instance, "sdk").id, made.id)
    return session.get_token() != old


wait(has_another)
api._delete(Instance, made)
wait(lambda: api._find(Instance, "sdk", ignore_missing=True) is None)
