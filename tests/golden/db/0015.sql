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
, user_data TEXT) STRICT;
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
    user_data TEXT,
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
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22cb1-883c-7602-a836-2be523e28065', 'any', NULL, 1, 'default', '{}', 1796046161980374, NULL, 1);
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22cb1-8c7a-7194-b940-ce426eedd970', 'gpu', NULL, 0, 'default', '{"cpus":">=8"}', 1796046163066527, NULL, 1);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22cb1-884b-77ce-8186-0cd5b06e2c66', 'disk', NULL, 'disk', NULL, NULL, NULL, NULL, 'power-on', 1, 'default', 1796046161995827, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22cb1-8c8a-75e0-a41c-1cd9b93e6cc2', 'debian', NULL, 'network', 'http://127.0.0.1/k', 'http://127.0.0.1/i', NULL, NULL, 'power-on', 1, 'default', 1796046163082585, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22cb1-8ce8-731e-9de7-91020d2c45b1', 'live', NULL, 'network', 'http://127.115.0.1:39965/k', NULL, 'quiet ip=${ip}', NULL, 'power-on', 1, 'default', 1796046163176497, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "networks" ("uuid", "name", "vlan", "subnets", "created_at", "updated_at", "revision") VALUES ('01a22cb1-8853-7053-ae53-20155c0d4040', 'provision', 7, '[{"uuid":"01a22cb1-8853-7053-ae53-20168e497b44","cidr":"10.7.0.0/24","gateway_ip":"10.7.0.1","dns_nameservers":[],"allocation_pools":[]}]', 1796046162003933, NULL, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', 'z-n1', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'4791b195d58fa373ae2058819b6695ffcb5005117842905508bd517af31260df92', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796046163041365, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{"rack":"r1"}', 1796046161861811, 1796046163519869, 16, '[]', NULL, 'good', 'the BMC answers', 1796046161942223, 1796046161938507, NULL, NULL, 'enforce', 'power on', 7, 1796046162770321, NULL, 0, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22cb1-87c9-731e-8f69-64af1b2e378b', 'n2', 'z-n2', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'8cfa40d5dbe55783e8e1ac9be239b1cad54f1771e83cc719e900b559c3cb55fd27', x'9d3eb0567c7928860732fd58883da222b714a6f8b27796374fe5968ab92b31905d4e59e30b44993b21bcf87a', 'administrator', NULL, NULL, '{}', 2, 'power off', 1796046161963424, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796046161865148, 1796046163522716, 8, '[]', NULL, 'unknown', 'the BMC was not asked yet with these settings', 1796046163172165, NULL, NULL, NULL, 'observe', NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', 'z-n3', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'be5247e598b5d39d2333aaa482f4b7ac629c2c2f9e8867db519ef61d2ad8bf9c7d', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796046163493430, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796046161893339, 1796046163524913, 9, '[]', NULL, 'good', 'the BMC answers', 1796046161962429, 1796046161961748, NULL, NULL, 'observe', 'power on', NULL, 1796046163237134, NULL, 0, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22cb1-87c5-725a-8201-a4fdb1dd41bb', '01a22cb1-87c5-725a-8201-a4fc135307ac', 0, '02:00:00:00:ce:e7', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22cb1-87c9-731e-8f69-64b05be4c9cd', '01a22cb1-87c9-731e-8f69-64af1b2e378b', 0, '02:00:00:00:d0:2e', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22cb1-87e5-71ca-b5da-05d91931da93', '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 0, '02:00:00:00:d4:53', NULL, 1);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', NULL, '01a22cb1-883c-7602-a836-2be523e28065', '01a22cb1-884b-77ce-8186-0cd5b06e2c66', 'z-n1', '[{"port_id":"01a22cb1-87c5-725a-8201-a4fdb1dd41bb","network":"01a22cb1-8853-7053-ae53-20155c0d4040","mac_address":"02:00:00:00:ce:e7","fixed_ips":[{"ip_address":"10.7.0.2","subnet_id":"01a22cb1-8853-7053-ae53-20168e497b44"}]}]', 'active', 'power on', 'default', 'root', '{"owner":"golden"}', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 1796046162392116, 1796046162023532, 1796046163041365, 5, NULL);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', NULL, '01a22cb1-883c-7602-a836-2be523e28065', '01a22cb1-8ce8-731e-9de7-91020d2c45b1', 'z-n3', '[{"port_id":"01a22cb1-87e5-71ca-b5da-05d91931da93","network":"01a22cb1-8853-7053-ae53-20155c0d4040","mac_address":"02:00:00:00:d4:53","fixed_ips":[{"ip_address":"10.7.0.3","subnet_id":"01a22cb1-8853-7053-ae53-20168e497b44"}]}]', 'active', 'power on', 'default', 'root', '{}', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 1796046163493430, 1796046163178120, 1796046163493430, 3, '#cloud-config
{}
');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22cb1-87c5-725a-8201-a4fdb1dd41bb', '01a22cb1-8868-7708-9c7e-6317840945ed', '01a22cb1-8853-7053-ae53-20155c0d4040');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22cb1-87e5-71ca-b5da-05d91931da93', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', '01a22cb1-8853-7053-ae53-20155c0d4040');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22cb1-8853-7053-ae53-20168e497b44', x'0a070002', '01a22cb1-8868-7708-9c7e-6317840945ed');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22cb1-8853-7053-ae53-20168e497b44', x'0a070003', '01a22cb1-8cea-775b-876e-b8c0ceec46ca');
INSERT INTO "idempotency" ("user_id", "project_id", "path", "key", "request_hash", "status", "location", "etag", "body", "created_at") VALUES ('root', 'default', '/instances', 'golden', x'714cd3947b300e3871cadc202ee24eed3b8f9ce7359f1eda62e7b4cf65946460', 201, 'http://localhost/v1/instances/01a22cb1-8868-7708-9c7e-6317840945ed', '"6617e957cd46c-1"', x'7b226e616d65223a2277656231222c226465736372697074696f6e223a6e756c6c2c22696e7374616e63655f747970655f75756964223a2230316132326362312d383833632d373630322d613833362d326265353233653238303635222c22696d6167655f75756964223a2230316132326362312d383834622d373763652d383138362d306364356230366532633636222c22617661696c6162696c6974795f7a6f6e65223a227a2d6e31222c226e6574776f726b5f696e666f223a7b2230316132326362312d383763352d373235612d383230312d613466646231646434316262223a7b226e6574776f726b223a2230316132326362312d383835332d373035332d616535332d323031353563306434303430222c226d61635f61646472657373223a2230323a30303a30303a30303a63653a6537222c2266697865645f697073223a5b7b2269705f61646472657373223a2231302e372e302e32222c227375626e65745f6964223a2230316132326362312d383835332d373035332d616535332d323031363865343937623434227d5d7d7d2c226c696e6b73223a5b7b2272656c223a2273656c66222c2268726566223a22687474703a2f2f6c6f63616c686f73742f76312f696e7374616e6365732f30316132326362312d383836382d373730382d396337652d363331373834303934356564227d2c7b2272656c223a22626f6f6b6d61726b222c2268726566223a22687474703a2f2f6c6f63616c686f73742f696e7374616e6365732f30316132326362312d383836382d373730382d396337652d363331373834303934356564227d5d2c2275756964223a2230316132326362312d383836382d373730382d396337652d363331373834303934356564222c22737461747573223a226275696c64696e67222c22706f7765725f7374617465223a22706f776572206f6666222c2270726f6a6563745f6964223a2264656661756c74222c22757365725f6964223a22726f6f74222c22757064617465645f6174223a6e756c6c2c22637265617465645f6174223a22323032362d31312d33305431333a34323a34322e3032333533322b30303a3030222c226c61756e636865645f6174223a6e756c6c2c226578747261223a7b226f776e6572223a22676f6c64656e227d2c226c6173745f6572726f72223a6e756c6c2c226e6f64655f75756964223a2230316132326362312d383763352d373235612d383230312d613466633133353330376163227d', 4003566162023532);
INSERT INTO "operations" ("uuid", "target", "project_id", "requested_by", "machines", "created_at", "finished_at", "counts") VALUES ('01a22cb1-8b3c-7177-8025-867e21742962', 'on', 'default', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7bd40ad6-6dda-449f-87e1-eebab53a79fb"}', 1, 4003566162748458, 4003566163041365, '{"queued":0,"observing":0,"issued":0,"waiting":0,"done":1,"failed":0,"cancelled":0,"refused":0}');
INSERT INTO "operation_nodes" ("operation_id", "position", "node_id", "node_name", "instance_id", "instance_name", "task_id", "state", "step", "error", "ended_at") VALUES ('01a22cb1-8b3c-7177-8025-867e21742962', 0, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', '01a22cb1-8b3d-7594-a252-5347c3de51e8', 'done', NULL, NULL, 1796046163041365);
INSERT INTO "webhooks" ("uuid", "name", "url", "secret", "kinds", "project_id", "delivered_to", "delivered_at", "failures", "last_error", "created_at", "updated_at", "revision") VALUES ('01a22cb1-8cc1-7381-8651-aa0d35bbb76a', 'hook', 'http://127.0.0.1:9/', x'050cafd5f30a5b9f7625a9f0c5df6348a2ea6575cddbb77b59d10b02cd1e087b00be5384049995514af352ebeede2699e341', '["health"]', NULL, 37, NULL, 1, 'the address cannot be reached: client error (Connect): tcp connect error: Connection refused (os error 111)', 1796046163137256, 1796046163183033, 2);
INSERT INTO "project_limits" ("project_id", "instances", "created_at", "updated_at") VALUES ('p', 3, 1796046163162290, NULL);
INSERT INTO "address_floors" ("subnet_id", "address") VALUES ('01a22cb1-8853-7053-ae53-20168e497b44', x'0a070003');
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22cb1-8c9d-70a8-8548-17be3f9a80eb', 'secret', 'u', 'p', 'reader', x'a494a69673d180826995f49e0039cbbfe0bc8f15068c07576711adf311d774de', NULL, '["10.0.0.0/8"]', NULL, 1796046163101592, NULL, NULL);
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22cb1-8cb5-70ba-a13d-e2cd3e0d3702', NULL, 'ci', 'p', 'member', NULL, 'CN=ci,O=Example', '[]', NULL, 1796046163125171, NULL, NULL);
INSERT INTO "staged_passwords" ("node_id", "password", "sent_at", "sends", "old_seen") VALUES ('01a22cb1-87c9-731e-8f69-64af1b2e378b', x'a7626f20233be6146dfabf38421338b9991874c79be5fbe6bc3524e90927666d6ea4dd4ad57b95ce69e7', NULL, 0, 0);
INSERT INTO "sealing_key" ("id", "proof") VALUES (1, x'f3a5530baf85ddb9a1887cd56f9ba1e25ba0221e47b5406bddc5199aa4800cc6bd4a4c206364baf4d32759f2f5cc9b1133b12ece');
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cb1-8868-7708-9c7e-6318a37aa063', 'deploy', 'on', 'done', '["ensure_off","ensure_on"]', 2, NULL, 0, '01a22cb1-87c5-725a-8201-a4fc135307ac', '01a22cb1-8868-7708-9c7e-6317840945ed', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-5c25c395-75d2-46ee-9c92-d97dbb8d741d"}', NULL, 1796046162023532, 1796046162392116, 1796049162392038, 1796046162392116, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cb1-89ee-7612-bc60-4074b655d9b7', 'power', 'off', 'done', '["ensure_off"]', 1, NULL, 0, '01a22cb1-87c5-725a-8201-a4fc135307ac', '01a22cb1-8868-7708-9c7e-6317840945ed', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f4eefe5b-b9c1-47af-87ee-95b872402c3b"}', NULL, 1796046162414515, 1796046162701633, 1796049162701499, 1796046162701633, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cb1-8b3d-7594-a252-5347c3de51e8', 'power', 'on', 'done', '["ensure_on"]', 1, NULL, 0, '01a22cb1-87c5-725a-8201-a4fc135307ac', '01a22cb1-8868-7708-9c7e-6317840945ed', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7bd40ad6-6dda-449f-87e1-eebab53a79fb"}', NULL, 1796046162748989, 1796046163041365, 1796049163041238, 1796046163041365, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cb1-8ce6-7578-9c08-d2baef229818', 'rotate_password', NULL, 'queued', '["rotate_password"]', 0, NULL, 0, '01a22cb1-87c9-731e-8f69-64af1b2e378b', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ccd1e928-3a0e-4ba1-bde9-7137900f8050"}', NULL, 1796046163174662, 1796046163174662, 1796049163174662, NULL, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cb1-8cea-775b-876e-b8c18b445930', 'deploy', 'on', 'done', '["fetch_image","ensure_off",{"boot_device":{"boot_device":"pxe","persistent":false,"uefi":false}},"ensure_on"]', 4, NULL, 0, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL, 1796046163178120, 1796046163493430, 1796049163493351, 1796046163493430, NULL, 0);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8868-7708-9c7e-6318a37aa063', 1, 1796046162061436, 'ensure_off', 'read', 'the BMC says power off', 21, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8868-7708-9c7e-6318a37aa063', 2, 1796046162088207, 'ensure_on', 'read', 'the BMC says power off', 7, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8868-7708-9c7e-6318a37aa063', 3, 1796046162117320, 'ensure_on', 'accepted', 'the BMC accepted power on', 15, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8868-7708-9c7e-6318a37aa063', 4, 1796046162392116, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-89ee-7612-bc60-4074b655d9b7', 1, 1796046162431954, 'ensure_off', 'read', 'the BMC says power on', 12, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-89ee-7612-bc60-4074b655d9b7', 2, 1796046162445627, 'ensure_off', 'accepted', 'the BMC accepted power off', 3, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-89ee-7612-bc60-4074b655d9b7', 3, 1796046162701633, 'ensure_off', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8b3d-7594-a252-5347c3de51e8', 1, 1796046162770321, 'ensure_on', 'read', 'the BMC says power off', 8, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8b3d-7594-a252-5347c3de51e8', 2, 1796046162786524, 'ensure_on', 'accepted', 'the BMC accepted power on', 4, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8b3d-7594-a252-5347c3de51e8', 3, 1796046163041365, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8cea-775b-876e-b8c18b445930', 1, 1796046163203115, 'fetch_image', 'here', NULL, 7, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8cea-775b-876e-b8c18b445930', 2, 1796046163222500, 'ensure_off', 'read', 'the BMC says power off', 6, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8cea-775b-876e-b8c18b445930', 3, 1796046163235095, 'boot_device', 'set', 'the boot device is pxe', 3, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8cea-775b-876e-b8c18b445930', 4, 1796046163237134, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8cea-775b-876e-b8c18b445930', 5, 1796046163238679, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cb1-8cea-775b-876e-b8c18b445930', 6, 1796046163493430, 'ensure_on', 'read', 'the BMC says power on', 2, 1, NULL);
INSERT INTO "fetched_files" ("url", "sha256", "size", "etag", "last_modified", "used_at") VALUES ('http://127.115.0.1:39965/k', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', 8, '"8-97"', NULL, 4003566163190591);
INSERT INTO "netboots" ("task_id", "node_id", "instance_id", "image_id", "secret", "secret_hash", "completion", "kernel_args", "user_data", "kernel_sha256", "initrd_sha256", "tries", "expires_at", "created_at") VALUES ('01a22cb1-8cea-775b-876e-b8c18b445930', '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', '01a22cb1-8ce8-731e-9de7-91020d2c45b1', x'b6accd04e1a09a9925a0eb871a69c43dd54d2f622939332fdc8c08e4ef70a28ef6df876d7a264ffed7b845646b471470525fdaef7f156971e417271b7df1e665b0f02d0c98806357ebd79ee55351f2744f5800f3d739d18b7cbac24f', x'f2629ef0b7293ec4d336f1fbd2f8169af9ecf89b2871edbe7cdc4f8c4dd6f1e9', 'power-on', 'quiet ip=${ip}', '#cloud-config
{}
', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', NULL, 0, 4003569763493430, 1796046163178120);
INSERT INTO "milestones" ("task_id", "name", "at", "last_at", "times", "detail") VALUES ('01a22cb1-8cea-775b-876e-b8c18b445930', 'script', 1796046163517332, 1796046163517332, 1, 'from 127.0.0.1');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (1, 4003566161863006, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-889549cb-3310-4ebf-b7ac-b7c9191d8417"}', '{"action":"POST /v1/nodes","uuid":"01a22cb1-87c5-725a-8201-a4fc135307ac","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (2, 4003566161866650, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87c9-731e-8f69-64af1b2e378b', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-73663e52-6f25-47e9-906c-fa75351f4c06"}', '{"action":"POST /v1/nodes","uuid":"01a22cb1-87c9-731e-8f69-64af1b2e378b","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (3, 4003566161897227, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f618ed41-add8-4841-9b2c-15558ab06fe7"}', '{"action":"POST /v1/nodes","uuid":"01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (4, 4003566161942223, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (5, 4003566161944804, 'power', 'contact', NULL, 'power off', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (6, 4003566161956702, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22cb1-87c9-731e-8f69-64af1b2e378b', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (7, 4003566161962429, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (8, 4003566161963424, 'power', 'contact', NULL, 'power off', NULL, '01a22cb1-87c9-731e-8f69-64af1b2e378b', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (9, 4003566161966314, 'power', 'contact', NULL, 'power off', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (10, 4003566161982471, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-4f02d904-b992-4111-8e9b-f9aa1724ff4a"}', '{"action":"POST /v1/types","uuid":"01a22cb1-883c-7602-a836-2be523e28065","ident":null,"fields":["name"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (11, 4003566161996280, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-4a977f3d-7b99-48ee-99ea-df77b442c94b"}', '{"action":"POST /v1/images","uuid":"01a22cb1-884b-77ce-8186-0cd5b06e2c66","ident":null,"fields":["boot","name"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (12, 4003566162011717, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-45829240-ed2d-4312-b265-bd60e68836b6"}', '{"action":"POST /v1/networks","uuid":"01a22cb1-8853-7053-ae53-20155c0d4040","ident":null,"fields":["name","subnets","vlan"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (13, 4003566162023532, 'status', 'request', NULL, 'building', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-5c25c395-75d2-46ee-9c92-d97dbb8d741d"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (14, 4003566162023532, 'task', 'request', NULL, 'queued', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8868-7708-9c7e-6318a37aa063","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-5c25c395-75d2-46ee-9c92-d97dbb8d741d"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (15, 4003566162025450, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-5c25c395-75d2-46ee-9c92-d97dbb8d741d"}', '{"action":"POST /v1/instances","uuid":"01a22cb1-8868-7708-9c7e-6317840945ed","ident":null,"fields":["availability_zone","extra","image_uuid","instance_type_uuid","name","networks"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (16, 4003566162061436, 'task', 'task', 'queued', 'observing', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8868-7708-9c7e-6318a37aa063","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-5c25c395-75d2-46ee-9c92-d97dbb8d741d"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (17, 4003566162088207, 'task', 'task', 'observing', 'issued', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8868-7708-9c7e-6318a37aa063","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-5c25c395-75d2-46ee-9c92-d97dbb8d741d"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (18, 4003566162117320, 'task', 'task', 'issued', 'waiting', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8868-7708-9c7e-6318a37aa063","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-5c25c395-75d2-46ee-9c92-d97dbb8d741d"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (19, 4003566162392116, 'power', 'task', 'power off', 'power on', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8868-7708-9c7e-6318a37aa063","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-5c25c395-75d2-46ee-9c92-d97dbb8d741d"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (20, 4003566162392116, 'status', 'task', 'building', 'active', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8868-7708-9c7e-6318a37aa063","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-5c25c395-75d2-46ee-9c92-d97dbb8d741d"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (21, 4003566162392116, 'task', 'task', 'waiting', 'done', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8868-7708-9c7e-6318a37aa063","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-5c25c395-75d2-46ee-9c92-d97dbb8d741d"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (22, 4003566162414515, 'task', 'request', NULL, 'queued', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-89ee-7612-bc60-4074b655d9b7","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f4eefe5b-b9c1-47af-87ee-95b872402c3b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (23, 4003566162414938, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f4eefe5b-b9c1-47af-87ee-95b872402c3b"}', '{"action":"PUT /v1/instances/{ident}/states/power","uuid":"01a22cb1-8868-7708-9c7e-6317840945ed","ident":"01a22cb1-8868-7708-9c7e-6317840945ed","fields":["target"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (24, 4003566162431954, 'task', 'task', 'queued', 'issued', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-89ee-7612-bc60-4074b655d9b7","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f4eefe5b-b9c1-47af-87ee-95b872402c3b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (25, 4003566162445627, 'task', 'task', 'issued', 'waiting', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-89ee-7612-bc60-4074b655d9b7","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f4eefe5b-b9c1-47af-87ee-95b872402c3b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (26, 4003566162701633, 'power', 'task', 'power on', 'power off', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-89ee-7612-bc60-4074b655d9b7","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f4eefe5b-b9c1-47af-87ee-95b872402c3b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (27, 4003566162701633, 'task', 'task', 'waiting', 'done', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-89ee-7612-bc60-4074b655d9b7","kind":"power","target":"off","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f4eefe5b-b9c1-47af-87ee-95b872402c3b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (28, 4003566162748989, 'task', 'request', NULL, 'queued', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8b3d-7594-a252-5347c3de51e8","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7bd40ad6-6dda-449f-87e1-eebab53a79fb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (29, 4003566162749743, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7bd40ad6-6dda-449f-87e1-eebab53a79fb"}', '{"action":"POST /v1/power","uuid":"01a22cb1-8b3c-7177-8025-867e21742962","ident":null,"fields":["instances","target"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (30, 4003566162770321, 'task', 'task', 'queued', 'issued', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8b3d-7594-a252-5347c3de51e8","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7bd40ad6-6dda-449f-87e1-eebab53a79fb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (31, 4003566162786524, 'task', 'task', 'issued', 'waiting', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8b3d-7594-a252-5347c3de51e8","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7bd40ad6-6dda-449f-87e1-eebab53a79fb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (32, 4003566163041365, 'power', 'task', 'power off', 'power on', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8b3d-7594-a252-5347c3de51e8","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7bd40ad6-6dda-449f-87e1-eebab53a79fb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (33, 4003566163041365, 'task', 'task', 'waiting', 'done', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', '{"uuid":"01a22cb1-8b3d-7594-a252-5347c3de51e8","kind":"power","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7bd40ad6-6dda-449f-87e1-eebab53a79fb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (34, 4003566163066759, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-9a961632-429d-4493-b3c3-e2965efd6b66"}', '{"action":"POST /v1/types","uuid":"01a22cb1-8c7a-7194-b940-ce426eedd970","ident":null,"fields":["extra_specs","is_public","name"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (35, 4003566163082877, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-4021c845-5984-4d34-914c-c5f6ff365c09"}', '{"action":"POST /v1/images","uuid":"01a22cb1-8c8a-75e0-a41c-1cd9b93e6cc2","ident":null,"fields":["initrd_url","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (36, 4003566163106647, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-c832bcb8-8c07-4dec-827b-b1dc55158de9"}', '{"action":"POST /v1/tokens","uuid":"01a22cb1-8c9d-70a8-8548-17be3f9a80eb","ident":null,"fields":["name","networks","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (37, 4003566163126982, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-61eeb2e8-6ec7-40dc-825a-59f871f4c371"}', '{"action":"POST /v1/tokens","uuid":"01a22cb1-8cb5-70ba-a13d-e2cd3e0d3702","ident":null,"fields":["certificate_subject","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (38, 4003566163137785, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-53f1a890-f1cc-4c78-b99e-b442ba121782"}', '{"action":"POST /v1/webhooks","uuid":"01a22cb1-8cc1-7381-8651-aa0d35bbb76a","ident":null,"fields":["kinds","name","secret","url"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (39, 4003566163162540, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-023cb1fe-73ee-4296-9d89-dc7b0ffabb1d"}', '{"action":"PUT /v1/limits/{ident}","uuid":null,"ident":"p","fields":["instances"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (40, 4003566163169017, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-c4563350-f0f7-451a-9762-2753aec738df"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22cb1-87c5-725a-8201-a4fc135307ac","ident":"n1","fields":["extra","min_off_secs","power_policy"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (41, 4003566163172165, 'health', 'request', 'good', 'unknown', 'the BMC was not asked yet with these settings', '01a22cb1-87c9-731e-8f69-64af1b2e378b', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-74110092-6399-443e-87bf-5bf836fb167f"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (42, 4003566163172654, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87c9-731e-8f69-64af1b2e378b', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-74110092-6399-443e-87bf-5bf836fb167f"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22cb1-87c9-731e-8f69-64af1b2e378b","ident":"n2","fields":["bmc.address","bmc.kg","bmc.password","bmc.port","bmc.privilege_level","bmc.username"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (43, 4003566163174662, 'task', 'request', NULL, 'queued', NULL, '01a22cb1-87c9-731e-8f69-64af1b2e378b', 'n2', NULL, NULL, NULL, '{"uuid":"01a22cb1-8ce6-7578-9c08-d2baef229818","kind":"rotate_password","target":null,"step":"rotate_password"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ccd1e928-3a0e-4ba1-bde9-7137900f8050"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (44, 4003566163174902, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87c9-731e-8f69-64af1b2e378b', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ccd1e928-3a0e-4ba1-bde9-7137900f8050"}', '{"action":"POST /v1/nodes/{ident}/rotate-password","uuid":"01a22cb1-87c9-731e-8f69-64af1b2e378b","ident":"n2","fields":["password"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (45, 4003566163176687, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8b86a727-3cf6-4c9e-88eb-935eb14b389a"}', '{"action":"POST /v1/images","uuid":"01a22cb1-8ce8-731e-9de7-91020d2c45b1","ident":null,"fields":["kernel_args","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (46, 4003566163178120, 'status', 'request', NULL, 'building', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (47, 4003566163178120, 'task', 'request', NULL, 'queued', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', '{"uuid":"01a22cb1-8cea-775b-876e-b8c18b445930","kind":"deploy","target":"on","step":"fetch_image"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (48, 4003566163179202, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', '{"action":"POST /v1/instances","uuid":"01a22cb1-8cea-775b-876e-b8c0ceec46ca","ident":null,"fields":["availability_zone","image_uuid","instance_type_uuid","name","networks","user_data"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (49, 4003566163203115, 'task', 'task', 'queued', 'observing', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', '{"uuid":"01a22cb1-8cea-775b-876e-b8c18b445930","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (50, 4003566163222500, 'task', 'task', 'observing', 'observing', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', '{"uuid":"01a22cb1-8cea-775b-876e-b8c18b445930","kind":"deploy","target":"on","step":"boot_device"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (51, 4003566163235095, 'task', 'task', 'observing', 'observing', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', '{"uuid":"01a22cb1-8cea-775b-876e-b8c18b445930","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (52, 4003566163237134, 'task', 'task', 'observing', 'issued', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', '{"uuid":"01a22cb1-8cea-775b-876e-b8c18b445930","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (53, 4003566163238679, 'task', 'task', 'issued', 'waiting', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', '{"uuid":"01a22cb1-8cea-775b-876e-b8c18b445930","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (54, 4003566163493430, 'power', 'task', 'power off', 'power on', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', '{"uuid":"01a22cb1-8cea-775b-876e-b8c18b445930","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (55, 4003566163493430, 'status', 'task', 'building', 'active', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', '{"uuid":"01a22cb1-8cea-775b-876e-b8c18b445930","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (56, 4003566163493430, 'task', 'task', 'waiting', 'done', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', '{"uuid":"01a22cb1-8cea-775b-876e-b8c18b445930","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (57, 4003566163517332, 'netboot', 'task', NULL, 'script', 'from 127.0.0.1', '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', '{"uuid":"01a22cb1-8cea-775b-876e-b8c18b445930","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c67122c-1791-424a-8f03-57878eb946ed"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (58, 4003566163519869, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2196c8df-b5f3-46b0-af53-6a6fc53efc6c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (59, 4003566163520088, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87c5-725a-8201-a4fc135307ac', 'n1', '01a22cb1-8868-7708-9c7e-6317840945ed', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2196c8df-b5f3-46b0-af53-6a6fc53efc6c"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22cb1-87c5-725a-8201-a4fc135307ac","ident":"n1","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (60, 4003566163522716, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22cb1-87c9-731e-8f69-64af1b2e378b', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7bdd77b7-bc52-494a-b044-67314123af33"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (61, 4003566163522835, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87c9-731e-8f69-64af1b2e378b', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7bdd77b7-bc52-494a-b044-67314123af33"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22cb1-87c9-731e-8f69-64af1b2e378b","ident":"n2","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (62, 4003566163524913, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-15f4b164-1f79-4ecd-98e4-115673f8d7ae"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (63, 4003566163525036, 'audit', 'request', NULL, 'done', NULL, '01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d', 'n3', '01a22cb1-8cea-775b-876e-b8c0ceec46ca', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-15f4b164-1f79-4ecd-98e4-115673f8d7ae"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22cb1-87e5-71ca-b5da-05d8ff8b7f0d","ident":"n3","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 25203"}');
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
CREATE TRIGGER netboot_is_replaced BEFORE INSERT ON tasks WHEN NEW.kind IN ('deploy', 'delete')
BEGIN
    DELETE FROM netboots WHERE node_id = NEW.node_id;
END;
COMMIT;
