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
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22cde-7a33-70f1-b2a5-9e4a6b59abee', 'any', NULL, 1, 'default', '{}', 1796049107507702, NULL, 1);
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22cde-7d9f-77f6-8cd7-149567c10972', 'gpu', NULL, 0, 'default', '{"cpus":">=8"}', 1796049108383880, NULL, 1);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22cde-7a37-72e0-971d-96c8a71ccb43', 'disk', NULL, 'disk', NULL, NULL, NULL, NULL, 'power-on', 1, 'default', 1796049107511595, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22cde-7da3-7034-8228-b6c4d668bbf0', 'debian', NULL, 'network', 'http://127.0.0.1/k', 'http://127.0.0.1/i', NULL, NULL, 'power-on', 1, 'default', 1796049108387525, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22cde-7de3-7643-a04f-7953abef4f90', 'live', NULL, 'network', 'http://127.46.0.1:38095/k', NULL, 'quiet ip=${ip}', NULL, 'power-on', 1, 'default', 1796049108451337, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "networks" ("uuid", "name", "vlan", "subnets", "created_at", "updated_at", "revision") VALUES ('01a22cde-7a40-744e-99b5-8762b94367f8', 'provision', 7, '[{"uuid":"01a22cde-7a40-744e-99b5-87635578033c","cidr":"10.7.0.0/24","gateway_ip":"10.7.0.1","dns_nameservers":[],"allocation_pools":[]}]', 1796049107520204, NULL, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', 'z-n1', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'4ad9a70280250bb16f5ac97dd6107012407bd52354f3defcd476c308948d4cfe09', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796049108378956, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{"rack":"r1"}', 1796049107425194, 1796049108765564, 16, '[]', NULL, 'good', 'the BMC answers', 1796049107472401, 1796049107471054, NULL, NULL, 'enforce', 'power on', 7, 1796049108121287, NULL, 0, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22cde-79fc-7297-9a72-b328aa37ad12', 'n2', 'z-n2', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'7172c04a3fb7617e94dc864a5a03fd5670c9a508c9dd7f602d27df7f853945448e', x'41da46166f1f14f6ff01d0fbff918f5430993d6d951fb8ce08c5c4eae66790974f1cffe5b3dfe53bdd3f0887', 'administrator', NULL, NULL, '{}', 2, 'power off', 1796049107480160, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796049107452114, 1796049108767432, 8, '[]', NULL, 'unknown', 'the BMC was not asked yet with these settings', 1796049108442159, NULL, NULL, NULL, 'observe', NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', 'z-n3', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'3bc42d3ac94caef757773a69431cf9221ad028f7afc21b260302ee4e9919301eb2', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796049108738391, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796049107468824, 1796049108769685, 9, '[]', NULL, 'good', 'the BMC answers', 1796049107477482, 1796049107476991, NULL, NULL, 'observe', 'power on', NULL, 1796049108478302, NULL, 0, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22cde-79e1-73ce-8282-6f8603559ec5', '01a22cde-79e1-73ce-8282-6f85af770d3d', 0, '02:00:00:00:a4:c6', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22cde-79fc-7297-9a72-b3297bf43636', '01a22cde-79fc-7297-9a72-b328aa37ad12', 0, '02:00:00:00:af:9b', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22cde-7a0c-74b2-95ba-762af43ec37a', '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 0, '02:00:00:00:97:61', NULL, 1);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', NULL, '01a22cde-7a33-70f1-b2a5-9e4a6b59abee', '01a22cde-7a37-72e0-971d-96c8a71ccb43', 'z-n1', '[{"port_id":"01a22cde-79e1-73ce-8282-6f8603559ec5","network":"01a22cde-7a40-744e-99b5-8762b94367f8","mac_address":"02:00:00:00:a4:c6","fixed_ips":[{"ip_address":"10.7.0.2","subnet_id":"01a22cde-7a40-744e-99b5-87635578033c"}]}]', 'active', 'power on', 'default', 'root', '{"owner":"golden"}', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 1796049107790173, 1796049107522610, 1796049108378956, 5, NULL);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', NULL, '01a22cde-7a33-70f1-b2a5-9e4a6b59abee', '01a22cde-7de3-7643-a04f-7953abef4f90', 'z-n3', '[{"port_id":"01a22cde-7a0c-74b2-95ba-762af43ec37a","network":"01a22cde-7a40-744e-99b5-8762b94367f8","mac_address":"02:00:00:00:97:61","fixed_ips":[{"ip_address":"10.7.0.3","subnet_id":"01a22cde-7a40-744e-99b5-87635578033c"}]}]', 'active', 'power on', 'default', 'root', '{}', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 1796049108738391, 1796049108453591, 1796049108738391, 3, '#cloud-config
{}
');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22cde-79e1-73ce-8282-6f8603559ec5', '01a22cde-7a43-77da-837f-4e63b2d96d4e', '01a22cde-7a40-744e-99b5-8762b94367f8');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22cde-7a0c-74b2-95ba-762af43ec37a', '01a22cde-7de5-7146-8837-f8be05bb4402', '01a22cde-7a40-744e-99b5-8762b94367f8');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22cde-7a40-744e-99b5-87635578033c', x'0a070002', '01a22cde-7a43-77da-837f-4e63b2d96d4e');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22cde-7a40-744e-99b5-87635578033c', x'0a070003', '01a22cde-7de5-7146-8837-f8be05bb4402');
INSERT INTO "idempotency" ("user_id", "project_id", "path", "key", "request_hash", "status", "location", "etag", "body", "created_at") VALUES ('root', 'default', '/instances', 'golden', x'846d9853cb69e99181da060dce0f5b2abb8e227bcbd709bad25f08bd2cd5b13e', 201, 'http://localhost/v1/instances/01a22cde-7a43-77da-837f-4e63b2d96d4e', '"6617f450d9432-1"', x'7b226e616d65223a2277656231222c226465736372697074696f6e223a6e756c6c2c22696e7374616e63655f747970655f75756964223a2230316132326364652d376133332d373066312d623261352d396534613662353961626565222c22696d6167655f75756964223a2230316132326364652d376133372d373265302d393731642d393663386137316363623433222c22617661696c6162696c6974795f7a6f6e65223a227a2d6e31222c226e6574776f726b5f696e666f223a7b2230316132326364652d373965312d373363652d383238322d366638363033353539656335223a7b226e6574776f726b223a2230316132326364652d376134302d373434652d393962352d383736326239343336376638222c226d61635f61646472657373223a2230323a30303a30303a30303a61343a6336222c2266697865645f697073223a5b7b2269705f61646472657373223a2231302e372e302e32222c227375626e65745f6964223a2230316132326364652d376134302d373434652d393962352d383736333535373830333363227d5d7d7d2c226c696e6b73223a5b7b2272656c223a2273656c66222c2268726566223a22687474703a2f2f6c6f63616c686f73742f76312f696e7374616e6365732f30316132326364652d376134332d373764612d383337662d346536336232643936643465227d2c7b2272656c223a22626f6f6b6d61726b222c2268726566223a22687474703a2f2f6c6f63616c686f73742f696e7374616e6365732f30316132326364652d376134332d373764612d383337662d346536336232643936643465227d5d2c2275756964223a2230316132326364652d376134332d373764612d383337662d346536336232643936643465222c22737461747573223a226275696c64696e67222c22706f7765725f7374617465223a22706f776572206f6666222c2270726f6a6563745f6964223a2264656661756c74222c22757365725f6964223a22726f6f74222c22757064617465645f6174223a6e756c6c2c22637265617465645f6174223a22323032362d31312d33305431343a33313a34372e3532323631302b30303a3030222c226c61756e636865645f6174223a6e756c6c2c226578747261223a7b226f776e6572223a22676f6c64656e227d2c226c6173745f6572726f72223a6e756c6c2c226e6f64655f75756964223a2230316132326364652d373965312d373363652d383238322d366638356166373730643364227d', 4003569107522610);
INSERT INTO "operations" ("uuid", "target", "project_id", "requested_by", "machines", "created_at", "finished_at", "counts") VALUES ('01a22cde-7c8f-778c-a744-b296a9b46828', 'on', 'default', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-439cb705-a603-4e85-8a2c-5d43e46642d7"}', 1, 4003569108111608, 4003569108378956, '{"queued":0,"observing":0,"issued":0,"waiting":0,"done":1,"failed":0,"cancelled":0,"refused":0}');
INSERT INTO "operation_nodes" ("operation_id", "position", "node_id", "node_name", "instance_id", "instance_name", "task_id", "state", "step", "error", "ended_at") VALUES ('01a22cde-7c8f-778c-a744-b296a9b46828', 0, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', '01a22cde-7c8f-778c-a744-b2971bb356e3', 'done', NULL, NULL, 1796049108378956);
INSERT INTO "webhooks" ("uuid", "name", "url", "secret", "kinds", "project_id", "delivered_to", "delivered_at", "failures", "last_error", "created_at", "updated_at", "revision") VALUES ('01a22cde-7dc2-746f-a342-aa6a50540890', 'hook', 'http://127.0.0.1:9/', x'45fb26810967ef06358b832a0d5ca60a227461d1faf5ba7d2c28d9dec330b40786501a60c4b40b38c504845b95c0db66ed47', '["health"]', NULL, 37, NULL, 1, 'the address cannot be reached: client error (Connect): tcp connect error: Connection refused (os error 111)', 1796049108418707, 1796049108446250, 2);
INSERT INTO "project_limits" ("project_id", "instances", "created_at", "updated_at") VALUES ('p', 3, 1796049108432092, NULL);
INSERT INTO "address_floors" ("subnet_id", "address") VALUES ('01a22cde-7a40-744e-99b5-87635578033c', x'0a070003');
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22cde-7dab-7425-9c31-0830e8c1bae4', 'secret', 'u', 'p', 'reader', x'c4e5895876dfabb3f56e01792a77c09011e5ecc066a450a97e05ee2bbf05ae2a', NULL, '["10.0.0.0/8"]', NULL, 1796049108395711, NULL, NULL);
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22cde-7db8-75dd-acee-cea1001bd2a4', NULL, 'ci', 'p', 'member', NULL, 'CN=ci,O=Example', '[]', NULL, 1796049108408421, NULL, NULL);
INSERT INTO "staged_passwords" ("node_id", "password", "sent_at", "sends", "old_seen") VALUES ('01a22cde-79fc-7297-9a72-b328aa37ad12', x'473e81e9c95927444da289bfb66e86e8de44d0437fcc5ae74a225f524bbad0468d0b5ccbd1f4fdfbf384', NULL, 0, 0);
INSERT INTO "sealing_key" ("id", "proof") VALUES (1, x'b3249210ba8b237463e65097af0a2445b42e0396a1a3405b11fa8d3e3f9bfd8204e29edbc9409c4ba36a34fb085e363cfece3fec');
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cde-7a43-77da-837f-4e64f48199a4', 'deploy', 'on', 'done', '["ensure_off","ensure_on"]', 2, NULL, 0, '01a22cde-79e1-73ce-8282-6f85af770d3d', '01a22cde-7a43-77da-837f-4e63b2d96d4e', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-03f74d49-d2f3-4182-bb52-557869d23a76"}', NULL, 1796049107522610, 1796049107790173, 1796052107789976, 1796049107790173, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cde-7b65-716a-90e8-4e56732de80a', 'power', 'off', 'done', '["ensure_off"]', 1, NULL, 0, '01a22cde-79e1-73ce-8282-6f85af770d3d', '01a22cde-7a43-77da-837f-4e63b2d96d4e', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-50537d12-b360-4cc6-bd10-c95ee24104ba"}', NULL, 1796049107813239, 1796049108093257, 1796052108093056, 1796049108093257, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cde-7c8f-778c-a744-b2971bb356e3', 'power', 'on', 'done', '["ensure_on"]', 1, NULL, 0, '01a22cde-79e1-73ce-8282-6f85af770d3d', '01a22cde-7a43-77da-837f-4e63b2d96d4e', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-439cb705-a603-4e85-8a2c-5d43e46642d7"}', NULL, 1796049108111956, 1796049108378956, 1796052108378793, 1796049108378956, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cde-7ddf-7382-abf0-1eb4d800be3d', 'rotate_password', NULL, 'queued', '["rotate_password"]', 0, NULL, 0, '01a22cde-79fc-7297-9a72-b328aa37ad12', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-afca0ac5-30af-4387-baae-75553edc7dd4"}', NULL, 1796049108447756, 1796049108447756, 1796052108447756, NULL, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cde-7de6-7203-a467-6d2a4ba61ec9', 'deploy', 'on', 'done', '["fetch_image","ensure_off",{"boot_device":{"boot_device":"pxe","persistent":false,"uefi":false}},"ensure_on"]', 4, NULL, 0, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', '01a22cde-7de5-7146-8837-f8be05bb4402', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL, 1796049108453591, 1796049108738391, 1796052108738237, 1796049108738391, NULL, 0);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7a43-77da-837f-4e64f48199a4', 1, 1796049107531514, 'ensure_off', 'read', 'the BMC says power off', 5, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7a43-77da-837f-4e64f48199a4', 2, 1796049107533751, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7a43-77da-837f-4e64f48199a4', 3, 1796049107535958, 'ensure_on', 'accepted', 'the BMC accepted power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7a43-77da-837f-4e64f48199a4', 4, 1796049107790173, 'ensure_on', 'read', 'the BMC says power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7b65-716a-90e8-4e56732de80a', 1, 1796049107826225, 'ensure_off', 'read', 'the BMC says power on', 2, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7b65-716a-90e8-4e56732de80a', 2, 1796049107832248, 'ensure_off', 'accepted', 'the BMC accepted power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7b65-716a-90e8-4e56732de80a', 3, 1796049108093257, 'ensure_off', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7c8f-778c-a744-b2971bb356e3', 1, 1796049108121287, 'ensure_on', 'read', 'the BMC says power off', 6, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7c8f-778c-a744-b2971bb356e3', 2, 1796049108123654, 'ensure_on', 'accepted', 'the BMC accepted power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7c8f-778c-a744-b2971bb356e3', 3, 1796049108378956, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7de6-7203-a467-6d2a4ba61ec9', 1, 1796049108470849, 'fetch_image', 'here', NULL, 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7de6-7203-a467-6d2a4ba61ec9', 2, 1796049108473843, 'ensure_off', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7de6-7203-a467-6d2a4ba61ec9', 3, 1796049108476634, 'boot_device', 'set', 'the boot device is pxe', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7de6-7203-a467-6d2a4ba61ec9', 4, 1796049108478302, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7de6-7203-a467-6d2a4ba61ec9', 5, 1796049108479718, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cde-7de6-7203-a467-6d2a4ba61ec9', 6, 1796049108738391, 'ensure_on', 'read', 'the BMC says power on', 2, 1, NULL);
INSERT INTO "fetched_files" ("url", "sha256", "size", "etag", "last_modified", "used_at") VALUES ('http://127.46.0.1:38095/k', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', 8, '"8-97"', NULL, 4003569108462733);
INSERT INTO "netboots" ("task_id", "node_id", "instance_id", "image_id", "secret", "secret_hash", "completion", "kernel_args", "user_data", "kernel_sha256", "initrd_sha256", "tries", "expires_at", "created_at") VALUES ('01a22cde-7de6-7203-a467-6d2a4ba61ec9', '01a22cde-7a0c-74b2-95ba-7629e3901dd9', '01a22cde-7de5-7146-8837-f8be05bb4402', '01a22cde-7de3-7643-a04f-7953abef4f90', x'a74e6fe0d2c6a03405300b5a262c0c6ec3062fc7ac75968915a0197eeab385091f99ccfef67c472ff5d6144384bfc5bd960c5b695b167da35f4b97d425e6b754792f0df633db455150f23692df9764211f5182726e9676a6f2a61d15', x'8dbd088992115664ece0447a6cb3b09af5605f2ad7b249f99e289cc5c7d6bfa3', 'power-on', 'quiet ip=${ip}', '#cloud-config
{}
', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', NULL, 0, 4003572708738391, 1796049108453591);
INSERT INTO "milestones" ("task_id", "name", "at", "last_at", "times", "detail") VALUES ('01a22cde-7de6-7203-a467-6d2a4ba61ec9', 'script', 1796049108762979, 1796049108762979, 1, 'from 127.0.0.1');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (1, 4003569107426938, 'audit', 'request', NULL, 'done', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-9fb0ca9a-fe5a-4e82-83e4-201b2921301c"}', '{"action":"POST /v1/nodes","uuid":"01a22cde-79e1-73ce-8282-6f85af770d3d","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (2, 4003569107452744, 'audit', 'request', NULL, 'done', NULL, '01a22cde-79fc-7297-9a72-b328aa37ad12', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-c89616a0-8276-4af2-87cc-5a5d9a5c2cfd"}', '{"action":"POST /v1/nodes","uuid":"01a22cde-79fc-7297-9a72-b328aa37ad12","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (3, 4003569107469779, 'audit', 'request', NULL, 'done', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-b263239d-bc67-4e27-b840-4c5f2c32f14e"}', '{"action":"POST /v1/nodes","uuid":"01a22cde-7a0c-74b2-95ba-7629e3901dd9","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (4, 4003569107472401, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (5, 4003569107472740, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22cde-79fc-7297-9a72-b328aa37ad12', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (6, 4003569107477482, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (7, 4003569107479878, 'power', 'contact', NULL, 'power off', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (8, 4003569107480160, 'power', 'contact', NULL, 'power off', NULL, '01a22cde-79fc-7297-9a72-b328aa37ad12', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (9, 4003569107480255, 'power', 'contact', NULL, 'power off', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (10, 4003569107508126, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2de11797-58ec-433a-bfbf-0afac43ee254"}', '{"action":"POST /v1/types","uuid":"01a22cde-7a33-70f1-b2a5-9e4a6b59abee","ident":null,"fields":["name"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (11, 4003569107511984, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-bae3a4a9-1394-48c6-bc26-1010ce19c87d"}', '{"action":"POST /v1/images","uuid":"01a22cde-7a37-72e0-971d-96c8a71ccb43","ident":null,"fields":["boot","name"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (12, 4003569107520608, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ee4b026a-cf73-4d7d-83cf-4f0cdf3612bb"}', '{"action":"POST /v1/networks","uuid":"01a22cde-7a40-744e-99b5-8762b94367f8","ident":null,"fields":["name","subnets","vlan"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (13, 4003569107522610, 'status', 'request', NULL, 'building', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-03f74d49-d2f3-4182-bb52-557869d23a76"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (14, 4003569107522610, 'task', 'request', NULL, 'queued', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7a43-77da-837f-4e64f48199a4","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-03f74d49-d2f3-4182-bb52-557869d23a76"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (15, 4003569107524426, 'audit', 'request', NULL, 'done', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-03f74d49-d2f3-4182-bb52-557869d23a76"}', '{"action":"POST /v1/instances","uuid":"01a22cde-7a43-77da-837f-4e63b2d96d4e","ident":null,"fields":["availability_zone","extra","image_uuid","instance_type_uuid","name","networks"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (16, 4003569107531514, 'task', 'task', 'queued', 'observing', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7a43-77da-837f-4e64f48199a4","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-03f74d49-d2f3-4182-bb52-557869d23a76"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (17, 4003569107533751, 'task', 'task', 'observing', 'issued', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7a43-77da-837f-4e64f48199a4","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-03f74d49-d2f3-4182-bb52-557869d23a76"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (18, 4003569107535958, 'task', 'task', 'issued', 'waiting', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7a43-77da-837f-4e64f48199a4","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-03f74d49-d2f3-4182-bb52-557869d23a76"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (19, 4003569107790173, 'power', 'task', 'power off', 'power on', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7a43-77da-837f-4e64f48199a4","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-03f74d49-d2f3-4182-bb52-557869d23a76"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (20, 4003569107790173, 'status', 'task', 'building', 'active', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7a43-77da-837f-4e64f48199a4","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-03f74d49-d2f3-4182-bb52-557869d23a76"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (21, 4003569107790173, 'task', 'task', 'waiting', 'done', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7a43-77da-837f-4e64f48199a4","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-03f74d49-d2f3-4182-bb52-557869d23a76"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (22, 4003569107813239, 'task', 'request', NULL, 'queued', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7b65-716a-90e8-4e56732de80a","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-50537d12-b360-4cc6-bd10-c95ee24104ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (23, 4003569107813698, 'audit', 'request', NULL, 'done', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-50537d12-b360-4cc6-bd10-c95ee24104ba"}', '{"action":"PUT /v1/instances/{ident}/states/power","uuid":"01a22cde-7a43-77da-837f-4e63b2d96d4e","ident":"01a22cde-7a43-77da-837f-4e63b2d96d4e","fields":["target"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (24, 4003569107826225, 'task', 'task', 'queued', 'issued', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7b65-716a-90e8-4e56732de80a","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-50537d12-b360-4cc6-bd10-c95ee24104ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (25, 4003569107832248, 'task', 'task', 'issued', 'waiting', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7b65-716a-90e8-4e56732de80a","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-50537d12-b360-4cc6-bd10-c95ee24104ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (26, 4003569108093257, 'power', 'task', 'power on', 'power off', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7b65-716a-90e8-4e56732de80a","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-50537d12-b360-4cc6-bd10-c95ee24104ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (27, 4003569108093257, 'task', 'task', 'waiting', 'done', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7b65-716a-90e8-4e56732de80a","kind":"power","target":"off","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-50537d12-b360-4cc6-bd10-c95ee24104ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (28, 4003569108111956, 'task', 'request', NULL, 'queued', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7c8f-778c-a744-b2971bb356e3","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-439cb705-a603-4e85-8a2c-5d43e46642d7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (29, 4003569108112649, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-439cb705-a603-4e85-8a2c-5d43e46642d7"}', '{"action":"POST /v1/power","uuid":"01a22cde-7c8f-778c-a744-b296a9b46828","ident":null,"fields":["instances","target"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (30, 4003569108121287, 'task', 'task', 'queued', 'issued', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7c8f-778c-a744-b2971bb356e3","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-439cb705-a603-4e85-8a2c-5d43e46642d7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (31, 4003569108123654, 'task', 'task', 'issued', 'waiting', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7c8f-778c-a744-b2971bb356e3","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-439cb705-a603-4e85-8a2c-5d43e46642d7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (32, 4003569108378956, 'power', 'task', 'power off', 'power on', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7c8f-778c-a744-b2971bb356e3","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-439cb705-a603-4e85-8a2c-5d43e46642d7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (33, 4003569108378956, 'task', 'task', 'waiting', 'done', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', '{"uuid":"01a22cde-7c8f-778c-a744-b2971bb356e3","kind":"power","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-439cb705-a603-4e85-8a2c-5d43e46642d7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (34, 4003569108384148, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6a80df11-99cf-4a39-877a-ac63766d13b5"}', '{"action":"POST /v1/types","uuid":"01a22cde-7d9f-77f6-8cd7-149567c10972","ident":null,"fields":["extra_specs","is_public","name"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (35, 4003569108387678, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-3eaf180a-c0fd-4c0f-986f-b9dc87f7c7c0"}', '{"action":"POST /v1/images","uuid":"01a22cde-7da3-7034-8228-b6c4d668bbf0","ident":null,"fields":["initrd_url","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (36, 4003569108398694, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a3d227b3-c6ae-42a6-ab15-e9a8f1a23f3b"}', '{"action":"POST /v1/tokens","uuid":"01a22cde-7dab-7425-9c31-0830e8c1bae4","ident":null,"fields":["name","networks","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (37, 4003569108408800, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-70cce681-d3eb-47db-9a74-dab696a396ed"}', '{"action":"POST /v1/tokens","uuid":"01a22cde-7db8-75dd-acee-cea1001bd2a4","ident":null,"fields":["certificate_subject","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (38, 4003569108419374, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-cf77c18b-2ea8-4ab2-a54d-d7c14a1a5a5d"}', '{"action":"POST /v1/webhooks","uuid":"01a22cde-7dc2-746f-a342-aa6a50540890","ident":null,"fields":["kinds","name","secret","url"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (39, 4003569108432303, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-5bc32aaf-9d2c-43cc-a59e-61f5a1bb8a7b"}', '{"action":"PUT /v1/limits/{ident}","uuid":null,"ident":"p","fields":["instances"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (40, 4003569108438043, 'audit', 'request', NULL, 'done', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-58689f8a-7682-4f28-b6d2-97f223765546"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22cde-79e1-73ce-8282-6f85af770d3d","ident":"n1","fields":["extra","min_off_secs","power_policy"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (41, 4003569108442159, 'health', 'request', 'good', 'unknown', 'the BMC was not asked yet with these settings', '01a22cde-79fc-7297-9a72-b328aa37ad12', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-46f44369-2b3f-44d5-94e9-94a68771125b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (42, 4003569108442742, 'audit', 'request', NULL, 'done', NULL, '01a22cde-79fc-7297-9a72-b328aa37ad12', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-46f44369-2b3f-44d5-94e9-94a68771125b"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22cde-79fc-7297-9a72-b328aa37ad12","ident":"n2","fields":["bmc.address","bmc.kg","bmc.password","bmc.port","bmc.privilege_level","bmc.username"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (43, 4003569108447756, 'task', 'request', NULL, 'queued', NULL, '01a22cde-79fc-7297-9a72-b328aa37ad12', 'n2', NULL, NULL, NULL, '{"uuid":"01a22cde-7ddf-7382-abf0-1eb4d800be3d","kind":"rotate_password","target":null,"step":"rotate_password"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-afca0ac5-30af-4387-baae-75553edc7dd4"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (44, 4003569108448023, 'audit', 'request', NULL, 'done', NULL, '01a22cde-79fc-7297-9a72-b328aa37ad12', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-afca0ac5-30af-4387-baae-75553edc7dd4"}', '{"action":"POST /v1/nodes/{ident}/rotate-password","uuid":"01a22cde-79fc-7297-9a72-b328aa37ad12","ident":"n2","fields":["password"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (45, 4003569108451727, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f732877d-cea9-46b2-a5ca-2ff6b89a7730"}', '{"action":"POST /v1/images","uuid":"01a22cde-7de3-7643-a04f-7953abef4f90","ident":null,"fields":["kernel_args","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (46, 4003569108453591, 'status', 'request', NULL, 'building', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (47, 4003569108453591, 'task', 'request', NULL, 'queued', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', '{"uuid":"01a22cde-7de6-7203-a467-6d2a4ba61ec9","kind":"deploy","target":"on","step":"fetch_image"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (48, 4003569108455065, 'audit', 'request', NULL, 'done', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', '{"action":"POST /v1/instances","uuid":"01a22cde-7de5-7146-8837-f8be05bb4402","ident":null,"fields":["availability_zone","image_uuid","instance_type_uuid","name","networks","user_data"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (49, 4003569108470849, 'task', 'task', 'queued', 'observing', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', '{"uuid":"01a22cde-7de6-7203-a467-6d2a4ba61ec9","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (50, 4003569108473843, 'task', 'task', 'observing', 'observing', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', '{"uuid":"01a22cde-7de6-7203-a467-6d2a4ba61ec9","kind":"deploy","target":"on","step":"boot_device"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (51, 4003569108476634, 'task', 'task', 'observing', 'observing', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', '{"uuid":"01a22cde-7de6-7203-a467-6d2a4ba61ec9","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (52, 4003569108478302, 'task', 'task', 'observing', 'issued', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', '{"uuid":"01a22cde-7de6-7203-a467-6d2a4ba61ec9","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (53, 4003569108479718, 'task', 'task', 'issued', 'waiting', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', '{"uuid":"01a22cde-7de6-7203-a467-6d2a4ba61ec9","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (54, 4003569108738391, 'power', 'task', 'power off', 'power on', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', '{"uuid":"01a22cde-7de6-7203-a467-6d2a4ba61ec9","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (55, 4003569108738391, 'status', 'task', 'building', 'active', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', '{"uuid":"01a22cde-7de6-7203-a467-6d2a4ba61ec9","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (56, 4003569108738391, 'task', 'task', 'waiting', 'done', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', '{"uuid":"01a22cde-7de6-7203-a467-6d2a4ba61ec9","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (57, 4003569108762979, 'netboot', 'task', NULL, 'script', 'from 127.0.0.1', '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', '{"uuid":"01a22cde-7de6-7203-a467-6d2a4ba61ec9","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-010f7b46-d628-4aa3-ab45-51afd2c28e05"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (58, 4003569108765564, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-88bb6ca9-6233-4813-bb98-e9ce275f2296"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (59, 4003569108765896, 'audit', 'request', NULL, 'done', NULL, '01a22cde-79e1-73ce-8282-6f85af770d3d', 'n1', '01a22cde-7a43-77da-837f-4e63b2d96d4e', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-88bb6ca9-6233-4813-bb98-e9ce275f2296"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22cde-79e1-73ce-8282-6f85af770d3d","ident":"n1","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (60, 4003569108767432, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22cde-79fc-7297-9a72-b328aa37ad12', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-e0aa5eb0-c8ae-41f0-9902-87df9734b84c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (61, 4003569108767543, 'audit', 'request', NULL, 'done', NULL, '01a22cde-79fc-7297-9a72-b328aa37ad12', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-e0aa5eb0-c8ae-41f0-9902-87df9734b84c"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22cde-79fc-7297-9a72-b328aa37ad12","ident":"n2","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (62, 4003569108769685, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-4ef7b357-67a6-47bf-84b8-eb5f36d7afbe"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (63, 4003569108769796, 'audit', 'request', NULL, 'done', NULL, '01a22cde-7a0c-74b2-95ba-7629e3901dd9', 'n3', '01a22cde-7de5-7146-8837-f8be05bb4402', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-4ef7b357-67a6-47bf-84b8-eb5f36d7afbe"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22cde-7a0c-74b2-95ba-7629e3901dd9","ident":"n3","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 11822"}');
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
