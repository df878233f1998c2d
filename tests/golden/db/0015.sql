PRAGMA foreign_keys = OFF;
BEGIN;
PRAGMA application_id = 1330861132;
PRAGMA user_version = 15;
CREATE TABLE types (
    uuid TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    is_public INTEGER NOT NULL CHECK (is_public IN (0, 1)),
    project_id TEXT NOT NULL,
    extra_specs TEXT NOT NULL CHECK (json_valid(extra_specs)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    revision INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE images (
    uuid TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    boot TEXT NOT NULL CHECK (boot IN ('network', 'disk', 'external')),
    kernel_url TEXT,
    initrd_url TEXT,
    kernel_args TEXT,
    user_data TEXT,
    completion TEXT NOT NULL CHECK (completion IN ('power-on', 'phone-home')),
    is_public INTEGER NOT NULL CHECK (is_public IN (0, 1)),
    project_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    revision INTEGER NOT NULL DEFAULT 1
, kind TEXT NOT NULL DEFAULT 'deploy' CHECK (kind IN ('deploy', 'scrub')), kernel_sha256 TEXT, initrd_sha256 TEXT, kernel_size INTEGER, initrd_size INTEGER) STRICT;
CREATE TABLE networks (
    uuid TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    vlan INTEGER CHECK (vlan BETWEEN 1 AND 4094),
    subnets TEXT NOT NULL CHECK (json_valid(subnets)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    revision INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE nodes (
    uuid TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    availability_zone TEXT NOT NULL,
    type_id TEXT REFERENCES types (uuid),
    properties TEXT NOT NULL CHECK (json_valid(properties)),
    bmc_interface TEXT NOT NULL CHECK (bmc_interface IN ('lan', 'open')),
    bmc_address TEXT,
    bmc_port INTEGER CHECK (bmc_port BETWEEN 1 AND 65535),
    bmc_username TEXT,
    bmc_password BLOB, -- sealed
    bmc_kg BLOB, -- sealed
    bmc_privilege_level TEXT CHECK (bmc_privilege_level IN ('user', 'operator', 'administrator')),
    bmc_cipher_suite INTEGER,
    bmc_device TEXT,
    bmc_profile TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(bmc_profile)),
    -- Counts changes of the bmc_ columns, so that what was learned with the old settings is not used with the new ones.
    bmc_revision INTEGER NOT NULL DEFAULT 1,
    power_state TEXT CHECK (power_state IN ('power on', 'power off')),
    power_state_at INTEGER,
    target_power_state TEXT CHECK (target_power_state IN ('on', 'off', 'reboot', 'soft_off', 'soft_reboot')),
    -- The last chassis command, until its state was seen: it may still be at work.
    unsettled_action TEXT CHECK (unsettled_action IN ('power on', 'power off', 'soft power off')),
    unsettled_at INTEGER,
    last_error TEXT,
    -- An error of contact is over when the BMC answers again; one of a task, when a task succeeds.
    last_error_kind TEXT CHECK (last_error_kind IN ('contact', 'task')),
    maintenance INTEGER NOT NULL DEFAULT 0 CHECK (maintenance IN (0, 1)),
    maintenance_reason TEXT,
    extra TEXT NOT NULL CHECK (json_valid(extra)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    revision INTEGER NOT NULL DEFAULT 1, bmc_quirks TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(bmc_quirks)), unsettled_task TEXT, health_state TEXT NOT NULL DEFAULT 'unknown' CHECK (health_state IN
    ('unknown', 'good', 'slow', 'unreachable', 'bad credentials', 'locked out', 'sessions full')), health_message TEXT, health_since INTEGER, last_contact_at INTEGER, last_power_state TEXT CHECK (last_power_state IN ('power on', 'power off')), last_power_state_at INTEGER, power_policy TEXT NOT NULL DEFAULT 'observe'
    CHECK (power_policy IN ('observe', 'enforce')), wanted_power TEXT CHECK (wanted_power IN ('power on', 'power off')), min_off_secs INTEGER CHECK (min_off_secs BETWEEN 0 AND 600), turned_on_at INTEGER, guid TEXT, is_own INTEGER NOT NULL DEFAULT 0 CHECK (is_own IN (0, 1)), taken INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1)),
    CHECK (bmc_interface <> 'lan' OR (bmc_address IS NOT NULL AND bmc_port IS NOT NULL AND bmc_username IS NOT NULL
        AND bmc_password IS NOT NULL AND bmc_privilege_level IS NOT NULL)),
    CHECK (bmc_interface <> 'open' OR bmc_device IS NOT NULL)
) STRICT;
CREATE TABLE ports (
    uuid TEXT NOT NULL PRIMARY KEY,
    node_id TEXT NOT NULL REFERENCES nodes (uuid) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    mac_address TEXT NOT NULL UNIQUE,
    port_type TEXT,
    pxe_enabled INTEGER NOT NULL CHECK (pxe_enabled IN (0, 1)),
    UNIQUE (node_id, position)
) STRICT;
CREATE TABLE instances (
    uuid TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    type_id TEXT NOT NULL REFERENCES types (uuid),
    image_id TEXT NOT NULL REFERENCES images (uuid),
    availability_zone TEXT NOT NULL,
    network_info TEXT NOT NULL CHECK (json_valid(network_info)),
    status TEXT NOT NULL CHECK (status IN ('building', 'active', 'error', 'deleting')),
    power_state TEXT CHECK (power_state IN ('power on', 'power off')),
    project_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    extra TEXT NOT NULL CHECK (json_valid(extra)),
    last_error TEXT,
    node_id TEXT NOT NULL UNIQUE REFERENCES nodes (uuid),
    launched_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    revision INTEGER NOT NULL DEFAULT 1
, user_data BLOB) STRICT;
CREATE TABLE attachments (
    port_id TEXT NOT NULL PRIMARY KEY REFERENCES ports (uuid),
    instance_id TEXT NOT NULL REFERENCES instances (uuid) ON DELETE CASCADE,
    network_id TEXT NOT NULL REFERENCES networks (uuid)
) STRICT;
CREATE TABLE addresses (
    subnet_id TEXT NOT NULL,
    address BLOB NOT NULL, -- 4 or 16 bytes, in network order, so that they sort
    instance_id TEXT NOT NULL REFERENCES instances (uuid) ON DELETE CASCADE,
    PRIMARY KEY (subnet_id, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE idempotency (
    user_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    location TEXT,
    etag TEXT,
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, project_id, path, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE operations (
    uuid TEXT NOT NULL PRIMARY KEY,
    target TEXT NOT NULL CHECK (target IN ('on', 'off', 'reboot', 'soft_off', 'soft_reboot')),
    project_id TEXT, -- of all its instances; what is of several or none is for admins
    requested_by TEXT NOT NULL CHECK (json_valid(requested_by)),
    machines INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    -- Both are written when the last machine's task has ended.
    finished_at INTEGER,
    counts TEXT CHECK (json_valid(counts)),
    CHECK ((finished_at IS NULL) = (counts IS NULL))
) STRICT;
CREATE TABLE operation_nodes (
    operation_id TEXT NOT NULL REFERENCES operations (uuid) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    node_id TEXT NOT NULL,
    node_name TEXT NOT NULL,
    instance_id TEXT,
    instance_name TEXT,
    task_id TEXT,
    state TEXT CHECK (state IN ('done', 'failed', 'cancelled', 'refused')),
    step TEXT,
    error TEXT,
    ended_at INTEGER,
    PRIMARY KEY (operation_id, position),
    CHECK ((state IS NULL) = (ended_at IS NULL)),
    CHECK (task_id IS NOT NULL OR state = 'refused')
) STRICT, WITHOUT ROWID;
CREATE TABLE webhooks (
    uuid TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    secret BLOB NOT NULL, -- sealed
    kinds TEXT NOT NULL CHECK (json_valid(kinds)), -- [] for all
    project_id TEXT, -- only this project's
    delivered_to INTEGER NOT NULL, -- the id of the last event that was taken, or passed over by the filter
    delivered_at INTEGER,
    failures INTEGER NOT NULL DEFAULT 0, -- in a row
    last_error TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    revision INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE project_limits (
    project_id TEXT NOT NULL PRIMARY KEY,
    instances INTEGER CHECK (instances BETWEEN 0 AND 1000000),
    created_at INTEGER NOT NULL,
    updated_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE address_floors (
    subnet_id TEXT NOT NULL PRIMARY KEY,
    address BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE "tokens" (
    uuid TEXT NOT NULL PRIMARY KEY,
    name TEXT,
    user_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('monitor', 'reader', 'member', 'admin')),
    hash BLOB UNIQUE, -- SHA-256 of the secret, which has 256 random bits
    certificate_subject TEXT UNIQUE, -- as in RFC 4514, in the one spelling of this program
    networks TEXT NOT NULL DEFAULT '[]', -- JSON; empty: from everywhere
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    last_used_from TEXT, -- an address, or unix
    CHECK ((hash IS NULL) <> (certificate_subject IS NULL)),
    CHECK ((last_used_at IS NULL) = (last_used_from IS NULL))
) STRICT;
CREATE TABLE staged_passwords (
    node_id TEXT NOT NULL PRIMARY KEY REFERENCES nodes (uuid) ON DELETE CASCADE,
    password BLOB NOT NULL, -- sealed
    sent_at INTEGER, -- when it was first committed to be sent; NULL: the BMC has never seen it
    sends INTEGER NOT NULL DEFAULT 0, -- for the task of now
    old_seen INTEGER NOT NULL DEFAULT 0 CHECK (old_seen IN (0, 1)) -- since it was last sent, a login with the old one worked
) STRICT, WITHOUT ROWID;
CREATE TABLE sealing_key (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    proof BLOB NOT NULL
) STRICT;
CREATE TABLE "tasks" (
    uuid TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('power', 'deploy', 'delete', 'boot_device', 'rotate_password')),
    target TEXT CHECK (target IN ('on', 'off', 'reboot', 'soft_off', 'soft_reboot')),
    state TEXT NOT NULL
        CHECK (state IN ('queued', 'observing', 'issued', 'waiting', 'done', 'failed', 'cancelled')),
    steps TEXT NOT NULL CHECK (json_valid(steps)),
    step INTEGER NOT NULL DEFAULT 0,
    issued_at INTEGER,
    accepted INTEGER NOT NULL DEFAULT 0,
    node_id TEXT NOT NULL REFERENCES nodes (uuid) ON DELETE CASCADE,
    instance_id TEXT,
    requested_by TEXT NOT NULL CHECK (json_valid(requested_by)),
    timeout_secs INTEGER, -- what the client asked for; it covers all steps
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deadline_at INTEGER NOT NULL,
    finished_at INTEGER,
    error TEXT,
    -- Whether a soft power off becomes a hard one at its deadline.
    escalate INTEGER NOT NULL DEFAULT 0 CHECK (escalate IN (0, 1)),
    CHECK ((finished_at IS NULL) = (state IN ('queued', 'observing', 'issued', 'waiting')))
) STRICT;
CREATE TABLE "attempts" (
    task_id TEXT NOT NULL REFERENCES "tasks" (uuid) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    step TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT,
    elapsed_ms INTEGER,
    -- An attempt that is repeated with the same outcome is one row.
    times INTEGER NOT NULL DEFAULT 1,
    last_at INTEGER,
    PRIMARY KEY (task_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE fetched_files (
    url TEXT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT,
    last_modified TEXT,
    used_at INTEGER NOT NULL
) STRICT;
CREATE TABLE netboots (
    task_id TEXT NOT NULL PRIMARY KEY REFERENCES tasks (uuid) ON DELETE CASCADE,
    node_id TEXT NOT NULL UNIQUE REFERENCES nodes (uuid) ON DELETE CASCADE,
    instance_id TEXT NOT NULL REFERENCES instances (uuid) ON DELETE CASCADE,
    image_id TEXT NOT NULL REFERENCES images (uuid),
    secret BLOB NOT NULL, -- sealed: what the machine's URLs have in them
    secret_hash BLOB NOT NULL UNIQUE, -- SHA-256 of it
    completion TEXT NOT NULL CHECK (completion IN ('power-on', 'phone-home')),
    kernel_args TEXT,
    user_data BLOB, -- sealed
    -- Of the files to serve; NULL until they are known to be here.
    kernel_sha256 TEXT,
    initrd_sha256 TEXT,
    -- How often the machine was set up again because it asked for nothing.
    tries INTEGER NOT NULL DEFAULT 0,
    -- When the row goes, of a task that is done; NULL until then.
    expires_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE milestones (
    task_id TEXT NOT NULL REFERENCES tasks (uuid) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name IN ('script', 'kernel', 'initrd', 'data', 'phone_home')),
    at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    detail TEXT,
    PRIMARY KEY (task_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE "events" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('power', 'status', 'health', 'task', 'maintenance', 'audit', 'netboot')),
    cause TEXT NOT NULL CHECK (cause IN ('request', 'task', 'outside', 'contact', 'policy')),
    old TEXT,
    new TEXT,
    detail TEXT,
    node_id TEXT,
    node_name TEXT,
    instance_id TEXT,
    instance_name TEXT,
    project_id TEXT, -- of the instance; what has none is for admins
    task TEXT CHECK (json_valid(task)),
    actor TEXT CHECK (json_valid(actor)),
    audit TEXT CHECK (json_valid(audit)), -- what was asked for, and from where
    CHECK (node_id IS NOT NULL OR kind = 'audit'),
    CHECK ((audit IS NOT NULL) = (kind = 'audit')),
    CHECK (project_id IS NULL OR kind <> 'audit')
) STRICT;
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22cea-0a27-7260-8011-bd7dbbb95ada', 'any', NULL, 1, 'default', '{}', 1796049865255198, NULL, 1);
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22cea-0d65-7038-a61e-8d9c532e3c6e', 'gpu', NULL, 0, 'default', '{"cpus":">=8"}', 1796049866085144, NULL, 1);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22cea-0a29-7736-84b5-fad04c566cb0', 'disk', NULL, 'disk', NULL, NULL, NULL, NULL, 'power-on', 1, 'default', 1796049865257050, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22cea-0d66-721f-8700-d2eebb06cc3c', 'debian', NULL, 'network', 'http://127.0.0.1/k', 'http://127.0.0.1/i', NULL, NULL, 'power-on', 1, 'default', 1796049866086871, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22cea-0d7b-76a6-8544-e014bd2b933b', 'live', NULL, 'network', 'http://127.179.0.1:37533/k', NULL, 'quiet ip=${ip}', NULL, 'power-on', 1, 'default', 1796049866107718, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "networks" ("uuid", "name", "vlan", "subnets", "created_at", "updated_at", "revision") VALUES ('01a22cea-0a2a-7549-8cca-cd5fb384b791', 'provision', 7, '[{"uuid":"01a22cea-0a2a-7549-8cca-cd602ffb5ef7","cidr":"10.7.0.0/24","gateway_ip":"10.7.0.1","dns_nameservers":[],"allocation_pools":[]}]', 1796049865258664, NULL, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', 'z-n1', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'56f9d1a4b147dc608846350dc30cabdf50f9e98e040ea4fbbb027a065ed2b5a180', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796049866081126, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{"rack":"r1"}', 1796049865214654, 1796049866396876, 16, '[]', NULL, 'good', 'the BMC answers', 1796049865232597, 1796049865232436, NULL, NULL, 'enforce', 'power on', 7, 1796049865826022, NULL, 0, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22cea-0a05-75f5-86c6-00a6a8c28bc9', 'n2', 'z-n2', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'f6d0b6cb76e437ce640888c19b28305b728e3521fd16cb72776c7e02069bf21fd9', x'2a34f1379b7b248cc1e3881ff8f8ff925a299716a47be6976b3a8bad4698cb95cede90ce9030d153a6184f1f', 'administrator', NULL, NULL, '{}', 2, 'power off', 1796049865237520, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796049865221616, 1796049866401087, 8, '[]', NULL, 'unknown', 'the BMC was not asked yet with these settings', 1796049866099255, NULL, NULL, NULL, 'observe', NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', 'z-n3', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'07dcbec87cd22b4bd0d6545500d7dfa1bed232dcfab78159640fb58cb14c3c1641', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796049866382384, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796049865227702, 1796049866409677, 9, '[]', NULL, 'good', 'the BMC answers', 1796049865235138, 1796049865234745, NULL, NULL, 'observe', 'power on', NULL, 1796049866126617, NULL, 0, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22cea-09fe-7684-b6a6-0722b7f6c81f', '01a22cea-09fe-7684-b6a6-072125cae1b1', 0, '02:00:00:00:d9:19', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22cea-0a05-75f5-86c6-00a7312bddc9', '01a22cea-0a05-75f5-86c6-00a6a8c28bc9', 0, '02:00:00:00:d3:84', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22cea-0a0b-74a1-bf49-19259a300e43', '01a22cea-0a0b-74a1-bf49-19244909d33f', 0, '02:00:00:00:d1:18', NULL, 1);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', NULL, '01a22cea-0a27-7260-8011-bd7dbbb95ada', '01a22cea-0a29-7736-84b5-fad04c566cb0', 'z-n1', '[{"port_id":"01a22cea-09fe-7684-b6a6-0722b7f6c81f","network":"01a22cea-0a2a-7549-8cca-cd5fb384b791","mac_address":"02:00:00:00:d9:19","fixed_ips":[{"ip_address":"10.7.0.2","subnet_id":"01a22cea-0a2a-7549-8cca-cd602ffb5ef7"}]}]', 'active', 'power on', 'default', 'root', '{"owner":"golden"}', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 1796049865524773, 1796049865260126, 1796049866081126, 5, NULL);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', NULL, '01a22cea-0a27-7260-8011-bd7dbbb95ada', '01a22cea-0d7b-76a6-8544-e014bd2b933b', 'z-n3', '[{"port_id":"01a22cea-0a0b-74a1-bf49-19259a300e43","network":"01a22cea-0a2a-7549-8cca-cd5fb384b791","mac_address":"02:00:00:00:d1:18","fixed_ips":[{"ip_address":"10.7.0.3","subnet_id":"01a22cea-0a2a-7549-8cca-cd602ffb5ef7"}]}]', 'active', 'power on', 'default', 'root', '{}', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 1796049866382384, 1796049866109621, 1796049866382384, 3, x'19ba2ecc81d4376552e0d15869e61f52e080650c63400cbad72b9f5f5e8a4300338d46c96bea62636213c013c6');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22cea-09fe-7684-b6a6-0722b7f6c81f', '01a22cea-0a2c-7667-9c5a-49f597779f10', '01a22cea-0a2a-7549-8cca-cd5fb384b791');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22cea-0a0b-74a1-bf49-19259a300e43', '01a22cea-0d7d-7697-9dd9-83298aa717de', '01a22cea-0a2a-7549-8cca-cd5fb384b791');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22cea-0a2a-7549-8cca-cd602ffb5ef7', x'0a070002', '01a22cea-0a2c-7667-9c5a-49f597779f10');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22cea-0a2a-7549-8cca-cd602ffb5ef7', x'0a070003', '01a22cea-0d7d-7697-9dd9-83298aa717de');
INSERT INTO "idempotency" ("user_id", "project_id", "path", "key", "request_hash", "status", "location", "etag", "body", "created_at") VALUES ('root', 'default', '/instances', 'golden', x'38a255470438c57bf73fca9b1150e00b8064a9f2075ea7e97c6d7363a48e16be', 201, 'http://localhost/v1/instances/01a22cea-0a2c-7667-9c5a-49f597779f10', '"6617f7237bc5e-1"', x'7b226e616d65223a2277656231222c226465736372697074696f6e223a6e756c6c2c22696e7374616e63655f747970655f75756964223a2230316132326365612d306132372d373236302d383031312d626437646262623935616461222c22696d6167655f75756964223a2230316132326365612d306132392d373733362d383462352d666164303463353636636230222c22617661696c6162696c6974795f7a6f6e65223a227a2d6e31222c226e6574776f726b5f696e666f223a7b2230316132326365612d303966652d373638342d623661362d303732326237663663383166223a7b226e6574776f726b223a2230316132326365612d306132612d373534392d386363612d636435666233383462373931222c226d61635f61646472657373223a2230323a30303a30303a30303a64393a3139222c2266697865645f697073223a5b7b2269705f61646472657373223a2231302e372e302e32222c227375626e65745f6964223a2230316132326365612d306132612d373534392d386363612d636436303266666235656637227d5d7d7d2c226c696e6b73223a5b7b2272656c223a2273656c66222c2268726566223a22687474703a2f2f6c6f63616c686f73742f76312f696e7374616e6365732f30316132326365612d306132632d373636372d396335612d343966353937373739663130227d2c7b2272656c223a22626f6f6b6d61726b222c2268726566223a22687474703a2f2f6c6f63616c686f73742f696e7374616e6365732f30316132326365612d306132632d373636372d396335612d343966353937373739663130227d5d2c2275756964223a2230316132326365612d306132632d373636372d396335612d343966353937373739663130222c22737461747573223a226275696c64696e67222c22706f7765725f7374617465223a22706f776572206f6666222c2270726f6a6563745f6964223a2264656661756c74222c22757365725f6964223a22726f6f74222c22757064617465645f6174223a6e756c6c2c22637265617465645f6174223a22323032362d31312d33305431343a34343a32352e3236303132362b30303a3030222c226c61756e636865645f6174223a6e756c6c2c226578747261223a7b226f776e6572223a22676f6c64656e227d2c226c6173745f6572726f72223a6e756c6c2c226e6f64655f75756964223a2230316132326365612d303966652d373638342d623661362d303732313235636165316231227d', 4003569865260126);
INSERT INTO "operations" ("uuid", "target", "project_id", "requested_by", "machines", "created_at", "finished_at", "counts") VALUES ('01a22cea-0c5d-71cc-beb1-714982fb7b90', 'on', 'default', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7af38e7c-7f8a-4c81-bb39-ec27d2236550"}', 1, 4003569865821203, 4003569866081126, '{"queued":0,"observing":0,"issued":0,"waiting":0,"done":1,"failed":0,"cancelled":0,"refused":0}');
INSERT INTO "operation_nodes" ("operation_id", "position", "node_id", "node_name", "instance_id", "instance_name", "task_id", "state", "step", "error", "ended_at") VALUES ('01a22cea-0c5d-71cc-beb1-714982fb7b90', 0, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', '01a22cea-0c5d-71cc-beb1-714a11e014fa', 'done', NULL, NULL, 1796049866081126);
INSERT INTO "webhooks" ("uuid", "name", "url", "secret", "kinds", "project_id", "delivered_to", "delivered_at", "failures", "last_error", "created_at", "updated_at", "revision") VALUES ('01a22cea-0d6b-7316-a279-525188fc59fd', 'hook', 'http://127.0.0.1:9/', x'16716482fb4e4f916ea04b44a46754d1d7e0cc41e4c561224f44f34a41b4653ad515deade1c0993ce67aec1ffc3141730abb', '["health"]', NULL, 37, NULL, 1, 'the address cannot be reached: client error (Connect): tcp connect error: Connection refused (os error 111)', 1796049866091491, 1796049866101620, 2);
INSERT INTO "project_limits" ("project_id", "instances", "created_at", "updated_at") VALUES ('p', 3, 1796049866093673, NULL);
INSERT INTO "address_floors" ("subnet_id", "address") VALUES ('01a22cea-0a2a-7549-8cca-cd602ffb5ef7', x'0a070003');
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22cea-0d68-7582-92ba-b84801c4c1c4', 'secret', 'u', 'p', 'reader', x'5f956807803d4830f6cb87443c65602bb4d3ff519f716ee64ab80f2da1074786', NULL, '["10.0.0.0/8"]', NULL, 1796049866088342, NULL, NULL);
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22cea-0d6a-74c4-9803-4dee7c332497', NULL, 'ci', 'p', 'member', NULL, 'CN=ci,O=Example', '[]', NULL, 1796049866090182, NULL, NULL);
INSERT INTO "staged_passwords" ("node_id", "password", "sent_at", "sends", "old_seen") VALUES ('01a22cea-0a05-75f5-86c6-00a6a8c28bc9', x'978349559d4c416cbb9f93eab30e774baa8678f1a089b1c904e4fc52d4dbfe4d498b32d084e31014986f', NULL, 0, 0);
INSERT INTO "sealing_key" ("id", "proof") VALUES (1, x'988a9ff3f43efb3acc646eb4726dfcb4ffb74ced7d79d1300682a19b1f919bd470620571f1c9b50ced5be2138799fc5e8eab1552');
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cea-0a2d-70f9-a7af-da5e676d2038', 'deploy', 'on', 'done', '["ensure_off","ensure_on"]', 2, NULL, 0, '01a22cea-09fe-7684-b6a6-072125cae1b1', '01a22cea-0a2c-7667-9c5a-49f597779f10', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2da365e8-62da-40b6-9e48-c65e1f85c6ab"}', NULL, 1796049865260126, 1796049865524773, 1796052865524699, 1796049865524773, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cea-0b4c-71c5-b1d7-8e4ca432488a', 'power', 'off', 'done', '["ensure_off"]', 1, NULL, 0, '01a22cea-09fe-7684-b6a6-072125cae1b1', '01a22cea-0a2c-7667-9c5a-49f597779f10', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-37d43c18-63ed-45cc-8ce1-03259dfab34a"}', NULL, 1796049865548328, 1796049865808168, 1796052865808040, 1796049865808168, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cea-0c5d-71cc-beb1-714a11e014fa', 'power', 'on', 'done', '["ensure_on"]', 1, NULL, 0, '01a22cea-09fe-7684-b6a6-072125cae1b1', '01a22cea-0a2c-7667-9c5a-49f597779f10', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7af38e7c-7f8a-4c81-bb39-ec27d2236550"}', NULL, 1796049865821520, 1796049866081126, 1796052866080999, 1796049866081126, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cea-0d77-750d-86d7-573897e2a281', 'rotate_password', NULL, 'queued', '["rotate_password"]', 0, NULL, 0, '01a22cea-0a05-75f5-86c6-00a6a8c28bc9', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f88821ed-1429-4f16-acf5-4a025a4c099c"}', NULL, 1796049866103402, 1796049866103402, 1796052866103402, NULL, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cea-0d7e-72db-8bf8-ab4cecfcc26b', 'deploy', 'on', 'done', '["fetch_image","ensure_off",{"boot_device":{"boot_device":"pxe","persistent":false,"uefi":false}},"ensure_on"]', 4, NULL, 0, '01a22cea-0a0b-74a1-bf49-19244909d33f', '01a22cea-0d7d-7697-9dd9-83298aa717de', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL, 1796049866109621, 1796049866382384, 1796052866382287, 1796049866382384, NULL, 0);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0a2d-70f9-a7af-da5e676d2038', 1, 1796049865265955, 'ensure_off', 'read', 'the BMC says power off', 2, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0a2d-70f9-a7af-da5e676d2038', 2, 1796049865268111, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0a2d-70f9-a7af-da5e676d2038', 3, 1796049865269671, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0a2d-70f9-a7af-da5e676d2038', 4, 1796049865524773, 'ensure_on', 'read', 'the BMC says power on', 2, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0b4c-71c5-b1d7-8e4ca432488a', 1, 1796049865552822, 'ensure_off', 'read', 'the BMC says power on', 2, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0b4c-71c5-b1d7-8e4ca432488a', 2, 1796049865554936, 'ensure_off', 'accepted', 'the BMC accepted power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0b4c-71c5-b1d7-8e4ca432488a', 3, 1796049865808168, 'ensure_off', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0c5d-71cc-beb1-714a11e014fa', 1, 1796049865826022, 'ensure_on', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0c5d-71cc-beb1-714a11e014fa', 2, 1796049865827850, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0c5d-71cc-beb1-714a11e014fa', 3, 1796049866081126, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0d7e-72db-8bf8-ab4cecfcc26b', 1, 1796049866118562, 'fetch_image', 'here', NULL, 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0d7e-72db-8bf8-ab4cecfcc26b', 2, 1796049866121953, 'ensure_off', 'read', 'the BMC says power off', 2, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0d7e-72db-8bf8-ab4cecfcc26b', 3, 1796049866124905, 'boot_device', 'set', 'the boot device is pxe', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0d7e-72db-8bf8-ab4cecfcc26b', 4, 1796049866126617, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0d7e-72db-8bf8-ab4cecfcc26b', 5, 1796049866128263, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cea-0d7e-72db-8bf8-ab4cecfcc26b', 6, 1796049866382384, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "fetched_files" ("url", "sha256", "size", "etag", "last_modified", "used_at") VALUES ('http://127.179.0.1:37533/k', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', 8, '"8-97"', NULL, 4003569866117008);
INSERT INTO "netboots" ("task_id", "node_id", "instance_id", "image_id", "secret", "secret_hash", "completion", "kernel_args", "user_data", "kernel_sha256", "initrd_sha256", "tries", "expires_at", "created_at") VALUES ('01a22cea-0d7e-72db-8bf8-ab4cecfcc26b', '01a22cea-0a0b-74a1-bf49-19244909d33f', '01a22cea-0d7d-7697-9dd9-83298aa717de', '01a22cea-0d7b-76a6-8544-e014bd2b933b', x'8215a8b391131e7193c0d30aa0c672e747ab049e5bf9d26987bd7fdff88adc0ce2e5044fd7e0a589f17773952a848b2e92fcda90c225b639fc736c2ea32852b73e6da69bdd2115187b443f456bfcd196e41f7d0b7f439d6be26665dc', x'5c9fad8b6bc8b2b4318a96442a9ceb10b7d261778329a114cb011b44a7266932', 'power-on', 'quiet ip=${ip}', x'7c96677102ead4cc529273cf34c00d9feacf85b02c8ba6615f0c42a8a0eab840cdf96628da30d1abd03247eb73', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', NULL, 0, 4003573466382384, 1796049866109621);
INSERT INTO "milestones" ("task_id", "name", "at", "last_at", "times", "detail") VALUES ('01a22cea-0d7e-72db-8bf8-ab4cecfcc26b', 'script', 1796049866394057, 1796049866394057, 1, 'from 127.0.0.1');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (1, 4003569865219161, 'audit', 'request', NULL, 'done', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-b2949856-ef0a-4443-b832-f45131cb6ce9"}', '{"action":"POST /v1/nodes","uuid":"01a22cea-09fe-7684-b6a6-072125cae1b1","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (2, 4003569865224211, 'audit', 'request', NULL, 'done', NULL, '01a22cea-0a05-75f5-86c6-00a6a8c28bc9', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7a0166ba-e0aa-4b63-aa45-1bc7c64ba5e6"}', '{"action":"POST /v1/nodes","uuid":"01a22cea-0a05-75f5-86c6-00a6a8c28bc9","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (3, 4003569865228123, 'audit', 'request', NULL, 'done', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ed938279-7cc5-4b1f-8bd4-fbfe42113b78"}', '{"action":"POST /v1/nodes","uuid":"01a22cea-0a0b-74a1-bf49-19244909d33f","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (4, 4003569865232597, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (5, 4003569865235138, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (6, 4003569865235248, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22cea-0a05-75f5-86c6-00a6a8c28bc9', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (7, 4003569865235898, 'power', 'contact', NULL, 'power off', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (8, 4003569865237408, 'power', 'contact', NULL, 'power off', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (9, 4003569865237520, 'power', 'contact', NULL, 'power off', NULL, '01a22cea-0a05-75f5-86c6-00a6a8c28bc9', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (10, 4003569865255515, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1de5ef94-9877-4070-b0a5-a1b8b9013abe"}', '{"action":"POST /v1/types","uuid":"01a22cea-0a27-7260-8011-bd7dbbb95ada","ident":null,"fields":["name"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (11, 4003569865257269, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2a9962e7-83f4-4709-b133-9a505f8bcaee"}', '{"action":"POST /v1/images","uuid":"01a22cea-0a29-7736-84b5-fad04c566cb0","ident":null,"fields":["boot","name"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (12, 4003569865258841, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2eb762db-a7b6-4907-8080-4359a4440c04"}', '{"action":"POST /v1/networks","uuid":"01a22cea-0a2a-7549-8cca-cd5fb384b791","ident":null,"fields":["name","subnets","vlan"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (13, 4003569865260126, 'status', 'request', NULL, 'building', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2da365e8-62da-40b6-9e48-c65e1f85c6ab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (14, 4003569865260126, 'task', 'request', NULL, 'queued', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0a2d-70f9-a7af-da5e676d2038","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2da365e8-62da-40b6-9e48-c65e1f85c6ab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (15, 4003569865261681, 'audit', 'request', NULL, 'done', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2da365e8-62da-40b6-9e48-c65e1f85c6ab"}', '{"action":"POST /v1/instances","uuid":"01a22cea-0a2c-7667-9c5a-49f597779f10","ident":null,"fields":["availability_zone","extra","image_uuid","instance_type_uuid","name","networks"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (16, 4003569865265955, 'task', 'task', 'queued', 'observing', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0a2d-70f9-a7af-da5e676d2038","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2da365e8-62da-40b6-9e48-c65e1f85c6ab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (17, 4003569865268111, 'task', 'task', 'observing', 'issued', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0a2d-70f9-a7af-da5e676d2038","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2da365e8-62da-40b6-9e48-c65e1f85c6ab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (18, 4003569865269671, 'task', 'task', 'issued', 'waiting', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0a2d-70f9-a7af-da5e676d2038","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2da365e8-62da-40b6-9e48-c65e1f85c6ab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (19, 4003569865524773, 'power', 'task', 'power off', 'power on', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0a2d-70f9-a7af-da5e676d2038","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2da365e8-62da-40b6-9e48-c65e1f85c6ab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (20, 4003569865524773, 'status', 'task', 'building', 'active', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0a2d-70f9-a7af-da5e676d2038","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2da365e8-62da-40b6-9e48-c65e1f85c6ab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (21, 4003569865524773, 'task', 'task', 'waiting', 'done', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0a2d-70f9-a7af-da5e676d2038","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2da365e8-62da-40b6-9e48-c65e1f85c6ab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (22, 4003569865548328, 'task', 'request', NULL, 'queued', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0b4c-71c5-b1d7-8e4ca432488a","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-37d43c18-63ed-45cc-8ce1-03259dfab34a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (23, 4003569865548704, 'audit', 'request', NULL, 'done', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-37d43c18-63ed-45cc-8ce1-03259dfab34a"}', '{"action":"PUT /v1/instances/{ident}/states/power","uuid":"01a22cea-0a2c-7667-9c5a-49f597779f10","ident":"01a22cea-0a2c-7667-9c5a-49f597779f10","fields":["target"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (24, 4003569865552822, 'task', 'task', 'queued', 'issued', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0b4c-71c5-b1d7-8e4ca432488a","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-37d43c18-63ed-45cc-8ce1-03259dfab34a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (25, 4003569865554936, 'task', 'task', 'issued', 'waiting', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0b4c-71c5-b1d7-8e4ca432488a","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-37d43c18-63ed-45cc-8ce1-03259dfab34a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (26, 4003569865808168, 'power', 'task', 'power on', 'power off', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0b4c-71c5-b1d7-8e4ca432488a","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-37d43c18-63ed-45cc-8ce1-03259dfab34a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (27, 4003569865808168, 'task', 'task', 'waiting', 'done', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0b4c-71c5-b1d7-8e4ca432488a","kind":"power","target":"off","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-37d43c18-63ed-45cc-8ce1-03259dfab34a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (28, 4003569865821520, 'task', 'request', NULL, 'queued', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0c5d-71cc-beb1-714a11e014fa","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7af38e7c-7f8a-4c81-bb39-ec27d2236550"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (29, 4003569865822203, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7af38e7c-7f8a-4c81-bb39-ec27d2236550"}', '{"action":"POST /v1/power","uuid":"01a22cea-0c5d-71cc-beb1-714982fb7b90","ident":null,"fields":["instances","target"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (30, 4003569865826022, 'task', 'task', 'queued', 'issued', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0c5d-71cc-beb1-714a11e014fa","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7af38e7c-7f8a-4c81-bb39-ec27d2236550"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (31, 4003569865827850, 'task', 'task', 'issued', 'waiting', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0c5d-71cc-beb1-714a11e014fa","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7af38e7c-7f8a-4c81-bb39-ec27d2236550"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (32, 4003569866081126, 'power', 'task', 'power off', 'power on', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0c5d-71cc-beb1-714a11e014fa","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7af38e7c-7f8a-4c81-bb39-ec27d2236550"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (33, 4003569866081126, 'task', 'task', 'waiting', 'done', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', '{"uuid":"01a22cea-0c5d-71cc-beb1-714a11e014fa","kind":"power","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7af38e7c-7f8a-4c81-bb39-ec27d2236550"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (34, 4003569866085305, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-98ff672f-6328-47bd-9f01-d39aec94446c"}', '{"action":"POST /v1/types","uuid":"01a22cea-0d65-7038-a61e-8d9c532e3c6e","ident":null,"fields":["extra_specs","is_public","name"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (35, 4003569866087008, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7dde41d9-04a3-4bf0-b1bd-3f6d553b20b5"}', '{"action":"POST /v1/images","uuid":"01a22cea-0d66-721f-8700-d2eebb06cc3c","ident":null,"fields":["initrd_url","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (36, 4003569866088692, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-c48b6a39-87ff-465f-ab9e-be7df859e969"}', '{"action":"POST /v1/tokens","uuid":"01a22cea-0d68-7582-92ba-b84801c4c1c4","ident":null,"fields":["name","networks","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (37, 4003569866090342, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a86ba8ad-43cc-4b94-9980-a2d202ae4f02"}', '{"action":"POST /v1/tokens","uuid":"01a22cea-0d6a-74c4-9803-4dee7c332497","ident":null,"fields":["certificate_subject","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (38, 4003569866091861, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-46ccf6f1-7f75-4523-bcfc-42850a728aba"}', '{"action":"POST /v1/webhooks","uuid":"01a22cea-0d6b-7316-a279-525188fc59fd","ident":null,"fields":["kinds","name","secret","url"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (39, 4003569866093789, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-198e2be8-3b1b-4fc5-ab5a-dcf844ef030a"}', '{"action":"PUT /v1/limits/{ident}","uuid":null,"ident":"p","fields":["instances"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (40, 4003569866096448, 'audit', 'request', NULL, 'done', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-00c2a8a1-be9e-4fc3-ba18-e5bebd88d2fc"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22cea-09fe-7684-b6a6-072125cae1b1","ident":"n1","fields":["extra","min_off_secs","power_policy"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (41, 4003569866099255, 'health', 'request', 'good', 'unknown', 'the BMC was not asked yet with these settings', '01a22cea-0a05-75f5-86c6-00a6a8c28bc9', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-29adf4e2-9c37-4488-b999-5477477e715c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (42, 4003569866099718, 'audit', 'request', NULL, 'done', NULL, '01a22cea-0a05-75f5-86c6-00a6a8c28bc9', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-29adf4e2-9c37-4488-b999-5477477e715c"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22cea-0a05-75f5-86c6-00a6a8c28bc9","ident":"n2","fields":["bmc.address","bmc.kg","bmc.password","bmc.port","bmc.privilege_level","bmc.username"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (43, 4003569866103402, 'task', 'request', NULL, 'queued', NULL, '01a22cea-0a05-75f5-86c6-00a6a8c28bc9', 'n2', NULL, NULL, NULL, '{"uuid":"01a22cea-0d77-750d-86d7-573897e2a281","kind":"rotate_password","target":null,"step":"rotate_password"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f88821ed-1429-4f16-acf5-4a025a4c099c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (44, 4003569866103666, 'audit', 'request', NULL, 'done', NULL, '01a22cea-0a05-75f5-86c6-00a6a8c28bc9', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f88821ed-1429-4f16-acf5-4a025a4c099c"}', '{"action":"POST /v1/nodes/{ident}/rotate-password","uuid":"01a22cea-0a05-75f5-86c6-00a6a8c28bc9","ident":"n2","fields":["password"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (45, 4003569866107874, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-935b9adf-96b1-4024-bb4f-d0a128427b30"}', '{"action":"POST /v1/images","uuid":"01a22cea-0d7b-76a6-8544-e014bd2b933b","ident":null,"fields":["kernel_args","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (46, 4003569866109621, 'status', 'request', NULL, 'building', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (47, 4003569866109621, 'task', 'request', NULL, 'queued', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', '{"uuid":"01a22cea-0d7e-72db-8bf8-ab4cecfcc26b","kind":"deploy","target":"on","step":"fetch_image"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (48, 4003569866111072, 'audit', 'request', NULL, 'done', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', '{"action":"POST /v1/instances","uuid":"01a22cea-0d7d-7697-9dd9-83298aa717de","ident":null,"fields":["availability_zone","image_uuid","instance_type_uuid","name","networks","user_data"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (49, 4003569866118562, 'task', 'task', 'queued', 'observing', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', '{"uuid":"01a22cea-0d7e-72db-8bf8-ab4cecfcc26b","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (50, 4003569866121953, 'task', 'task', 'observing', 'observing', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', '{"uuid":"01a22cea-0d7e-72db-8bf8-ab4cecfcc26b","kind":"deploy","target":"on","step":"boot_device"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (51, 4003569866124905, 'task', 'task', 'observing', 'observing', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', '{"uuid":"01a22cea-0d7e-72db-8bf8-ab4cecfcc26b","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (52, 4003569866126617, 'task', 'task', 'observing', 'issued', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', '{"uuid":"01a22cea-0d7e-72db-8bf8-ab4cecfcc26b","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (53, 4003569866128263, 'task', 'task', 'issued', 'waiting', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', '{"uuid":"01a22cea-0d7e-72db-8bf8-ab4cecfcc26b","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (54, 4003569866382384, 'power', 'task', 'power off', 'power on', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', '{"uuid":"01a22cea-0d7e-72db-8bf8-ab4cecfcc26b","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (55, 4003569866382384, 'status', 'task', 'building', 'active', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', '{"uuid":"01a22cea-0d7e-72db-8bf8-ab4cecfcc26b","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (56, 4003569866382384, 'task', 'task', 'waiting', 'done', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', '{"uuid":"01a22cea-0d7e-72db-8bf8-ab4cecfcc26b","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (57, 4003569866394057, 'netboot', 'task', NULL, 'script', 'from 127.0.0.1', '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', '{"uuid":"01a22cea-0d7e-72db-8bf8-ab4cecfcc26b","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-52ee1fc9-aaed-4825-b12e-efc93bcddadb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (58, 4003569866396876, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f42071ab-e0cc-4d66-aea6-6ef255c91a0d"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (59, 4003569866397085, 'audit', 'request', NULL, 'done', NULL, '01a22cea-09fe-7684-b6a6-072125cae1b1', 'n1', '01a22cea-0a2c-7667-9c5a-49f597779f10', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f42071ab-e0cc-4d66-aea6-6ef255c91a0d"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22cea-09fe-7684-b6a6-072125cae1b1","ident":"n1","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (60, 4003569866401087, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22cea-0a05-75f5-86c6-00a6a8c28bc9', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-419dee7a-08f3-40f7-b351-af2f94d091c8"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (61, 4003569866406439, 'audit', 'request', NULL, 'done', NULL, '01a22cea-0a05-75f5-86c6-00a6a8c28bc9', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-419dee7a-08f3-40f7-b351-af2f94d091c8"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22cea-0a05-75f5-86c6-00a6a8c28bc9","ident":"n2","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (62, 4003569866409677, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-721b68e6-aff5-43a4-b1dc-db3cc1d6591c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (63, 4003569866409821, 'audit', 'request', NULL, 'done', NULL, '01a22cea-0a0b-74a1-bf49-19244909d33f', 'n3', '01a22cea-0d7d-7697-9dd9-83298aa717de', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-721b68e6-aff5-43a4-b1dc-db3cc1d6591c"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22cea-0a0b-74a1-bf49-19244909d33f","ident":"n3","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 30387"}');
DELETE FROM sqlite_sequence;
INSERT INTO "sqlite_sequence" ("name", "seq") VALUES ('events', 63);
CREATE INDEX nodes_by_zone ON nodes (availability_zone);
CREATE INDEX nodes_by_type ON nodes (type_id);
CREATE INDEX instances_by_project ON instances (project_id, created_at, uuid);
CREATE INDEX instances_by_age ON instances (created_at, uuid);
CREATE INDEX instances_by_name ON instances (name);
CREATE INDEX attachments_by_instance ON attachments (instance_id);
CREATE INDEX addresses_by_instance ON addresses (instance_id);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
CREATE INDEX operations_by_age ON operations (created_at, uuid);
CREATE INDEX operations_by_project ON operations (project_id, created_at, uuid);
CREATE INDEX operation_nodes_by_task ON operation_nodes (task_id) WHERE state IS NULL;
CREATE INDEX operation_nodes_open ON operation_nodes (operation_id) WHERE state IS NULL;
CREATE INDEX nodes_free ON nodes (power_state IS NULL, health_state NOT IN ('good', 'unknown'), type_id IS NULL, name)
    WHERE NOT taken AND NOT maintenance AND NOT is_own AND bmc_interface <> 'open';
CREATE UNIQUE INDEX one_open_task_per_node ON tasks (node_id)
    WHERE state IN ('queued', 'observing', 'issued', 'waiting');
CREATE INDEX tasks_by_node ON tasks (node_id, created_at);
CREATE INDEX tasks_by_instance ON tasks (instance_id, created_at) WHERE instance_id IS NOT NULL;
CREATE INDEX netboots_by_instance ON netboots (instance_id);
CREATE INDEX events_by_project ON events (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX events_by_node ON events (node_id, id) WHERE node_id IS NOT NULL;
CREATE TRIGGER instance_frees_node AFTER DELETE ON instances BEGIN
    UPDATE nodes SET taken = 0 WHERE uuid = OLD.node_id;
END;
CREATE TRIGGER address_comes_back AFTER DELETE ON addresses BEGIN
    UPDATE address_floors SET address = OLD.address WHERE subnet_id = OLD.subnet_id AND address > OLD.address;
END;
CREATE TRIGGER subnets_change AFTER UPDATE OF subnets ON networks BEGIN
    DELETE FROM address_floors;
END;
CREATE TRIGGER instance_takes_node AFTER INSERT ON instances BEGIN
    UPDATE nodes SET taken = 1, updated_at = NEW.created_at, revision = revision + 1 WHERE uuid = NEW.node_id;
END;
CREATE TRIGGER netboot_ends AFTER UPDATE OF state ON tasks
    WHEN NEW.kind IN ('deploy', 'delete') AND NEW.state IN ('done', 'failed', 'cancelled')
BEGIN
    DELETE FROM netboots WHERE task_id = NEW.uuid AND (completion = 'phone-home' OR NEW.state <> 'done');
END;
CREATE TRIGGER netboot_is_replaced BEFORE INSERT ON tasks WHEN NEW.kind IN ('deploy', 'delete', 'power')
BEGIN
    DELETE FROM netboots WHERE node_id = NEW.node_id;
END;
COMMIT;
