PRAGMA foreign_keys = OFF;
BEGIN;
PRAGMA application_id = 1330861132;
PRAGMA user_version = 16;
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
    boot TEXT NOT NULL CHECK (boot = 'network' OR boot = 'disk' OR boot = 'external'),
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
    bmc_privilege_level TEXT CHECK (bmc_privilege_level = 'user' OR bmc_privilege_level = 'operator' OR bmc_privilege_level = 'administrator'),
    bmc_cipher_suite INTEGER,
    bmc_device TEXT,
    bmc_profile TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(bmc_profile)),
    -- Counts changes of the bmc_ columns, so that what was learned with the old settings is not used with the new ones.
    bmc_revision INTEGER NOT NULL DEFAULT 1,
    power_state TEXT CHECK (power_state IN ('power on', 'power off')),
    power_state_at INTEGER,
    target_power_state TEXT CHECK (target_power_state = 'on' OR target_power_state = 'off' OR target_power_state = 'reboot' OR target_power_state = 'soft_off' OR target_power_state = 'soft_reboot'),
    -- The last chassis command, until its state was seen: it may still be at work.
    unsettled_action TEXT CHECK (unsettled_action = 'power on' OR unsettled_action = 'power off' OR unsettled_action = 'soft power off'),
    unsettled_at INTEGER,
    last_error TEXT,
    -- An error of contact is over when the BMC answers again; one of a task, when a task succeeds.
    last_error_kind TEXT CHECK (last_error_kind IN ('contact', 'task')),
    maintenance INTEGER NOT NULL DEFAULT 0 CHECK (maintenance IN (0, 1)),
    maintenance_reason TEXT,
    extra TEXT NOT NULL CHECK (json_valid(extra)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    revision INTEGER NOT NULL DEFAULT 1, bmc_quirks TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(bmc_quirks)), unsettled_task TEXT, health_state TEXT NOT NULL DEFAULT 'unknown' CHECK (health_state = 'unknown' OR health_state = 'good' OR health_state = 'slow' OR health_state = 'unreachable' OR health_state = 'bad credentials' OR health_state = 'locked out' OR health_state = 'sessions full'), health_message TEXT, health_since INTEGER, last_contact_at INTEGER, last_power_state TEXT CHECK (last_power_state IN ('power on', 'power off')), last_power_state_at INTEGER, power_policy TEXT NOT NULL DEFAULT 'observe'
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
    status TEXT NOT NULL CHECK (status = 'building' OR status = 'active' OR status = 'error' OR status = 'deleting'),
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
    target TEXT NOT NULL CHECK (target = 'on' OR target = 'off' OR target = 'reboot' OR target = 'soft_off' OR target = 'soft_reboot'),
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
    state TEXT CHECK (state = 'done' OR state = 'failed' OR state = 'cancelled' OR state = 'refused'),
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
    role TEXT NOT NULL CHECK (role = 'monitor' OR role = 'reader' OR role = 'member' OR role = 'admin'),
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
    kind TEXT NOT NULL CHECK (kind = 'power' OR kind = 'deploy' OR kind = 'delete' OR kind = 'boot_device' OR kind = 'rotate_password'),
    target TEXT CHECK (target = 'on' OR target = 'off' OR target = 'reboot' OR target = 'soft_off' OR target = 'soft_reboot'),
    state TEXT NOT NULL
        CHECK (state = 'queued' OR state = 'observing' OR state = 'issued' OR state = 'waiting' OR state = 'done' OR state = 'failed' OR state = 'cancelled'),
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
    CHECK ((finished_at IS NULL) = (state = 'queued' OR state = 'observing' OR state = 'issued' OR state = 'waiting'))
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
    name TEXT NOT NULL CHECK (name = 'script' OR name = 'kernel' OR name = 'initrd' OR name = 'data' OR name = 'phone_home'),
    at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    detail TEXT,
    PRIMARY KEY (task_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE "events" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind = 'power' OR kind = 'status' OR kind = 'health' OR kind = 'task' OR kind = 'maintenance' OR kind = 'audit' OR kind = 'netboot'),
    cause TEXT NOT NULL CHECK (cause = 'request' OR cause = 'task' OR cause = 'outside' OR cause = 'contact' OR cause = 'policy'),
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
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22d97-1ca8-7128-b765-8a7799f4d6be', 'any', NULL, 1, 'default', '{}', 1796061207720993, NULL, 1);
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22d97-1fde-7739-82b4-9ea830dff51e', 'gpu', NULL, 0, 'default', '{"cpus":">=8"}', 1796061208542854, NULL, 1);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22d97-1caa-7122-b47b-69dc88317244', 'disk', NULL, 'disk', NULL, NULL, NULL, NULL, 'power-on', 1, 'default', 1796061207722632, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22d97-1fe0-7059-a0e7-4054eb29abcd', 'debian', NULL, 'network', 'http://127.0.0.1/k', 'http://127.0.0.1/i', NULL, NULL, 'power-on', 1, 'default', 1796061208544424, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22d97-1ff6-7408-be85-8914af2b564a', 'live', NULL, 'network', 'http://127.95.0.1:38105/k', NULL, 'quiet ip=${ip}', NULL, 'power-on', 1, 'default', 1796061208566796, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "networks" ("uuid", "name", "vlan", "subnets", "created_at", "updated_at", "revision") VALUES ('01a22d97-1cab-7359-99eb-5f1efdd5621c', 'provision', 7, '[{"uuid":"01a22d97-1cab-7359-99eb-5f1f5e943dea","cidr":"10.7.0.0/24","gateway_ip":"10.7.0.1","dns_nameservers":[],"allocation_pools":[]}]', 1796061207723834, NULL, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', 'z-n1', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'fb69b47a3306f069dfdbb73355d5b8dfb08d37e330c2e8245a572e9313c59e15f9', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796061208538869, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{"rack":"r1"}', 1796061207680238, 1796061208866598, 16, '[]', NULL, 'good', 'the BMC answers', 1796061207704327, 1796061207704047, NULL, NULL, 'enforce', 'power on', 7, 1796061208279996, NULL, 0, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22d97-1c8b-73f4-af14-e6a04206d934', 'n2', 'z-n2', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'ba18dba6b8113000d5dd41cd2c336c624ca8e029853f1dc9781ad74255e35e3405', x'40f7124ffc55c83e5acb970ae3a174e70150793bc1723cc24c3ffda0015c7d0367b10ba35d969b8b5248c834', 'administrator', NULL, NULL, '{}', 2, 'power off', 1796061207705687, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796061207691407, 1796061208871482, 8, '[]', NULL, 'unknown', 'the BMC was not asked yet with these settings', 1796061208559676, NULL, NULL, NULL, 'observe', NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', 'z-n3', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'7226d9dc3d9790140e379b96eb42086d51fe4a04ea2b4a48217862733ac7e35498', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796061208847614, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796061207693229, 1796061208873060, 9, '[]', NULL, 'good', 'the BMC answers', 1796061207704264, 1796061207704006, NULL, NULL, 'observe', 'power on', NULL, 1796061208588802, NULL, 0, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22d97-1c80-76b6-a368-fd69e6908ead', '01a22d97-1c80-76b6-a368-fd680498cae5', 0, '02:00:00:00:8b:7c', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22d97-1c8b-73f4-af14-e6a12642ca2f', '01a22d97-1c8b-73f4-af14-e6a04206d934', 0, '02:00:00:00:df:3e', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22d97-1c8d-720b-9459-086e1f037ae0', '01a22d97-1c8d-720b-9459-086d4dbe522d', 0, '02:00:00:00:cd:53', NULL, 1);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', NULL, '01a22d97-1ca8-7128-b765-8a7799f4d6be', '01a22d97-1caa-7122-b47b-69dc88317244', 'z-n1', '[{"port_id":"01a22d97-1c80-76b6-a368-fd69e6908ead","network":"01a22d97-1cab-7359-99eb-5f1efdd5621c","mac_address":"02:00:00:00:8b:7c","fixed_ips":[{"ip_address":"10.7.0.2","subnet_id":"01a22d97-1cab-7359-99eb-5f1f5e943dea"}]}]', 'active', 'power on', 'default', 'root', '{"owner":"golden"}', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 1796061207992027, 1796061207726967, 1796061208538869, 5, NULL);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', NULL, '01a22d97-1ca8-7128-b765-8a7799f4d6be', '01a22d97-1ff6-7408-be85-8914af2b564a', 'z-n3', '[{"port_id":"01a22d97-1c8d-720b-9459-086e1f037ae0","network":"01a22d97-1cab-7359-99eb-5f1efdd5621c","mac_address":"02:00:00:00:cd:53","fixed_ips":[{"ip_address":"10.7.0.3","subnet_id":"01a22d97-1cab-7359-99eb-5f1f5e943dea"}]}]', 'active', 'power on', 'default', 'root', '{}', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 1796061208847614, 1796061208571023, 1796061208847614, 3, x'e9c58002fc02c7daae8ad1991ebdbe69b70164a3f72b8b1fd7cb33fc255b149b53bea16fe10249c22fa75b6498');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22d97-1c80-76b6-a368-fd69e6908ead', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', '01a22d97-1cab-7359-99eb-5f1efdd5621c');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22d97-1c8d-720b-9459-086e1f037ae0', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', '01a22d97-1cab-7359-99eb-5f1efdd5621c');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22d97-1cab-7359-99eb-5f1f5e943dea', x'0a070002', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22d97-1cab-7359-99eb-5f1f5e943dea', x'0a070003', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd');
INSERT INTO "idempotency" ("user_id", "project_id", "path", "key", "request_hash", "status", "location", "etag", "body", "created_at") VALUES ('root', 'default', '/instances', 'golden', x'fb07e8587f620c1d374ac65840dca61e452959106c7cd9ecccc6f6ae2e75774a', 201, 'http://localhost/v1/instances/01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', '"6618216480b77-1"', x'7b226e616d65223a2277656231222c226465736372697074696f6e223a6e756c6c2c22696e7374616e63655f747970655f75756964223a2230316132326439372d316361382d373132382d623736352d386137373939663464366265222c22696d6167655f75756964223a2230316132326439372d316361612d373132322d623437622d363964633838333137323434222c22617661696c6162696c6974795f7a6f6e65223a227a2d6e31222c226e6574776f726b5f696e666f223a7b2230316132326439372d316338302d373662362d613336382d666436396536393038656164223a7b226e6574776f726b223a2230316132326439372d316361622d373335392d393965622d356631656664643536323163222c226d61635f61646472657373223a2230323a30303a30303a30303a38623a3763222c2266697865645f697073223a5b7b2269705f61646472657373223a2231302e372e302e32222c227375626e65745f6964223a2230316132326439372d316361622d373335392d393965622d356631663565393433646561227d5d7d7d2c226c696e6b73223a5b7b2272656c223a2273656c66222c2268726566223a22687474703a2f2f6c6f63616c686f73742f76312f696e7374616e6365732f30316132326439372d316361662d373062612d393165652d313362386138623866326337227d2c7b2272656c223a22626f6f6b6d61726b222c2268726566223a22687474703a2f2f6c6f63616c686f73742f696e7374616e6365732f30316132326439372d316361662d373062612d393165652d313362386138623866326337227d5d2c2275756964223a2230316132326439372d316361662d373062612d393165652d313362386138623866326337222c22737461747573223a226275696c64696e67222c22706f7765725f7374617465223a22706f776572206f6666222c2270726f6a6563745f6964223a2264656661756c74222c22757365725f6964223a22726f6f74222c22757064617465645f6174223a6e756c6c2c22637265617465645f6174223a22323032362d31312d33305431373a35333a32372e3732363936372b30303a3030222c226c61756e636865645f6174223a6e756c6c2c226578747261223a7b226f776e6572223a22676f6c64656e227d2c226c6173745f6572726f72223a6e756c6c2c226e6f64655f75756964223a2230316132326439372d316338302d373662362d613336382d666436383034393863616535227d', 4003581207726967);
INSERT INTO "operations" ("uuid", "target", "project_id", "requested_by", "machines", "created_at", "finished_at", "counts") VALUES ('01a22d97-1ed1-704b-8488-544bcddf027b', 'on', 'default', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-411d3cc2-400f-4e97-a680-fc6d3a31edab"}', 1, 4003581208272895, 4003581208538869, '{"queued":0,"observing":0,"issued":0,"waiting":0,"done":1,"failed":0,"cancelled":0,"refused":0}');
INSERT INTO "operation_nodes" ("operation_id", "position", "node_id", "node_name", "instance_id", "instance_name", "task_id", "state", "step", "error", "ended_at") VALUES ('01a22d97-1ed1-704b-8488-544bcddf027b', 0, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', '01a22d97-1ed1-704b-8488-544c06f79d82', 'done', NULL, NULL, 1796061208538869);
INSERT INTO "webhooks" ("uuid", "name", "url", "secret", "kinds", "project_id", "delivered_to", "delivered_at", "failures", "last_error", "created_at", "updated_at", "revision") VALUES ('01a22d97-1fe7-70c8-888c-17ae144bef9f', 'hook', 'http://127.0.0.1:9/', x'4351edc9ccdcea2e086af3c34955a075316f025275e883a70a79a0746f1cb8533b5889f37941eaca6e18d0d519552d4e4027', '["health"]', NULL, 37, NULL, 1, 'the address cannot be reached: client error (Connect): tcp connect error: Connection refused (os error 111)', 1796061208551197, 1796061208564574, 2);
INSERT INTO "project_limits" ("project_id", "instances", "created_at", "updated_at") VALUES ('p', 3, 1796061208554920, NULL);
INSERT INTO "address_floors" ("subnet_id", "address") VALUES ('01a22d97-1cab-7359-99eb-5f1f5e943dea', x'0a070003');
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22d97-1fe3-7361-81f7-ab5347d55e5b', 'secret', 'u', 'p', 'reader', x'd33b03b98132fc0cca442c57ca5bfbe282132acfd3771c148ce21d53e1a908f5', NULL, '["10.0.0.0/8"]', NULL, 1796061208547154, NULL, NULL);
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22d97-1fe4-7204-a609-11f46d59d9bf', NULL, 'ci', 'p', 'member', NULL, 'CN=ci,O=Example', '[]', NULL, 1796061208548518, NULL, NULL);
INSERT INTO "staged_passwords" ("node_id", "password", "sent_at", "sends", "old_seen") VALUES ('01a22d97-1c8b-73f4-af14-e6a04206d934', x'1f6b172264c4e4e99b1a74c65526c494fafe926cd6910bbc1935ac6a0f2875ea4dd3cd3efd9f01de9f64', NULL, 0, 0);
INSERT INTO "sealing_key" ("id", "proof") VALUES (1, x'1c14d04b0fa57cff3e41d646a5cc049efa88b58e35c65c88a62eb0956857216fb78e089244dd7f526acd7b07e122af6df89a5d65');
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22d97-1caf-70ba-91ee-13b97adf1773', 'deploy', 'on', 'done', '["ensure_off","ensure_on"]', 2, NULL, 0, '01a22d97-1c80-76b6-a368-fd680498cae5', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0515c08d-299e-48be-9dcb-a11b7811ce91"}', NULL, 1796061207726967, 1796061207992027, 1796064207991947, 1796061207992027, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22d97-1dc0-73ca-8a99-f7e641917623', 'power', 'off', 'done', '["ensure_off"]', 1, NULL, 0, '01a22d97-1c80-76b6-a368-fd680498cae5', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-af7eb519-8e78-4ada-9339-77a725a9a344"}', NULL, 1796061208000353, 1796061208261434, 1796064208261360, 1796061208261434, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22d97-1ed1-704b-8488-544c06f79d82', 'power', 'on', 'done', '["ensure_on"]', 1, NULL, 0, '01a22d97-1c80-76b6-a368-fd680498cae5', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-411d3cc2-400f-4e97-a680-fc6d3a31edab"}', NULL, 1796061208273207, 1796061208538869, 1796064208538754, 1796061208538869, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22d97-1ff3-75ac-965f-830d8cf8b690', 'rotate_password', NULL, 'queued', '["rotate_password"]', 0, NULL, 0, '01a22d97-1c8b-73f4-af14-e6a04206d934', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-942242b3-94dd-49ae-bc29-08012a462220"}', NULL, 1796061208563298, 1796061208563298, 1796064208563298, NULL, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22d97-1ffb-70b9-87e0-d5d9c23af1c1', 'deploy', 'on', 'done', '["fetch_image","ensure_off",{"boot_device":{"boot_device":"pxe","persistent":false,"uefi":false}},"ensure_on"]', 4, NULL, 0, '01a22d97-1c8d-720b-9459-086d4dbe522d', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL, 1796061208571023, 1796061208847614, 1796064208847522, 1796061208847614, NULL, 0);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1caf-70ba-91ee-13b97adf1773', 1, 1796061207732873, 'ensure_off', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1caf-70ba-91ee-13b97adf1773', 2, 1796061207734459, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1caf-70ba-91ee-13b97adf1773', 3, 1796061207738888, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1caf-70ba-91ee-13b97adf1773', 4, 1796061207992027, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1dc0-73ca-8a99-f7e641917623', 1, 1796061208006208, 'ensure_off', 'read', 'the BMC says power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1dc0-73ca-8a99-f7e641917623', 2, 1796061208007693, 'ensure_off', 'accepted', 'the BMC accepted power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1dc0-73ca-8a99-f7e641917623', 3, 1796061208261434, 'ensure_off', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1ed1-704b-8488-544c06f79d82', 1, 1796061208279996, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1ed1-704b-8488-544c06f79d82', 2, 1796061208281569, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1ed1-704b-8488-544c06f79d82', 3, 1796061208538869, 'ensure_on', 'read', 'the BMC says power on', 5, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1ffb-70b9-87e0-d5d9c23af1c1', 1, 1796061208576577, 'fetch_image', 'here', NULL, 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1ffb-70b9-87e0-d5d9c23af1c1', 2, 1796061208583062, 'ensure_off', 'read', 'the BMC says power off', 5, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1ffb-70b9-87e0-d5d9c23af1c1', 3, 1796061208587615, 'boot_device', 'set', 'the boot device is pxe', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1ffb-70b9-87e0-d5d9c23af1c1', 4, 1796061208588802, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1ffb-70b9-87e0-d5d9c23af1c1', 5, 1796061208589818, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22d97-1ffb-70b9-87e0-d5d9c23af1c1', 6, 1796061208847614, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "fetched_files" ("url", "sha256", "size", "etag", "last_modified", "used_at") VALUES ('http://127.95.0.1:38105/k', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', 8, '"8-97"', NULL, 4003581208575538);
INSERT INTO "netboots" ("task_id", "node_id", "instance_id", "image_id", "secret", "secret_hash", "completion", "kernel_args", "user_data", "kernel_sha256", "initrd_sha256", "tries", "expires_at", "created_at") VALUES ('01a22d97-1ffb-70b9-87e0-d5d9c23af1c1', '01a22d97-1c8d-720b-9459-086d4dbe522d', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', '01a22d97-1ff6-7408-be85-8914af2b564a', x'3a021440ac309855098e04fd6fd0506267c50deaa92c54383062a3248197d323cba10e05f9acbb4f7b76d1c0c1486f75e2be27c95a1715820aba0b35a566dbcdfb500358b46ff9fa9301cb9314df3218d58f8da7834017e0972b20ef', x'ffbe6cd7dd22c24e483c59f421acc86f847f0f5e843545583643cbc2c48dab21', 'power-on', 'quiet ip=${ip}', x'1b9d9d7cbf74c56e523ecbd239ddf0de6d35bf70c5f8f7939254bfee941bec82c4276685a5f05db5ad9bc227f8', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', NULL, 0, 4003584808847614, 1796061208571023);
INSERT INTO "milestones" ("task_id", "name", "at", "last_at", "times", "detail") VALUES ('01a22d97-1ffb-70b9-87e0-d5d9c23af1c1', 'script', 1796061208863156, 1796061208863156, 1, 'from 127.0.0.1');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (1, 4003581207681053, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-322b8d42-bb87-407c-afcc-f01bc9f0d66f"}', '{"action":"POST /v1/nodes","uuid":"01a22d97-1c80-76b6-a368-fd680498cae5","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (2, 4003581207691807, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c8b-73f4-af14-e6a04206d934', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-fa9a0a22-3254-43ee-a0c9-6c908192c2c5"}', '{"action":"POST /v1/nodes","uuid":"01a22d97-1c8b-73f4-af14-e6a04206d934","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (3, 4003581207693541, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8b02e530-57ff-4bb7-b2d8-b0e81a32fada"}', '{"action":"POST /v1/nodes","uuid":"01a22d97-1c8d-720b-9459-086d4dbe522d","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (4, 4003581207703675, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22d97-1c8b-73f4-af14-e6a04206d934', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (5, 4003581207704264, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (6, 4003581207704327, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (7, 4003581207705687, 'power', 'contact', NULL, 'power off', NULL, '01a22d97-1c8b-73f4-af14-e6a04206d934', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (8, 4003581207706231, 'power', 'contact', NULL, 'power off', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (9, 4003581207706302, 'power', 'contact', NULL, 'power off', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (10, 4003581207721176, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f6f65802-3564-4e3f-a47e-17f4680d7326"}', '{"action":"POST /v1/types","uuid":"01a22d97-1ca8-7128-b765-8a7799f4d6be","ident":null,"fields":["name"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (11, 4003581207722803, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1bd8b8ba-ad3d-4b45-9e95-53899d84b353"}', '{"action":"POST /v1/images","uuid":"01a22d97-1caa-7122-b47b-69dc88317244","ident":null,"fields":["boot","name"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (12, 4003581207723979, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-363cbd0d-48bb-4d45-908b-70a0ecaac219"}', '{"action":"POST /v1/networks","uuid":"01a22d97-1cab-7359-99eb-5f1efdd5621c","ident":null,"fields":["name","subnets","vlan"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (13, 4003581207726967, 'status', 'request', NULL, 'building', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0515c08d-299e-48be-9dcb-a11b7811ce91"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (14, 4003581207726967, 'task', 'request', NULL, 'queued', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1caf-70ba-91ee-13b97adf1773","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0515c08d-299e-48be-9dcb-a11b7811ce91"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (15, 4003581207728324, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0515c08d-299e-48be-9dcb-a11b7811ce91"}', '{"action":"POST /v1/instances","uuid":"01a22d97-1caf-70ba-91ee-13b8a8b8f2c7","ident":null,"fields":["availability_zone","extra","image_uuid","instance_type_uuid","name","networks"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (16, 4003581207732873, 'task', 'task', 'queued', 'observing', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1caf-70ba-91ee-13b97adf1773","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0515c08d-299e-48be-9dcb-a11b7811ce91"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (17, 4003581207734459, 'task', 'task', 'observing', 'issued', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1caf-70ba-91ee-13b97adf1773","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0515c08d-299e-48be-9dcb-a11b7811ce91"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (18, 4003581207738888, 'task', 'task', 'issued', 'waiting', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1caf-70ba-91ee-13b97adf1773","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0515c08d-299e-48be-9dcb-a11b7811ce91"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (19, 4003581207992027, 'power', 'task', 'power off', 'power on', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1caf-70ba-91ee-13b97adf1773","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0515c08d-299e-48be-9dcb-a11b7811ce91"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (20, 4003581207992027, 'status', 'task', 'building', 'active', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1caf-70ba-91ee-13b97adf1773","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0515c08d-299e-48be-9dcb-a11b7811ce91"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (21, 4003581207992027, 'task', 'task', 'waiting', 'done', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1caf-70ba-91ee-13b97adf1773","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0515c08d-299e-48be-9dcb-a11b7811ce91"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (22, 4003581208000353, 'task', 'request', NULL, 'queued', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1dc0-73ca-8a99-f7e641917623","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-af7eb519-8e78-4ada-9339-77a725a9a344"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (23, 4003581208000570, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-af7eb519-8e78-4ada-9339-77a725a9a344"}', '{"action":"PUT /v1/instances/{ident}/states/power","uuid":"01a22d97-1caf-70ba-91ee-13b8a8b8f2c7","ident":"01a22d97-1caf-70ba-91ee-13b8a8b8f2c7","fields":["target"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (24, 4003581208006208, 'task', 'task', 'queued', 'issued', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1dc0-73ca-8a99-f7e641917623","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-af7eb519-8e78-4ada-9339-77a725a9a344"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (25, 4003581208007693, 'task', 'task', 'issued', 'waiting', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1dc0-73ca-8a99-f7e641917623","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-af7eb519-8e78-4ada-9339-77a725a9a344"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (26, 4003581208261434, 'power', 'task', 'power on', 'power off', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1dc0-73ca-8a99-f7e641917623","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-af7eb519-8e78-4ada-9339-77a725a9a344"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (27, 4003581208261434, 'task', 'task', 'waiting', 'done', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1dc0-73ca-8a99-f7e641917623","kind":"power","target":"off","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-af7eb519-8e78-4ada-9339-77a725a9a344"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (28, 4003581208273207, 'task', 'request', NULL, 'queued', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1ed1-704b-8488-544c06f79d82","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-411d3cc2-400f-4e97-a680-fc6d3a31edab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (29, 4003581208273756, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-411d3cc2-400f-4e97-a680-fc6d3a31edab"}', '{"action":"POST /v1/power","uuid":"01a22d97-1ed1-704b-8488-544bcddf027b","ident":null,"fields":["instances","target"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (30, 4003581208279996, 'task', 'task', 'queued', 'issued', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1ed1-704b-8488-544c06f79d82","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-411d3cc2-400f-4e97-a680-fc6d3a31edab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (31, 4003581208281569, 'task', 'task', 'issued', 'waiting', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1ed1-704b-8488-544c06f79d82","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-411d3cc2-400f-4e97-a680-fc6d3a31edab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (32, 4003581208538869, 'power', 'task', 'power off', 'power on', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1ed1-704b-8488-544c06f79d82","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-411d3cc2-400f-4e97-a680-fc6d3a31edab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (33, 4003581208538869, 'task', 'task', 'waiting', 'done', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', '{"uuid":"01a22d97-1ed1-704b-8488-544c06f79d82","kind":"power","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-411d3cc2-400f-4e97-a680-fc6d3a31edab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (34, 4003581208543013, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-55b79a2f-635b-433f-8522-4a4aa0ec881a"}', '{"action":"POST /v1/types","uuid":"01a22d97-1fde-7739-82b4-9ea830dff51e","ident":null,"fields":["extra_specs","is_public","name"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (35, 4003581208544566, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-db479d58-4f37-40dd-ae67-373a69a7dc07"}', '{"action":"POST /v1/images","uuid":"01a22d97-1fe0-7059-a0e7-4054eb29abcd","ident":null,"fields":["initrd_url","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (36, 4003581208547384, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-34b80702-0b1a-49ec-b1e9-e9b7ffad3c6b"}', '{"action":"POST /v1/tokens","uuid":"01a22d97-1fe3-7361-81f7-ab5347d55e5b","ident":null,"fields":["name","networks","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (37, 4003581208550213, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-911ab091-ef65-4c05-abec-fc2c56d47760"}', '{"action":"POST /v1/tokens","uuid":"01a22d97-1fe4-7204-a609-11f46d59d9bf","ident":null,"fields":["certificate_subject","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (38, 4003581208551466, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-4de8a1ef-db79-4641-8ef8-c4a3c531f704"}', '{"action":"POST /v1/webhooks","uuid":"01a22d97-1fe7-70c8-888c-17ae144bef9f","ident":null,"fields":["kinds","name","secret","url"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (39, 4003581208555005, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a78a2b06-ce06-439d-901d-8b5ca6637526"}', '{"action":"PUT /v1/limits/{ident}","uuid":null,"ident":"p","fields":["instances"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (40, 4003581208557192, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-9bbe4f1a-8564-472f-b9c3-ef5ca689e8a2"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22d97-1c80-76b6-a368-fd680498cae5","ident":"n1","fields":["extra","min_off_secs","power_policy"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (41, 4003581208559676, 'health', 'request', 'good', 'unknown', 'the BMC was not asked yet with these settings', '01a22d97-1c8b-73f4-af14-e6a04206d934', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-830f4da7-5dea-4081-82f9-9350aa976f35"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (42, 4003581208560059, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c8b-73f4-af14-e6a04206d934', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-830f4da7-5dea-4081-82f9-9350aa976f35"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22d97-1c8b-73f4-af14-e6a04206d934","ident":"n2","fields":["bmc.address","bmc.kg","bmc.password","bmc.port","bmc.privilege_level","bmc.username"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (43, 4003581208563298, 'task', 'request', NULL, 'queued', NULL, '01a22d97-1c8b-73f4-af14-e6a04206d934', 'n2', NULL, NULL, NULL, '{"uuid":"01a22d97-1ff3-75ac-965f-830d8cf8b690","kind":"rotate_password","target":null,"step":"rotate_password"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-942242b3-94dd-49ae-bc29-08012a462220"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (44, 4003581208563436, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c8b-73f4-af14-e6a04206d934', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-942242b3-94dd-49ae-bc29-08012a462220"}', '{"action":"POST /v1/nodes/{ident}/rotate-password","uuid":"01a22d97-1c8b-73f4-af14-e6a04206d934","ident":"n2","fields":["password"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (45, 4003581208566923, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-e8d9accc-d114-47a2-a08d-84f38f9d851a"}', '{"action":"POST /v1/images","uuid":"01a22d97-1ff6-7408-be85-8914af2b564a","ident":null,"fields":["kernel_args","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (46, 4003581208571023, 'status', 'request', NULL, 'building', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (47, 4003581208571023, 'task', 'request', NULL, 'queued', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', '{"uuid":"01a22d97-1ffb-70b9-87e0-d5d9c23af1c1","kind":"deploy","target":"on","step":"fetch_image"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (48, 4003581208572065, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', '{"action":"POST /v1/instances","uuid":"01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd","ident":null,"fields":["availability_zone","image_uuid","instance_type_uuid","name","networks","user_data"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (49, 4003581208576577, 'task', 'task', 'queued', 'observing', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', '{"uuid":"01a22d97-1ffb-70b9-87e0-d5d9c23af1c1","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (50, 4003581208583062, 'task', 'task', 'observing', 'observing', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', '{"uuid":"01a22d97-1ffb-70b9-87e0-d5d9c23af1c1","kind":"deploy","target":"on","step":"boot_device"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (51, 4003581208587615, 'task', 'task', 'observing', 'observing', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', '{"uuid":"01a22d97-1ffb-70b9-87e0-d5d9c23af1c1","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (52, 4003581208588802, 'task', 'task', 'observing', 'issued', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', '{"uuid":"01a22d97-1ffb-70b9-87e0-d5d9c23af1c1","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (53, 4003581208589818, 'task', 'task', 'issued', 'waiting', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', '{"uuid":"01a22d97-1ffb-70b9-87e0-d5d9c23af1c1","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (54, 4003581208847614, 'power', 'task', 'power off', 'power on', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', '{"uuid":"01a22d97-1ffb-70b9-87e0-d5d9c23af1c1","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (55, 4003581208847614, 'status', 'task', 'building', 'active', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', '{"uuid":"01a22d97-1ffb-70b9-87e0-d5d9c23af1c1","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (56, 4003581208847614, 'task', 'task', 'waiting', 'done', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', '{"uuid":"01a22d97-1ffb-70b9-87e0-d5d9c23af1c1","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (57, 4003581208863156, 'netboot', 'task', NULL, 'script', 'from 127.0.0.1', '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', '{"uuid":"01a22d97-1ffb-70b9-87e0-d5d9c23af1c1","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-16a993dd-487b-448d-bc85-061be31ca9ba"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (58, 4003581208866598, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-78b2f9db-000b-4df1-8eb9-f16bd559e603"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (59, 4003581208866921, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c80-76b6-a368-fd680498cae5', 'n1', '01a22d97-1caf-70ba-91ee-13b8a8b8f2c7', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-78b2f9db-000b-4df1-8eb9-f16bd559e603"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22d97-1c80-76b6-a368-fd680498cae5","ident":"n1","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (60, 4003581208871482, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22d97-1c8b-73f4-af14-e6a04206d934', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a51622e0-17f4-4acb-a4c3-ba3f566d3a9d"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (61, 4003581208871586, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c8b-73f4-af14-e6a04206d934', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a51622e0-17f4-4acb-a4c3-ba3f566d3a9d"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22d97-1c8b-73f4-af14-e6a04206d934","ident":"n2","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (62, 4003581208873060, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f66aac33-ede9-49f5-a955-417be93366bd"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (63, 4003581208873155, 'audit', 'request', NULL, 'done', NULL, '01a22d97-1c8d-720b-9459-086d4dbe522d', 'n3', '01a22d97-1ffb-70b9-87e0-d5d87f6e1fbd', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f66aac33-ede9-49f5-a955-417be93366bd"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22d97-1c8d-720b-9459-086d4dbe522d","ident":"n3","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 4447"}');
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
CREATE INDEX tasks_by_node ON tasks (node_id, created_at);
CREATE INDEX tasks_by_instance ON tasks (instance_id, created_at) WHERE instance_id IS NOT NULL;
CREATE INDEX netboots_by_instance ON netboots (instance_id);
CREATE INDEX nodes_by_guid ON nodes (guid) WHERE guid IS NOT NULL;
CREATE INDEX events_by_project ON events (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX events_by_node ON events (node_id, id) WHERE node_id IS NOT NULL;
CREATE UNIQUE INDEX one_open_task_per_node ON tasks (node_id) WHERE finished_at IS NULL;
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
    WHEN NEW.kind IN ('deploy', 'delete') AND (NEW.state = 'done' OR NEW.state = 'failed' OR NEW.state = 'cancelled')
BEGIN
    DELETE FROM netboots WHERE task_id = NEW.uuid AND (completion = 'phone-home' OR NEW.state <> 'done');
END;
CREATE TRIGGER netboot_is_replaced BEFORE INSERT ON tasks
    WHEN NEW.kind = 'deploy' OR NEW.kind = 'delete' OR NEW.kind = 'power'
BEGIN
    DELETE FROM netboots WHERE node_id = NEW.node_id;
END;
COMMIT;
