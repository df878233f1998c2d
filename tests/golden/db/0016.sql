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
    counts TEXT CHECK (counts IS NULL OR json_valid(counts)),
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
    task TEXT CHECK (task IS NULL OR json_valid(task)),
    actor TEXT CHECK (actor IS NULL OR json_valid(actor)),
    audit TEXT CHECK (audit IS NULL OR json_valid(audit)), -- what was asked for, and from where
    CHECK (node_id IS NOT NULL OR kind = 'audit'),
    CHECK ((audit IS NOT NULL) = (kind = 'audit')),
    CHECK (project_id IS NULL OR kind <> 'audit')
) STRICT;
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22db8-6e06-741c-81bd-6e8216ae9a31', 'any', NULL, 1, 'default', '{}', 1796063391238395, NULL, 1);
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22db8-713d-77fe-9499-8874c97040f5', 'gpu', NULL, 0, 'default', '{"cpus":">=8"}', 1796063392061575, NULL, 1);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22db8-6e07-7105-9ad1-8c3aed21e681', 'disk', NULL, 'disk', NULL, NULL, NULL, NULL, 'power-on', 1, 'default', 1796063391239859, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22db8-713f-7628-96bb-462facbd88f6', 'debian', NULL, 'network', 'http://127.0.0.1/k', 'http://127.0.0.1/i', NULL, NULL, 'power-on', 1, 'default', 1796063392063731, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22db8-7150-75d0-a717-da7324d8b884', 'live', NULL, 'network', 'http://127.42.0.1:34461/k', NULL, 'quiet ip=${ip}', NULL, 'power-on', 1, 'default', 1796063392080148, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "networks" ("uuid", "name", "vlan", "subnets", "created_at", "updated_at", "revision") VALUES ('01a22db8-6e09-7573-a9e9-6f1d77da53dd', 'provision', 7, '[{"uuid":"01a22db8-6e09-7573-a9e9-6f1ef85c675a","cidr":"10.7.0.0/24","gateway_ip":"10.7.0.1","dns_nameservers":[],"allocation_pools":[]}]', 1796063391241088, NULL, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', 'z-n1', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'1a135ae60b1c2fa99f3d43d68c8437e8fb8b7dbd6dab7d7cbf9cc4a9a10e3df3f6', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796063392057845, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{"rack":"r1"}', 1796063391209566, 1796063392369299, 16, '[]', NULL, 'good', 'the BMC answers', 1796063391221929, 1796063391221738, NULL, NULL, 'enforce', 'power on', 7, 1796063391802755, NULL, 0, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22db8-6deb-7077-8927-23496089ef31', 'n2', 'z-n2', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'43efe959871617e274fa36e214874310a354df0bd4ee9d66da400b143163e88d12', x'105be0e392bed7eb75cc16206b56964893d4897e690147d42f88c8ba0473b6c7064796583abe38374bd244e0', 'administrator', NULL, NULL, '{}', 2, 'power off', 1796063391226370, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796063391211884, 1796063392370723, 8, '[]', NULL, 'unknown', 'the BMC was not asked yet with these settings', 1796063392073902, NULL, NULL, NULL, 'observe', NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', 'z-n3', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'5217a7d54cfda481b9cb969cfded6117e5c3840af6ca669df42e42d28e07e13e73', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796063392351031, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796063391213192, 1796063392372154, 9, '[]', NULL, 'good', 'the BMC answers', 1796063391221179, 1796063391221038, NULL, NULL, 'observe', 'power on', NULL, 1796063392095911, NULL, 0, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22db8-6de9-70a7-ad19-16a6770364f7', '01a22db8-6de9-70a7-ad19-16a5587471db', 0, '02:00:00:00:d0:d1', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22db8-6deb-7077-8927-234af593f9d5', '01a22db8-6deb-7077-8927-23496089ef31', 0, '02:00:00:00:89:82', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22db8-6ded-710c-9aaf-c8de18b47e28', '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 0, '02:00:00:00:87:60', NULL, 1);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', NULL, '01a22db8-6e06-741c-81bd-6e8216ae9a31', '01a22db8-6e07-7105-9ad1-8c3aed21e681', 'z-n1', '[{"port_id":"01a22db8-6de9-70a7-ad19-16a6770364f7","network":"01a22db8-6e09-7573-a9e9-6f1d77da53dd","mac_address":"02:00:00:00:d0:d1","fixed_ips":[{"ip_address":"10.7.0.2","subnet_id":"01a22db8-6e09-7573-a9e9-6f1ef85c675a"}]}]', 'active', 'power on', 'default', 'root', '{"owner":"golden"}', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 1796063391506563, 1796063391242427, 1796063392057845, 5, NULL);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', NULL, '01a22db8-6e06-741c-81bd-6e8216ae9a31', '01a22db8-7150-75d0-a717-da7324d8b884', 'z-n3', '[{"port_id":"01a22db8-6ded-710c-9aaf-c8de18b47e28","network":"01a22db8-6e09-7573-a9e9-6f1d77da53dd","mac_address":"02:00:00:00:87:60","fixed_ips":[{"ip_address":"10.7.0.3","subnet_id":"01a22db8-6e09-7573-a9e9-6f1ef85c675a"}]}]', 'active', 'power on', 'default', 'root', '{}', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 1796063392351031, 1796063392081719, 1796063392351031, 3, x'42c82a7795b889299e24b8fa33289a3d131a10c3e084460735c55ffcd570810b116e59e78fd19251dc5ff9240d');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22db8-6de9-70a7-ad19-16a6770364f7', '01a22db8-6e0a-76fb-b23b-988b521cc895', '01a22db8-6e09-7573-a9e9-6f1d77da53dd');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22db8-6ded-710c-9aaf-c8de18b47e28', '01a22db8-7152-7771-8131-97b3fe2d2627', '01a22db8-6e09-7573-a9e9-6f1d77da53dd');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22db8-6e09-7573-a9e9-6f1ef85c675a', x'0a070002', '01a22db8-6e0a-76fb-b23b-988b521cc895');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22db8-6e09-7573-a9e9-6f1ef85c675a', x'0a070003', '01a22db8-7152-7771-8131-97b3fe2d2627');
INSERT INTO "idempotency" ("user_id", "project_id", "path", "key", "request_hash", "status", "location", "etag", "body", "created_at") VALUES ('root', 'default', '/instances', 'golden', x'2a463d1a4cb0ade7d5d369e6325f73e748c5efd5fce57aa73e0dfdd9f92ef902', 201, 'http://localhost/v1/instances/01a22db8-6e0a-76fb-b23b-988b521cc895', '"66182986dd8bb-1"', x'7b226e616d65223a2277656231222c226465736372697074696f6e223a6e756c6c2c22696e7374616e63655f747970655f75756964223a2230316132326462382d366530362d373431632d383162642d366538323136616539613331222c22696d6167655f75756964223a2230316132326462382d366530372d373130352d396164312d386333616564323165363831222c22617661696c6162696c6974795f7a6f6e65223a227a2d6e31222c226e6574776f726b5f696e666f223a7b2230316132326462382d366465392d373061372d616431392d313661363737303336346637223a7b226e6574776f726b223a2230316132326462382d366530392d373537332d613965392d366631643737646135336464222c226d61635f61646472657373223a2230323a30303a30303a30303a64303a6431222c2266697865645f697073223a5b7b2269705f61646472657373223a2231302e372e302e32222c227375626e65745f6964223a2230316132326462382d366530392d373537332d613965392d366631656638356336373561227d5d7d7d2c226c696e6b73223a5b7b2272656c223a2273656c66222c2268726566223a22687474703a2f2f6c6f63616c686f73742f76312f696e7374616e6365732f30316132326462382d366530612d373666622d623233622d393838623532316363383935227d2c7b2272656c223a22626f6f6b6d61726b222c2268726566223a22687474703a2f2f6c6f63616c686f73742f696e7374616e6365732f30316132326462382d366530612d373666622d623233622d393838623532316363383935227d5d2c2275756964223a2230316132326462382d366530612d373666622d623233622d393838623532316363383935222c22737461747573223a226275696c64696e67222c22706f7765725f7374617465223a22706f776572206f6666222c2270726f6a6563745f6964223a2264656661756c74222c22757365725f6964223a22726f6f74222c22757064617465645f6174223a6e756c6c2c22637265617465645f6174223a22323032362d31312d33305431383a32393a35312e3234323432372b30303a3030222c226c61756e636865645f6174223a6e756c6c2c226578747261223a7b226f776e6572223a22676f6c64656e227d2c226c6173745f6572726f72223a6e756c6c2c226e6f64655f75756964223a2230316132326462382d366465392d373061372d616431392d313661353538373437316462227d', 4003583391242427);
INSERT INTO "operations" ("uuid", "target", "project_id", "requested_by", "machines", "created_at", "finished_at", "counts") VALUES ('01a22db8-7037-766c-b67d-b144488f8698', 'on', 'default', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-99e24528-d9a9-4502-83a0-c968fe1350d9"}', 1, 4003583391798964, 4003583392057845, '{"queued":0,"observing":0,"issued":0,"waiting":0,"done":1,"failed":0,"cancelled":0,"refused":0}');
INSERT INTO "operation_nodes" ("operation_id", "position", "node_id", "node_name", "instance_id", "instance_name", "task_id", "state", "step", "error", "ended_at") VALUES ('01a22db8-7037-766c-b67d-b144488f8698', 0, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', '01a22db8-7037-766c-b67d-b145fc47c3f6', 'done', NULL, NULL, 1796063392057845);
INSERT INTO "webhooks" ("uuid", "name", "url", "secret", "kinds", "project_id", "delivered_to", "delivered_at", "failures", "last_error", "created_at", "updated_at", "revision") VALUES ('01a22db8-7143-7243-a7f1-85f717e84f7e', 'hook', 'http://127.0.0.1:9/', x'471fb154f8c07bbe7c110414aa77a9b9e994d8aad8f91105170dcf3a3839e0b66787f948e3ff0be7ac21ff7ecbf528a4a6c3', '["health"]', NULL, 37, NULL, 1, 'the address cannot be reached: client error (Connect): tcp connect error: Connection refused (os error 111)', 1796063392067389, 1796063392079261, 2);
INSERT INTO "project_limits" ("project_id", "instances", "created_at", "updated_at") VALUES ('p', 3, 1796063392069013, NULL);
INSERT INTO "address_floors" ("subnet_id", "address") VALUES ('01a22db8-6e09-7573-a9e9-6f1ef85c675a', x'0a070003');
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22db8-7140-701f-8567-7ec60282b815', 'secret', 'u', 'p', 'reader', x'd0ca72e00424e5c74a47edb3b1fb0bcb40a60b393a19024ba9cd77780dfb8564', NULL, '["10.0.0.0/8"]', NULL, 1796063392064946, NULL, NULL);
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22db8-7142-76a9-a5c1-5ea73150b239', NULL, 'ci', 'p', 'member', NULL, 'CN=ci,O=Example', '[]', NULL, 1796063392066332, NULL, NULL);
INSERT INTO "staged_passwords" ("node_id", "password", "sent_at", "sends", "old_seen") VALUES ('01a22db8-6deb-7077-8927-23496089ef31', x'8fcffb28a1b924d528830393aa273593536ace209dd92bb1ec75ef993385ec79ab87faf0f6c0c3a299b4', NULL, 0, 0);
INSERT INTO "sealing_key" ("id", "proof") VALUES (1, x'b84647b03e7c9bcbc934a96d14c8d03bc241c7b311979ae9b8fb67f6ee2d50fd3a9acd64661e400ec1a2ce2a2623d4f76f18e4b6');
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22db8-6e0b-751c-ae46-5d3ddb1caa32', 'deploy', 'on', 'done', '["ensure_off","ensure_on"]', 2, NULL, 0, '01a22db8-6de9-70a7-ad19-16a5587471db', '01a22db8-6e0a-76fb-b23b-988b521cc895', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6b602b76-a677-452b-b1ea-1b9e22133a7c"}', NULL, 1796063391242427, 1796063391506563, 1796066391506323, 1796063391506563, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22db8-6f2a-7146-9699-b85dea87c937', 'power', 'off', 'done', '["ensure_off"]', 1, NULL, 0, '01a22db8-6de9-70a7-ad19-16a5587471db', '01a22db8-6e0a-76fb-b23b-988b521cc895', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8cebf83f-45c0-4353-a968-75a6cf2f93cf"}', NULL, 1796063391530330, 1796063391787682, 1796066391787551, 1796063391787682, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22db8-7037-766c-b67d-b145fc47c3f6', 'power', 'on', 'done', '["ensure_on"]', 1, NULL, 0, '01a22db8-6de9-70a7-ad19-16a5587471db', '01a22db8-6e0a-76fb-b23b-988b521cc895', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-99e24528-d9a9-4502-83a0-c968fe1350d9"}', NULL, 1796063391799281, 1796063392057845, 1796066392057710, 1796063392057845, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22db8-714c-75a6-90a5-f35bc59facca', 'rotate_password', NULL, 'queued', '["rotate_password"]', 0, NULL, 0, '01a22db8-6deb-7077-8927-23496089ef31', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f288a7cb-d6ff-4df1-a4d2-15c6b56b82fa"}', NULL, 1796063392076279, 1796063392076279, 1796066392076279, NULL, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22db8-7152-7771-8131-97b4e7770214', 'deploy', 'on', 'done', '["fetch_image","ensure_off",{"boot_device":{"boot_device":"pxe","persistent":false,"uefi":false}},"ensure_on"]', 4, NULL, 0, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', '01a22db8-7152-7771-8131-97b3fe2d2627', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL, 1796063392081719, 1796063392351031, 1796066392350952, 1796063392351031, NULL, 0);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-6e0b-751c-ae46-5d3ddb1caa32', 1, 1796063391247464, 'ensure_off', 'read', 'the BMC says power off', 2, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-6e0b-751c-ae46-5d3ddb1caa32', 2, 1796063391249960, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-6e0b-751c-ae46-5d3ddb1caa32', 3, 1796063391251485, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-6e0b-751c-ae46-5d3ddb1caa32', 4, 1796063391506563, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-6f2a-7146-9699-b85dea87c937', 1, 1796063391533483, 'ensure_off', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-6f2a-7146-9699-b85dea87c937', 2, 1796063391534726, 'ensure_off', 'accepted', 'the BMC accepted power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-6f2a-7146-9699-b85dea87c937', 3, 1796063391787682, 'ensure_off', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-7037-766c-b67d-b145fc47c3f6', 1, 1796063391802755, 'ensure_on', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-7037-766c-b67d-b145fc47c3f6', 2, 1796063391804164, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-7037-766c-b67d-b145fc47c3f6', 3, 1796063392057845, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-7152-7771-8131-97b4e7770214', 1, 1796063392089785, 'fetch_image', 'here', NULL, 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-7152-7771-8131-97b4e7770214', 2, 1796063392092306, 'ensure_off', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-7152-7771-8131-97b4e7770214', 3, 1796063392094561, 'boot_device', 'set', 'the boot device is pxe', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-7152-7771-8131-97b4e7770214', 4, 1796063392095911, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-7152-7771-8131-97b4e7770214', 5, 1796063392097035, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22db8-7152-7771-8131-97b4e7770214', 6, 1796063392351031, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "fetched_files" ("url", "sha256", "size", "etag", "last_modified", "used_at") VALUES ('http://127.42.0.1:34461/k', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', 8, '"8-97"', NULL, 4003583392088148);
INSERT INTO "netboots" ("task_id", "node_id", "instance_id", "image_id", "secret", "secret_hash", "completion", "kernel_args", "user_data", "kernel_sha256", "initrd_sha256", "tries", "expires_at", "created_at") VALUES ('01a22db8-7152-7771-8131-97b4e7770214', '01a22db8-6ded-710c-9aaf-c8ddd59c653b', '01a22db8-7152-7771-8131-97b3fe2d2627', '01a22db8-7150-75d0-a717-da7324d8b884', x'6c76b64391be0fb16f089b4eaf2050d54a5662c1ea1f1cc4d263797bd5d308ed678db682193db7a8ba3226d3d100f8a63d313e88e5fe7b93aa04bad6ebcb8c2aba42f46545c455eae18cec8edc6e86737f3325d2948643af713aad55', x'1ee8cfd1a752a2288480765c6a25b189e343d46efbcd995b2262f7ad83f15bd2', 'power-on', 'quiet ip=${ip}', x'f8e24e9668e9a66fa2ff80fb79de5e9e0b2234259f9e2e3769a023f81a90e65b6d134280f5edba5c70e38832f4', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', NULL, 0, 4003586992351031, 1796063392081719);
INSERT INTO "milestones" ("task_id", "name", "at", "last_at", "times", "detail") VALUES ('01a22db8-7152-7771-8131-97b4e7770214', 'script', 1796063392367362, 1796063392367362, 1, 'from 127.0.0.1');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (1, 4003583391210512, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-02ac787b-e323-4f94-b66d-68a2283e2c9c"}', '{"action":"POST /v1/nodes","uuid":"01a22db8-6de9-70a7-ad19-16a5587471db","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (2, 4003583391212218, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6deb-7077-8927-23496089ef31', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-fddf1e3c-956e-4987-84fd-08af3b319802"}', '{"action":"POST /v1/nodes","uuid":"01a22db8-6deb-7077-8927-23496089ef31","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (3, 4003583391213497, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0731aabf-0ea7-4a6b-a2d3-d170300beeb8"}', '{"action":"POST /v1/nodes","uuid":"01a22db8-6ded-710c-9aaf-c8ddd59c653b","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (4, 4003583391221179, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (5, 4003583391221929, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (6, 4003583391223546, 'power', 'contact', NULL, 'power off', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (7, 4003583391224140, 'power', 'contact', NULL, 'power off', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (8, 4003583391225201, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22db8-6deb-7077-8927-23496089ef31', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (9, 4003583391226370, 'power', 'contact', NULL, 'power off', NULL, '01a22db8-6deb-7077-8927-23496089ef31', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (10, 4003583391238662, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ef91c9a6-b1cf-4ab9-8e28-73165cf37611"}', '{"action":"POST /v1/types","uuid":"01a22db8-6e06-741c-81bd-6e8216ae9a31","ident":null,"fields":["name"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (11, 4003583391240065, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7c49ddf1-1669-415a-a665-de57da5e81ed"}', '{"action":"POST /v1/images","uuid":"01a22db8-6e07-7105-9ad1-8c3aed21e681","ident":null,"fields":["boot","name"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (12, 4003583391241270, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f07d2485-7e86-480a-a158-f5cc47064d22"}', '{"action":"POST /v1/networks","uuid":"01a22db8-6e09-7573-a9e9-6f1d77da53dd","ident":null,"fields":["name","subnets","vlan"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (13, 4003583391242427, 'status', 'request', NULL, 'building', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6b602b76-a677-452b-b1ea-1b9e22133a7c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (14, 4003583391242427, 'task', 'request', NULL, 'queued', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6e0b-751c-ae46-5d3ddb1caa32","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6b602b76-a677-452b-b1ea-1b9e22133a7c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (15, 4003583391243878, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6b602b76-a677-452b-b1ea-1b9e22133a7c"}', '{"action":"POST /v1/instances","uuid":"01a22db8-6e0a-76fb-b23b-988b521cc895","ident":null,"fields":["availability_zone","extra","image_uuid","instance_type_uuid","name","networks"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (16, 4003583391247464, 'task', 'task', 'queued', 'observing', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6e0b-751c-ae46-5d3ddb1caa32","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6b602b76-a677-452b-b1ea-1b9e22133a7c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (17, 4003583391249960, 'task', 'task', 'observing', 'issued', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6e0b-751c-ae46-5d3ddb1caa32","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6b602b76-a677-452b-b1ea-1b9e22133a7c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (18, 4003583391251485, 'task', 'task', 'issued', 'waiting', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6e0b-751c-ae46-5d3ddb1caa32","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6b602b76-a677-452b-b1ea-1b9e22133a7c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (19, 4003583391506563, 'power', 'task', 'power off', 'power on', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6e0b-751c-ae46-5d3ddb1caa32","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6b602b76-a677-452b-b1ea-1b9e22133a7c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (20, 4003583391506563, 'status', 'task', 'building', 'active', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6e0b-751c-ae46-5d3ddb1caa32","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6b602b76-a677-452b-b1ea-1b9e22133a7c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (21, 4003583391506563, 'task', 'task', 'waiting', 'done', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6e0b-751c-ae46-5d3ddb1caa32","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6b602b76-a677-452b-b1ea-1b9e22133a7c"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (22, 4003583391530330, 'task', 'request', NULL, 'queued', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6f2a-7146-9699-b85dea87c937","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8cebf83f-45c0-4353-a968-75a6cf2f93cf"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (23, 4003583391530624, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8cebf83f-45c0-4353-a968-75a6cf2f93cf"}', '{"action":"PUT /v1/instances/{ident}/states/power","uuid":"01a22db8-6e0a-76fb-b23b-988b521cc895","ident":"01a22db8-6e0a-76fb-b23b-988b521cc895","fields":["target"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (24, 4003583391533483, 'task', 'task', 'queued', 'issued', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6f2a-7146-9699-b85dea87c937","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8cebf83f-45c0-4353-a968-75a6cf2f93cf"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (25, 4003583391534726, 'task', 'task', 'issued', 'waiting', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6f2a-7146-9699-b85dea87c937","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8cebf83f-45c0-4353-a968-75a6cf2f93cf"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (26, 4003583391787682, 'power', 'task', 'power on', 'power off', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6f2a-7146-9699-b85dea87c937","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8cebf83f-45c0-4353-a968-75a6cf2f93cf"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (27, 4003583391787682, 'task', 'task', 'waiting', 'done', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-6f2a-7146-9699-b85dea87c937","kind":"power","target":"off","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8cebf83f-45c0-4353-a968-75a6cf2f93cf"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (28, 4003583391799281, 'task', 'request', NULL, 'queued', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-7037-766c-b67d-b145fc47c3f6","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-99e24528-d9a9-4502-83a0-c968fe1350d9"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (29, 4003583391799897, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-99e24528-d9a9-4502-83a0-c968fe1350d9"}', '{"action":"POST /v1/power","uuid":"01a22db8-7037-766c-b67d-b144488f8698","ident":null,"fields":["instances","target"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (30, 4003583391802755, 'task', 'task', 'queued', 'issued', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-7037-766c-b67d-b145fc47c3f6","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-99e24528-d9a9-4502-83a0-c968fe1350d9"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (31, 4003583391804164, 'task', 'task', 'issued', 'waiting', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-7037-766c-b67d-b145fc47c3f6","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-99e24528-d9a9-4502-83a0-c968fe1350d9"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (32, 4003583392057845, 'power', 'task', 'power off', 'power on', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-7037-766c-b67d-b145fc47c3f6","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-99e24528-d9a9-4502-83a0-c968fe1350d9"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (33, 4003583392057845, 'task', 'task', 'waiting', 'done', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', '{"uuid":"01a22db8-7037-766c-b67d-b145fc47c3f6","kind":"power","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-99e24528-d9a9-4502-83a0-c968fe1350d9"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (34, 4003583392061747, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f251b3e0-97e0-499c-99c9-3c5d9fcbcd7b"}', '{"action":"POST /v1/types","uuid":"01a22db8-713d-77fe-9499-8874c97040f5","ident":null,"fields":["extra_specs","is_public","name"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (35, 4003583392063889, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-b93cc567-e7c0-4a3a-90d9-7aba238fad8d"}', '{"action":"POST /v1/images","uuid":"01a22db8-713f-7628-96bb-462facbd88f6","ident":null,"fields":["initrd_url","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (36, 4003583392065191, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f0db66fc-ac9e-4580-8da9-66dd14b0cdfe"}', '{"action":"POST /v1/tokens","uuid":"01a22db8-7140-701f-8567-7ec60282b815","ident":null,"fields":["name","networks","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (37, 4003583392066444, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-4e0cf6f5-b136-42de-9cba-cc3dd96ee5d2"}', '{"action":"POST /v1/tokens","uuid":"01a22db8-7142-76a9-a5c1-5ea73150b239","ident":null,"fields":["certificate_subject","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (38, 4003583392067667, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-8c166711-f120-4999-870d-9a400ab759c5"}', '{"action":"POST /v1/webhooks","uuid":"01a22db8-7143-7243-a7f1-85f717e84f7e","ident":null,"fields":["kinds","name","secret","url"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (39, 4003583392069116, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eddf855f-c23d-4bde-b151-c8dcca949f79"}', '{"action":"PUT /v1/limits/{ident}","uuid":null,"ident":"p","fields":["instances"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (40, 4003583392071596, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-4d0f3a82-98ac-4de3-a5a6-e212907c83ac"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22db8-6de9-70a7-ad19-16a5587471db","ident":"n1","fields":["extra","min_off_secs","power_policy"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (41, 4003583392073902, 'health', 'request', 'good', 'unknown', 'the BMC was not asked yet with these settings', '01a22db8-6deb-7077-8927-23496089ef31', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-cc802b4b-fbed-43e8-9dfd-02d9d5da6c38"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (42, 4003583392074374, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6deb-7077-8927-23496089ef31', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-cc802b4b-fbed-43e8-9dfd-02d9d5da6c38"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22db8-6deb-7077-8927-23496089ef31","ident":"n2","fields":["bmc.address","bmc.kg","bmc.password","bmc.port","bmc.privilege_level","bmc.username"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (43, 4003583392076279, 'task', 'request', NULL, 'queued', NULL, '01a22db8-6deb-7077-8927-23496089ef31', 'n2', NULL, NULL, NULL, '{"uuid":"01a22db8-714c-75a6-90a5-f35bc59facca","kind":"rotate_password","target":null,"step":"rotate_password"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f288a7cb-d6ff-4df1-a4d2-15c6b56b82fa"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (44, 4003583392076451, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6deb-7077-8927-23496089ef31', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f288a7cb-d6ff-4df1-a4d2-15c6b56b82fa"}', '{"action":"POST /v1/nodes/{ident}/rotate-password","uuid":"01a22db8-6deb-7077-8927-23496089ef31","ident":"n2","fields":["password"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (45, 4003583392080309, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-4526336e-8fc3-4af9-9a42-a4919f68adbc"}', '{"action":"POST /v1/images","uuid":"01a22db8-7150-75d0-a717-da7324d8b884","ident":null,"fields":["kernel_args","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (46, 4003583392081719, 'status', 'request', NULL, 'building', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (47, 4003583392081719, 'task', 'request', NULL, 'queued', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', '{"uuid":"01a22db8-7152-7771-8131-97b4e7770214","kind":"deploy","target":"on","step":"fetch_image"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (48, 4003583392083083, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', '{"action":"POST /v1/instances","uuid":"01a22db8-7152-7771-8131-97b3fe2d2627","ident":null,"fields":["availability_zone","image_uuid","instance_type_uuid","name","networks","user_data"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (49, 4003583392089785, 'task', 'task', 'queued', 'observing', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', '{"uuid":"01a22db8-7152-7771-8131-97b4e7770214","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (50, 4003583392092306, 'task', 'task', 'observing', 'observing', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', '{"uuid":"01a22db8-7152-7771-8131-97b4e7770214","kind":"deploy","target":"on","step":"boot_device"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (51, 4003583392094561, 'task', 'task', 'observing', 'observing', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', '{"uuid":"01a22db8-7152-7771-8131-97b4e7770214","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (52, 4003583392095911, 'task', 'task', 'observing', 'issued', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', '{"uuid":"01a22db8-7152-7771-8131-97b4e7770214","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (53, 4003583392097035, 'task', 'task', 'issued', 'waiting', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', '{"uuid":"01a22db8-7152-7771-8131-97b4e7770214","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (54, 4003583392351031, 'power', 'task', 'power off', 'power on', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', '{"uuid":"01a22db8-7152-7771-8131-97b4e7770214","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (55, 4003583392351031, 'status', 'task', 'building', 'active', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', '{"uuid":"01a22db8-7152-7771-8131-97b4e7770214","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (56, 4003583392351031, 'task', 'task', 'waiting', 'done', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', '{"uuid":"01a22db8-7152-7771-8131-97b4e7770214","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (57, 4003583392367362, 'netboot', 'task', NULL, 'script', 'from 127.0.0.1', '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', '{"uuid":"01a22db8-7152-7771-8131-97b4e7770214","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-eead28fa-be6f-42aa-b72b-b66445d911e7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (58, 4003583392369299, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-fe57dbb2-c5fc-40ed-8762-74b6dc7f7e7d"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (59, 4003583392369471, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6de9-70a7-ad19-16a5587471db', 'n1', '01a22db8-6e0a-76fb-b23b-988b521cc895', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-fe57dbb2-c5fc-40ed-8762-74b6dc7f7e7d"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22db8-6de9-70a7-ad19-16a5587471db","ident":"n1","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (60, 4003583392370723, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22db8-6deb-7077-8927-23496089ef31', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-9b863176-c4db-437c-b283-34d6eddafb79"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (61, 4003583392370810, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6deb-7077-8927-23496089ef31', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-9b863176-c4db-437c-b283-34d6eddafb79"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22db8-6deb-7077-8927-23496089ef31","ident":"n2","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (62, 4003583392372154, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-70c5a915-57bb-4e1c-8c74-0d93f6285954"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (63, 4003583392372241, 'audit', 'request', NULL, 'done', NULL, '01a22db8-6ded-710c-9aaf-c8ddd59c653b', 'n3', '01a22db8-7152-7771-8131-97b3fe2d2627', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-70c5a915-57bb-4e1c-8c74-0d93f6285954"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22db8-6ded-710c-9aaf-c8ddd59c653b","ident":"n3","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 17962"}');
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
