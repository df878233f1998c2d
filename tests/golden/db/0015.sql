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
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22ceb-fd50-76fd-8f13-8a65608a52f7', 'any', NULL, 1, 'default', '{}', 1796049993040292, NULL, 1);
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22cec-008a-7177-a596-50485c7f1567', 'gpu', NULL, 0, 'default', '{"cpus":">=8"}', 1796049993866065, NULL, 1);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22ceb-fd52-7761-95aa-69e8433dd445', 'disk', NULL, 'disk', NULL, NULL, NULL, NULL, 'power-on', 1, 'default', 1796049993042435, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22cec-008b-75dc-a404-467a0707efd3', 'debian', NULL, 'network', 'http://127.0.0.1/k', 'http://127.0.0.1/i', NULL, NULL, 'power-on', 1, 'default', 1796049993867600, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision", "kind", "kernel_sha256", "initrd_sha256", "kernel_size", "initrd_size") VALUES ('01a22cec-009d-70ce-ab9d-d0908f57b506', 'live', NULL, 'network', 'http://127.107.0.1:33585/k', NULL, 'quiet ip=${ip}', NULL, 'power-on', 1, 'default', 1796049993885121, NULL, 1, 'deploy', NULL, NULL, NULL, NULL);
INSERT INTO "networks" ("uuid", "name", "vlan", "subnets", "created_at", "updated_at", "revision") VALUES ('01a22ceb-fd54-7457-99fe-ff9a5a613eb5', 'provision', 7, '[{"uuid":"01a22ceb-fd54-7457-99fe-ff9b5c2a9f8c","cidr":"10.7.0.0/24","gateway_ip":"10.7.0.1","dns_nameservers":[],"allocation_pools":[]}]', 1796049993044213, NULL, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', 'z-n1', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'b84302386a688e8bd0d90a5e73a0aa7571d6a0f9a76e541cceacd0d2d7d3b9b2bd', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796049993861910, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{"rack":"r1"}', 1796049993002947, 1796049994174028, 16, '[]', NULL, 'good', 'the BMC answers', 1796049993012116, 1796049993011938, NULL, NULL, 'enforce', 'power on', 7, 1796049993606957, NULL, 0, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22ceb-fd31-74f7-9a85-d00aec3cb199', 'n2', 'z-n2', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'de13ee115f98e295dc6c578dd2282357cbad36e88d7dd2a52838179686741f615c', x'7817ae9019c1967d17fc9539685663d6a6cb3acb98f098d6ee210d3e73cf158dd8ddf407293949b78e06cc42', 'administrator', NULL, NULL, '{}', 2, 'power off', 1796049993017260, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796049993009417, 1796049994176026, 8, '[]', NULL, 'unknown', 'the BMC was not asked yet with these settings', 1796049993878526, NULL, NULL, NULL, 'observe', NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', 'z-n3', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'bb47c8d4ccce3312775a33f49e5bddc74a7225f5e85c7c9f72f2ed3c250b5c0d40', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796049994163426, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796049993012682, 1796049994177660, 9, '[]', NULL, 'good', 'the BMC answers', 1796049993019020, 1796049993018855, NULL, NULL, 'observe', 'power on', NULL, 1796049993905673, NULL, 0, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22ceb-fd2b-70b3-8063-392397a8f7f1', '01a22ceb-fd2a-768b-823d-11774aa46b45', 0, '02:00:00:00:9c:8f', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22ceb-fd31-74f7-9a85-d00b11b2f65a', '01a22ceb-fd31-74f7-9a85-d00aec3cb199', 0, '02:00:00:00:80:55', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22ceb-fd34-7459-b3f5-6bc0c865c8a5', '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 0, '02:00:00:00:c2:a2', NULL, 1);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22ceb-fd56-751b-a313-d188928d1163', 'web1', NULL, '01a22ceb-fd50-76fd-8f13-8a65608a52f7', '01a22ceb-fd52-7761-95aa-69e8433dd445', 'z-n1', '[{"port_id":"01a22ceb-fd2b-70b3-8063-392397a8f7f1","network":"01a22ceb-fd54-7457-99fe-ff9a5a613eb5","mac_address":"02:00:00:00:9c:8f","fixed_ips":[{"ip_address":"10.7.0.2","subnet_id":"01a22ceb-fd54-7457-99fe-ff9b5c2a9f8c"}]}]', 'active', 'power on', 'default', 'root', '{"owner":"golden"}', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 1796049993309458, 1796049993045983, 1796049993861910, 5, NULL);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision", "user_data") VALUES ('01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', NULL, '01a22ceb-fd50-76fd-8f13-8a65608a52f7', '01a22cec-009d-70ce-ab9d-d0908f57b506', 'z-n3', '[{"port_id":"01a22ceb-fd34-7459-b3f5-6bc0c865c8a5","network":"01a22ceb-fd54-7457-99fe-ff9a5a613eb5","mac_address":"02:00:00:00:c2:a2","fixed_ips":[{"ip_address":"10.7.0.3","subnet_id":"01a22ceb-fd54-7457-99fe-ff9b5c2a9f8c"}]}]', 'active', 'power on', 'default', 'root', '{}', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 1796049994163426, 1796049993886643, 1796049994163426, 3, x'a0bd75f46559f0fce9a6fe964b6303d27d3faf9fd9c8fd1b05ecc3a0929691017700679c60029601d1a2e7f820');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22ceb-fd2b-70b3-8063-392397a8f7f1', '01a22ceb-fd56-751b-a313-d188928d1163', '01a22ceb-fd54-7457-99fe-ff9a5a613eb5');
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22ceb-fd34-7459-b3f5-6bc0c865c8a5', '01a22cec-009e-76b4-8edc-3b2e742ec064', '01a22ceb-fd54-7457-99fe-ff9a5a613eb5');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22ceb-fd54-7457-99fe-ff9b5c2a9f8c', x'0a070002', '01a22ceb-fd56-751b-a313-d188928d1163');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22ceb-fd54-7457-99fe-ff9b5c2a9f8c', x'0a070003', '01a22cec-009e-76b4-8edc-3b2e742ec064');
INSERT INTO "idempotency" ("user_id", "project_id", "path", "key", "request_hash", "status", "location", "etag", "body", "created_at") VALUES ('root', 'default', '/instances', 'golden', x'89b0ae1dab4b3ef74ea93e145ad32aa29522651035b76fb5f572834b33a62de1', 201, 'http://localhost/v1/instances/01a22ceb-fd56-751b-a313-d188928d1163', '"6617f79d597df-1"', x'7b226e616d65223a2277656231222c226465736372697074696f6e223a6e756c6c2c22696e7374616e63655f747970655f75756964223a2230316132326365622d666435302d373666642d386631332d386136353630386135326637222c22696d6167655f75756964223a2230316132326365622d666435322d373736312d393561612d363965383433336464343435222c22617661696c6162696c6974795f7a6f6e65223a227a2d6e31222c226e6574776f726b5f696e666f223a7b2230316132326365622d666432622d373062332d383036332d333932333937613866376631223a7b226e6574776f726b223a2230316132326365622d666435342d373435372d393966652d666639613561363133656235222c226d61635f61646472657373223a2230323a30303a30303a30303a39633a3866222c2266697865645f697073223a5b7b2269705f61646472657373223a2231302e372e302e32222c227375626e65745f6964223a2230316132326365622d666435342d373435372d393966652d666639623563326139663863227d5d7d7d2c226c696e6b73223a5b7b2272656c223a2273656c66222c2268726566223a22687474703a2f2f6c6f63616c686f73742f76312f696e7374616e6365732f30316132326365622d666435362d373531622d613331332d643138383932386431313633227d2c7b2272656c223a22626f6f6b6d61726b222c2268726566223a22687474703a2f2f6c6f63616c686f73742f696e7374616e6365732f30316132326365622d666435362d373531622d613331332d643138383932386431313633227d5d2c2275756964223a2230316132326365622d666435362d373531622d613331332d643138383932386431313633222c22737461747573223a226275696c64696e67222c22706f7765725f7374617465223a22706f776572206f6666222c2270726f6a6563745f6964223a2264656661756c74222c22757365725f6964223a22726f6f74222c22757064617465645f6174223a6e756c6c2c22637265617465645f6174223a22323032362d31312d33305431343a34363a33332e3034353938332b30303a3030222c226c61756e636865645f6174223a6e756c6c2c226578747261223a7b226f776e6572223a22676f6c64656e227d2c226c6173745f6572726f72223a6e756c6c2c226e6f64655f75756964223a2230316132326365622d666432612d373638622d383233642d313137373461613436623435227d', 4003569993045983);
INSERT INTO "operations" ("uuid", "target", "project_id", "requested_by", "machines", "created_at", "finished_at", "counts") VALUES ('01a22ceb-ff83-7262-baa4-e7089c74cf98', 'on', 'default', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-291f6564-1d27-464b-ae85-1ef269f9d633"}', 1, 4003569993603462, 4003569993861910, '{"queued":0,"observing":0,"issued":0,"waiting":0,"done":1,"failed":0,"cancelled":0,"refused":0}');
INSERT INTO "operation_nodes" ("operation_id", "position", "node_id", "node_name", "instance_id", "instance_name", "task_id", "state", "step", "error", "ended_at") VALUES ('01a22ceb-ff83-7262-baa4-e7089c74cf98', 0, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', '01a22ceb-ff83-7262-baa4-e709bfe663f4', 'done', NULL, NULL, 1796049993861910);
INSERT INTO "webhooks" ("uuid", "name", "url", "secret", "kinds", "project_id", "delivered_to", "delivered_at", "failures", "last_error", "created_at", "updated_at", "revision") VALUES ('01a22cec-008f-7027-913b-e7e2da0b015c', 'hook', 'http://127.0.0.1:9/', x'480608c7ac1ea69765b60f0cafd9b9061d0c94fa46f308b54753cc579328e875029a5ec040fc511e4ba9cf9cc3efc4e090ad', '["health"]', NULL, 37, NULL, 1, 'the address cannot be reached: client error (Connect): tcp connect error: Connection refused (os error 111)', 1796049993871826, 1796049993881007, 2);
INSERT INTO "project_limits" ("project_id", "instances", "created_at", "updated_at") VALUES ('p', 3, 1796049993873789, NULL);
INSERT INTO "address_floors" ("subnet_id", "address") VALUES ('01a22ceb-fd54-7457-99fe-ff9b5c2a9f8c', x'0a070003');
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22cec-008c-7671-a29d-8b69baabe339', 'secret', 'u', 'p', 'reader', x'02def81b5e67cd65daa8cf9c3ae1f38dfbcd28f838529a8fe5a695341fc3d753', NULL, '["10.0.0.0/8"]', NULL, 1796049993868848, NULL, NULL);
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22cec-008e-77a8-bfcd-3e7223a00080', NULL, 'ci', 'p', 'member', NULL, 'CN=ci,O=Example', '[]', NULL, 1796049993870583, NULL, NULL);
INSERT INTO "staged_passwords" ("node_id", "password", "sent_at", "sends", "old_seen") VALUES ('01a22ceb-fd31-74f7-9a85-d00aec3cb199', x'c323fae26d43606a06c7a8b4bcb66c7d3c94901b47c5291662ed337c75a05bbc372e912d88668bf5121b', NULL, 0, 0);
INSERT INTO "sealing_key" ("id", "proof") VALUES (1, x'fd29a5873ca07864a587ab9a75e1bff84b4e4156ab98f4fdcd983d0900d491f9cea029ca1873a2475a7d0bc6cda301091dda1d2d');
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22ceb-fd57-7512-b060-230f6960679f', 'deploy', 'on', 'done', '["ensure_off","ensure_on"]', 2, NULL, 0, '01a22ceb-fd2a-768b-823d-11774aa46b45', '01a22ceb-fd56-751b-a313-d188928d1163', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0ad44eeb-32a9-48da-8602-b9af80c32c2b"}', NULL, 1796049993045983, 1796049993309458, 1796052993309297, 1796049993309458, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22ceb-fe74-73bd-b8d6-147d5b5103e3', 'power', 'off', 'done', '["ensure_off"]', 1, NULL, 0, '01a22ceb-fd2a-768b-823d-11774aa46b45', '01a22ceb-fd56-751b-a313-d188928d1163', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a9a3dc1d-db93-4a39-8861-ec0388b3fcbb"}', NULL, 1796049993332090, 1796049993589542, 1796052993589421, 1796049993589542, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22ceb-ff83-7262-baa4-e709bfe663f4', 'power', 'on', 'done', '["ensure_on"]', 1, NULL, 0, '01a22ceb-fd2a-768b-823d-11774aa46b45', '01a22ceb-fd56-751b-a313-d188928d1163', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-291f6564-1d27-464b-ae85-1ef269f9d633"}', NULL, 1796049993603787, 1796049993861910, 1796052993861826, 1796049993861910, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cec-009a-75eb-ba10-2898d429e124', 'rotate_password', NULL, 'queued', '["rotate_password"]', 0, NULL, 0, '01a22ceb-fd31-74f7-9a85-d00aec3cb199', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-bf34bb4e-1038-4c84-a543-fda2f13531ab"}', NULL, 1796049993882214, 1796049993882214, 1796052993882214, NULL, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22cec-009f-7251-9db8-4b33216c2f20', 'deploy', 'on', 'done', '["fetch_image","ensure_off",{"boot_device":{"boot_device":"pxe","persistent":false,"uefi":false}},"ensure_on"]', 4, NULL, 0, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', '01a22cec-009e-76b4-8edc-3b2e742ec064', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL, 1796049993886643, 1796049994163426, 1796052994163275, 1796049994163426, NULL, 0);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22ceb-fd57-7512-b060-230f6960679f', 1, 1796049993051338, 'ensure_off', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22ceb-fd57-7512-b060-230f6960679f', 2, 1796049993053278, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22ceb-fd57-7512-b060-230f6960679f', 3, 1796049993055135, 'ensure_on', 'accepted', 'the BMC accepted power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22ceb-fd57-7512-b060-230f6960679f', 4, 1796049993309458, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22ceb-fe74-73bd-b8d6-147d5b5103e3', 1, 1796049993334986, 'ensure_off', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22ceb-fe74-73bd-b8d6-147d5b5103e3', 2, 1796049993336383, 'ensure_off', 'accepted', 'the BMC accepted power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22ceb-fe74-73bd-b8d6-147d5b5103e3', 3, 1796049993589542, 'ensure_off', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22ceb-ff83-7262-baa4-e709bfe663f4', 1, 1796049993606957, 'ensure_on', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22ceb-ff83-7262-baa4-e709bfe663f4', 2, 1796049993608358, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22ceb-ff83-7262-baa4-e709bfe663f4', 3, 1796049993861910, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cec-009f-7251-9db8-4b33216c2f20', 1, 1796049993898316, 'fetch_image', 'here', NULL, 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cec-009f-7251-9db8-4b33216c2f20', 2, 1796049993901278, 'ensure_off', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cec-009f-7251-9db8-4b33216c2f20', 3, 1796049993904069, 'boot_device', 'set', 'the boot device is pxe', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cec-009f-7251-9db8-4b33216c2f20', 4, 1796049993905673, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cec-009f-7251-9db8-4b33216c2f20', 5, 1796049993908855, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22cec-009f-7251-9db8-4b33216c2f20', 6, 1796049994163426, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "fetched_files" ("url", "sha256", "size", "etag", "last_modified", "used_at") VALUES ('http://127.107.0.1:33585/k', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', 8, '"8-97"', NULL, 4003569993896831);
INSERT INTO "netboots" ("task_id", "node_id", "instance_id", "image_id", "secret", "secret_hash", "completion", "kernel_args", "user_data", "kernel_sha256", "initrd_sha256", "tries", "expires_at", "created_at") VALUES ('01a22cec-009f-7251-9db8-4b33216c2f20', '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', '01a22cec-009e-76b4-8edc-3b2e742ec064', '01a22cec-009d-70ce-ab9d-d0908f57b506', x'26c9859e8785a3153fee16fd8d2d273c4d61d9a0a89e4a3369ed21257b9825dc4e3e55b717b1ee6774bd4adfefd68a4cbe924edc04258d7a5d3ecd3c22f08c86e807886a102ca5cf28e7e5b7cc07372bdbca877416c65d9bfc980568', x'14876fdfbb592955f01497040b0c786169fd70a185a0f9b2623054359b3e8d07', 'power-on', 'quiet ip=${ip}', x'f55756552f96ccca192b2c49dcad368c640e4ec4b90b014d74cd9342eb76c545b7ccff5960671dbfdea5b495be', '4fff0d3e643b3894c17a0738fbdc591953aa722c9d42774425090accc4377126', NULL, 0, 4003573594163426, 1796049993886643);
INSERT INTO "milestones" ("task_id", "name", "at", "last_at", "times", "detail") VALUES ('01a22cec-009f-7251-9db8-4b33216c2f20', 'script', 1796049994171357, 1796049994171357, 1, 'from 127.0.0.1');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (1, 4003569993007181, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ec8d6248-4726-44f9-9ecc-86c9ca2140ea"}', '{"action":"POST /v1/nodes","uuid":"01a22ceb-fd2a-768b-823d-11774aa46b45","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (2, 4003569993010430, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd31-74f7-9a85-d00aec3cb199', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-cadccde1-1a70-4f8a-b393-00294ad1fda9"}', '{"action":"POST /v1/nodes","uuid":"01a22ceb-fd31-74f7-9a85-d00aec3cb199","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (3, 4003569993012116, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (4, 4003569993013323, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6998af35-39e0-4793-b83c-7e31e9a2a0a8"}', '{"action":"POST /v1/nodes","uuid":"01a22ceb-fd34-7459-b3f5-6bbf491d0fdb","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (5, 4003569993014758, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22ceb-fd31-74f7-9a85-d00aec3cb199', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (6, 4003569993016447, 'power', 'contact', NULL, 'power off', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (7, 4003569993017260, 'power', 'contact', NULL, 'power off', NULL, '01a22ceb-fd31-74f7-9a85-d00aec3cb199', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (8, 4003569993019020, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (9, 4003569993020116, 'power', 'contact', NULL, 'power off', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (10, 4003569993040635, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-00b7ad4a-bba4-408d-9abc-196f3ea56bf5"}', '{"action":"POST /v1/types","uuid":"01a22ceb-fd50-76fd-8f13-8a65608a52f7","ident":null,"fields":["name"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (11, 4003569993042744, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-51007657-6154-4767-9cb7-537cacd4245a"}', '{"action":"POST /v1/images","uuid":"01a22ceb-fd52-7761-95aa-69e8433dd445","ident":null,"fields":["boot","name"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (12, 4003569993044483, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ce65b3d0-bbd3-4c1a-8d1c-f8eb070fd21c"}', '{"action":"POST /v1/networks","uuid":"01a22ceb-fd54-7457-99fe-ff9a5a613eb5","ident":null,"fields":["name","subnets","vlan"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (13, 4003569993045983, 'status', 'request', NULL, 'building', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0ad44eeb-32a9-48da-8602-b9af80c32c2b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (14, 4003569993045983, 'task', 'request', NULL, 'queued', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fd57-7512-b060-230f6960679f","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0ad44eeb-32a9-48da-8602-b9af80c32c2b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (15, 4003569993047788, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0ad44eeb-32a9-48da-8602-b9af80c32c2b"}', '{"action":"POST /v1/instances","uuid":"01a22ceb-fd56-751b-a313-d188928d1163","ident":null,"fields":["availability_zone","extra","image_uuid","instance_type_uuid","name","networks"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (16, 4003569993051338, 'task', 'task', 'queued', 'observing', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fd57-7512-b060-230f6960679f","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0ad44eeb-32a9-48da-8602-b9af80c32c2b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (17, 4003569993053278, 'task', 'task', 'observing', 'issued', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fd57-7512-b060-230f6960679f","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0ad44eeb-32a9-48da-8602-b9af80c32c2b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (18, 4003569993055135, 'task', 'task', 'issued', 'waiting', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fd57-7512-b060-230f6960679f","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0ad44eeb-32a9-48da-8602-b9af80c32c2b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (19, 4003569993309458, 'power', 'task', 'power off', 'power on', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fd57-7512-b060-230f6960679f","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0ad44eeb-32a9-48da-8602-b9af80c32c2b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (20, 4003569993309458, 'status', 'task', 'building', 'active', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fd57-7512-b060-230f6960679f","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0ad44eeb-32a9-48da-8602-b9af80c32c2b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (21, 4003569993309458, 'task', 'task', 'waiting', 'done', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fd57-7512-b060-230f6960679f","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0ad44eeb-32a9-48da-8602-b9af80c32c2b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (22, 4003569993332090, 'task', 'request', NULL, 'queued', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fe74-73bd-b8d6-147d5b5103e3","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a9a3dc1d-db93-4a39-8861-ec0388b3fcbb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (23, 4003569993332435, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a9a3dc1d-db93-4a39-8861-ec0388b3fcbb"}', '{"action":"PUT /v1/instances/{ident}/states/power","uuid":"01a22ceb-fd56-751b-a313-d188928d1163","ident":"01a22ceb-fd56-751b-a313-d188928d1163","fields":["target"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (24, 4003569993334986, 'task', 'task', 'queued', 'issued', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fe74-73bd-b8d6-147d5b5103e3","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a9a3dc1d-db93-4a39-8861-ec0388b3fcbb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (25, 4003569993336383, 'task', 'task', 'issued', 'waiting', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fe74-73bd-b8d6-147d5b5103e3","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a9a3dc1d-db93-4a39-8861-ec0388b3fcbb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (26, 4003569993589542, 'power', 'task', 'power on', 'power off', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fe74-73bd-b8d6-147d5b5103e3","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a9a3dc1d-db93-4a39-8861-ec0388b3fcbb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (27, 4003569993589542, 'task', 'task', 'waiting', 'done', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-fe74-73bd-b8d6-147d5b5103e3","kind":"power","target":"off","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a9a3dc1d-db93-4a39-8861-ec0388b3fcbb"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (28, 4003569993603787, 'task', 'request', NULL, 'queued', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-ff83-7262-baa4-e709bfe663f4","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-291f6564-1d27-464b-ae85-1ef269f9d633"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (29, 4003569993604419, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-291f6564-1d27-464b-ae85-1ef269f9d633"}', '{"action":"POST /v1/power","uuid":"01a22ceb-ff83-7262-baa4-e7089c74cf98","ident":null,"fields":["instances","target"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (30, 4003569993606957, 'task', 'task', 'queued', 'issued', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-ff83-7262-baa4-e709bfe663f4","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-291f6564-1d27-464b-ae85-1ef269f9d633"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (31, 4003569993608358, 'task', 'task', 'issued', 'waiting', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-ff83-7262-baa4-e709bfe663f4","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-291f6564-1d27-464b-ae85-1ef269f9d633"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (32, 4003569993861910, 'power', 'task', 'power off', 'power on', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-ff83-7262-baa4-e709bfe663f4","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-291f6564-1d27-464b-ae85-1ef269f9d633"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (33, 4003569993861910, 'task', 'task', 'waiting', 'done', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', '{"uuid":"01a22ceb-ff83-7262-baa4-e709bfe663f4","kind":"power","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-291f6564-1d27-464b-ae85-1ef269f9d633"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (34, 4003569993866271, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-3f333241-8ce0-421d-9c61-e99a3a222506"}', '{"action":"POST /v1/types","uuid":"01a22cec-008a-7177-a596-50485c7f1567","ident":null,"fields":["extra_specs","is_public","name"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (35, 4003569993867774, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-9420b4ca-0c99-4473-8edc-7e5ebbea6b88"}', '{"action":"POST /v1/images","uuid":"01a22cec-008b-75dc-a404-467a0707efd3","ident":null,"fields":["initrd_url","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (36, 4003569993869171, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-d33fef15-573a-4e04-910f-265734f6058f"}', '{"action":"POST /v1/tokens","uuid":"01a22cec-008c-7671-a29d-8b69baabe339","ident":null,"fields":["name","networks","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (37, 4003569993870703, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-0af974af-9691-4a22-8771-c17a00a80e8a"}', '{"action":"POST /v1/tokens","uuid":"01a22cec-008e-77a8-bfcd-3e7223a00080","ident":null,"fields":["certificate_subject","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (38, 4003569993872150, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-9c64a20b-5557-4da5-82d2-087732706ba3"}', '{"action":"POST /v1/webhooks","uuid":"01a22cec-008f-7027-913b-e7e2da0b015c","ident":null,"fields":["kinds","name","secret","url"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (39, 4003569993873897, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-bec5cb7f-f8e3-4c22-8f8d-c4ebd7592709"}', '{"action":"PUT /v1/limits/{ident}","uuid":null,"ident":"p","fields":["instances"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (40, 4003569993876482, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2f6c218f-35eb-47fd-937e-e4b8499e818a"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22ceb-fd2a-768b-823d-11774aa46b45","ident":"n1","fields":["extra","min_off_secs","power_policy"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (41, 4003569993878526, 'health', 'request', 'good', 'unknown', 'the BMC was not asked yet with these settings', '01a22ceb-fd31-74f7-9a85-d00aec3cb199', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f6677849-8ad8-4501-8343-1362ff407e55"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (42, 4003569993878965, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd31-74f7-9a85-d00aec3cb199', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-f6677849-8ad8-4501-8343-1362ff407e55"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22ceb-fd31-74f7-9a85-d00aec3cb199","ident":"n2","fields":["bmc.address","bmc.kg","bmc.password","bmc.port","bmc.privilege_level","bmc.username"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (43, 4003569993882214, 'task', 'request', NULL, 'queued', NULL, '01a22ceb-fd31-74f7-9a85-d00aec3cb199', 'n2', NULL, NULL, NULL, '{"uuid":"01a22cec-009a-75eb-ba10-2898d429e124","kind":"rotate_password","target":null,"step":"rotate_password"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-bf34bb4e-1038-4c84-a543-fda2f13531ab"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (44, 4003569993882439, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd31-74f7-9a85-d00aec3cb199', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-bf34bb4e-1038-4c84-a543-fda2f13531ab"}', '{"action":"POST /v1/nodes/{ident}/rotate-password","uuid":"01a22ceb-fd31-74f7-9a85-d00aec3cb199","ident":"n2","fields":["password"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (45, 4003569993885318, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-90bc4b9f-452e-4b86-a6e7-65cc3ba7d144"}', '{"action":"POST /v1/images","uuid":"01a22cec-009d-70ce-ab9d-d0908f57b506","ident":null,"fields":["kernel_args","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (46, 4003569993886643, 'status', 'request', NULL, 'building', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (47, 4003569993886643, 'task', 'request', NULL, 'queued', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', '{"uuid":"01a22cec-009f-7251-9db8-4b33216c2f20","kind":"deploy","target":"on","step":"fetch_image"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (48, 4003569993887805, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', '{"action":"POST /v1/instances","uuid":"01a22cec-009e-76b4-8edc-3b2e742ec064","ident":null,"fields":["availability_zone","image_uuid","instance_type_uuid","name","networks","user_data"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (49, 4003569993898316, 'task', 'task', 'queued', 'observing', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', '{"uuid":"01a22cec-009f-7251-9db8-4b33216c2f20","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (50, 4003569993901278, 'task', 'task', 'observing', 'observing', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', '{"uuid":"01a22cec-009f-7251-9db8-4b33216c2f20","kind":"deploy","target":"on","step":"boot_device"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (51, 4003569993904069, 'task', 'task', 'observing', 'observing', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', '{"uuid":"01a22cec-009f-7251-9db8-4b33216c2f20","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (52, 4003569993905673, 'task', 'task', 'observing', 'issued', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', '{"uuid":"01a22cec-009f-7251-9db8-4b33216c2f20","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (53, 4003569993908855, 'task', 'task', 'issued', 'waiting', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', '{"uuid":"01a22cec-009f-7251-9db8-4b33216c2f20","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (54, 4003569994163426, 'power', 'task', 'power off', 'power on', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', '{"uuid":"01a22cec-009f-7251-9db8-4b33216c2f20","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (55, 4003569994163426, 'status', 'task', 'building', 'active', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', '{"uuid":"01a22cec-009f-7251-9db8-4b33216c2f20","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (56, 4003569994163426, 'task', 'task', 'waiting', 'done', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', '{"uuid":"01a22cec-009f-7251-9db8-4b33216c2f20","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (57, 4003569994171357, 'netboot', 'task', NULL, 'script', 'from 127.0.0.1', '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', '{"uuid":"01a22cec-009f-7251-9db8-4b33216c2f20","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-2fff09c1-9b4d-473e-b39d-6a2150ab8aa0"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (58, 4003569994174028, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1ab99a09-0ba9-407d-ad01-65c12d76fcaa"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (59, 4003569994174278, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd2a-768b-823d-11774aa46b45', 'n1', '01a22ceb-fd56-751b-a313-d188928d1163', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1ab99a09-0ba9-407d-ad01-65c12d76fcaa"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22ceb-fd2a-768b-823d-11774aa46b45","ident":"n1","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (60, 4003569994176026, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22ceb-fd31-74f7-9a85-d00aec3cb199', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-163c1e48-0b7b-4c51-ae2c-ef65a6beef7e"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (61, 4003569994176185, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd31-74f7-9a85-d00aec3cb199', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-163c1e48-0b7b-4c51-ae2c-ef65a6beef7e"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22ceb-fd31-74f7-9a85-d00aec3cb199","ident":"n2","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (62, 4003569994177660, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a36380b5-20ba-4193-9af9-fd3f8c990730"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (63, 4003569994177811, 'audit', 'request', NULL, 'done', NULL, '01a22ceb-fd34-7459-b3f5-6bbf491d0fdb', 'n3', '01a22cec-009e-76b4-8edc-3b2e742ec064', 'web2', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a36380b5-20ba-4193-9af9-fd3f8c990730"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22ceb-fd34-7459-b3f5-6bbf491d0fdb","ident":"n3","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 31851"}');
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
CREATE INDEX nodes_by_guid ON nodes (guid) WHERE guid IS NOT NULL;
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
