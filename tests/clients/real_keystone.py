"""A real Keystone on SQLite, for tests.

    real_keystone.py make DIRECTORY                  makes a database with roles, projects and users in a directory
    real_keystone.py serve DIRECTORY ADDRESS PORT    serves it there until standard input ends; prints "ready"

Every user has the password "secret". In the project "web": "rita" is reader, "mia" member, "ada" admin; in "shop": "mia" is
member; "nora" has a role in "web" that nobody knows. "keeper" has the role "service" in the project "service", as the daemon's
own user needs it. "admin" is Keystone's own, also for the system.

Beside Keystone's API, PUT /test/token-seconds/N sets how long new tokens are good.
"""

import os
import pathlib
import sqlite3
import subprocess
import sys
import threading
import warnings

# eventlet, which Keystone loads and does not use here, says that it is old.
warnings.simplefilter("ignore")

CONFIG = """
[DEFAULT]
use_stderr = true
default_log_levels = keystone=WARNING,werkzeug=WARNING,alembic=WARNING,oslo_policy=ERROR,py.warnings=ERROR
[database]
connection = sqlite:///{0}/keystone.db
[cache]
enabled = false
[fernet_tokens]
key_repository = {0}/keys
[fernet_receipts]
key_repository = {0}/keys
[credential]
key_repository = {0}/keys
[identity]
password_hash_algorithm = bcrypt
password_hash_rounds = 4
"""

ROLES = [("rita", "web", "reader"), ("mia", "web", "member"), ("mia", "shop", "member"), ("ada", "web", "admin"),
         ("nora", "web", "gardener"), ("keeper", "service", "service")]


def configure(directory):
    config = directory / "keystone.conf"
    config.write_text(CONFIG.format(directory))
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = str(config)
    return config


def make(directory):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "keys").mkdir(mode=0o700, exist_ok=True)
    config = configure(directory)
    from keystone.cmd import cli
    owner = ["--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())]
    for command in (["db_sync"], ["fernet_setup", *owner], ["bootstrap", "--bootstrap-password", "secret",
                    "--bootstrap-region-id", "RegionOne", "--bootstrap-public-url", "http://127.0.0.1/v3"]):
        cli.CONF.reset()
        cli.main(["keystone-manage", "--config-file", str(config), *command])


def fill(directory):
    """Through its own API, without a network."""
    configure(directory)
    # Keystone reads the command line too.
    del sys.argv[1:]
    from keystone.wsgi.api import application
    from werkzeug.test import Client
    client = Client(application)
    headers = {}

    def call(method, path, body=None):
        answer = client.open("/v3" + path, method=method, json=body, headers=headers)
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
        return answer

    user = {"name": "admin", "domain": {"id": "default"}, "password": "secret"}
    scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
    signed_in = call("POST", "/auth/tokens", {"auth": {
        "identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}})
    headers["X-Auth-Token"] = signed_in.headers["X-Subject-Token"]
    ids = {}

    def there(kind, name, **more):
        if (kind, name) not in ids:
            found = call("GET", f"/{kind}s?name={name}").json[kind + "s"]
            made = found[0] if found else call("POST", f"/{kind}s", {kind: {"name": name, **more}}).json[kind]
            ids[kind, name] = made["id"]
        return ids[kind, name]

    for name, project, role in ROLES:
        project = there("project", project, domain_id="default")
        name = there("user", name, domain_id="default", password="secret")
        call("PUT", f"/projects/{project}/users/{name}/roles/{there('role', role)}")


def serve(directory, address, port):
    configure(directory)
    del sys.argv[1:]
    with sqlite3.connect(directory / "keystone.db") as database:
        database.execute("UPDATE endpoint SET url = ? WHERE url LIKE '%/v3'", (f"http://{address}:{port}/v3",))
    from keystone.wsgi.api import application
    from keystone.conf import CONF
    from werkzeug.serving import make_server

    def with_controls(environ, start_response):
        path = environ["PATH_INFO"]
        if path.startswith("/test/token-seconds/"):
            CONF.set_override("expiration", int(path.rsplit("/", 1)[1]), "token")
            start_response("204 No Content", [])
            return []
        return application(environ, start_response)

    server = make_server(address, port, with_controls, threaded=True)
    # Nobody is left behind by a test that was killed.
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    print("ready", flush=True)
    server.serve_forever()


match sys.argv[1:]:
    case ["make", directory]:
        make(pathlib.Path(directory).absolute())
        # Keystone can be set up once in a process.
        subprocess.run([sys.executable, __file__, "fill", directory], check=True)
    case ["fill", directory]:
        fill(pathlib.Path(directory).absolute())
    case ["serve", directory, address, port]:
        serve(pathlib.Path(directory).absolute(), address, int(port))
    case _:
        sys.exit(__doc__)
