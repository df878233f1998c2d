PRAGMA foreign_keys = OFF;
BEGIN;
PRAGMA application_id = 1330861132;
PRAGMA user_version = 14;
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
) STRICT;
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
) STRICT;
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
CREATE TABLE "events" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('power', 'status', 'health', 'task', 'maintenance', 'audit')),
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
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22c05-f73e-7197-b26e-42649be7509d', 'any', NULL, 1, 'default', '{}', 1796034918206311, NULL, 1);
INSERT INTO "types" ("uuid", "name", "description", "is_public", "project_id", "extra_specs", "created_at", "updated_at", "revision") VALUES ('01a22c05-faa6-7123-b694-9265a18c919b', 'gpu', NULL, 0, 'default', '{"cpus":">=8"}', 1796034919078666, NULL, 1);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision") VALUES ('01a22c05-f747-7263-b16d-dd259bc0b005', 'disk', NULL, 'disk', NULL, NULL, NULL, NULL, 'power-on', 1, 'default', 1796034918215314, NULL, 1);
INSERT INTO "images" ("uuid", "name", "description", "boot", "kernel_url", "initrd_url", "kernel_args", "user_data", "completion", "is_public", "project_id", "created_at", "updated_at", "revision") VALUES ('01a22c05-faa8-72f8-8ce8-9e3a83c3648b', 'debian', NULL, 'network', 'http://127.0.0.1/k', 'http://127.0.0.1/i', NULL, NULL, 'power-on', 1, 'default', 1796034919080511, NULL, 1);
INSERT INTO "networks" ("uuid", "name", "vlan", "subnets", "created_at", "updated_at", "revision") VALUES ('01a22c05-f748-73a8-96a1-1049020546ad', 'provision', 7, '[{"uuid":"01a22c05-f748-73a8-96a1-104a606772fd","cidr":"10.7.0.0/24","gateway_ip":"10.7.0.1","dns_nameservers":[],"allocation_pools":[]}]', 1796034918216773, NULL, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', 'z-n1', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'516827d9200218a66a8d0076532c794b9a4fa8b2e41876cb0a5002290870742a24', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power on', 1796034919075123, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{"rack":"r1"}', 1796034918153333, 1796034919101150, 16, '[]', NULL, 'good', 'the BMC answers', 1796034918162906, 1796034918160874, NULL, NULL, 'enforce', 'power on', 7, 1796034918819210, NULL, 0, 1);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22c05-f70e-71f8-b548-9cd4f03db6a8', 'n2', 'z-n2', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'a5bda53c6cf6616bc2f6fc06945fb26ebcea92c7ec639d370e09ce2177b3f693ec', x'5a2600a1322fe3a34baade91022a9a39cec6ba0386209fe080e981cb44d1054dd3bd9f1e64038e1a4cc34d95', 'administrator', NULL, NULL, '{}', 2, 'power off', 1796034918185701, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796034918158668, 1796034919102565, 8, '[]', NULL, 'unknown', 'the BMC was not asked yet with these settings', 1796034919094315, NULL, NULL, NULL, 'observe', NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO "nodes" ("uuid", "name", "availability_zone", "type_id", "properties", "bmc_interface", "bmc_address", "bmc_port", "bmc_username", "bmc_password", "bmc_kg", "bmc_privilege_level", "bmc_cipher_suite", "bmc_device", "bmc_profile", "bmc_revision", "power_state", "power_state_at", "target_power_state", "unsettled_action", "unsettled_at", "last_error", "last_error_kind", "maintenance", "maintenance_reason", "extra", "created_at", "updated_at", "revision", "bmc_quirks", "unsettled_task", "health_state", "health_message", "health_since", "last_contact_at", "last_power_state", "last_power_state_at", "power_policy", "wanted_power", "min_off_secs", "turned_on_at", "guid", "is_own", "taken") VALUES ('01a22c05-f714-7129-8403-dc36cf16e351', 'n3', 'z-n3', NULL, '{"cpus":null,"memory_mb":null,"local_gb":null,"cpu_arch":null,"capabilities":{}}', 'lan', '127.0.0.1', 9, 'admin', x'e2b3ac3010338232451bba8c98c2be748c1f0b8402fab6eec4de0ef07d98e4db73', NULL, 'operator', NULL, NULL, '{"cipher_suite":17,"quirks":[],"offered_suites":[17,3]}', 1, 'power off', 1796034918188035, NULL, NULL, NULL, NULL, NULL, 1, 'as in a museum', '{}', 1796034918164743, 1796034919103832, 5, '[]', NULL, 'good', 'the BMC answers', 1796034918184794, 1796034918184252, NULL, NULL, 'observe', NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22c05-f709-7116-a595-6c2a8fb64e21', '01a22c05-f709-7116-a595-6c2906cce7c5', 0, '02:00:00:00:94:98', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22c05-f70e-71f8-b548-9cd52f836ebc', '01a22c05-f70e-71f8-b548-9cd4f03db6a8', 0, '02:00:00:00:cd:3e', NULL, 1);
INSERT INTO "ports" ("uuid", "node_id", "position", "mac_address", "port_type", "pxe_enabled") VALUES ('01a22c05-f714-7129-8403-dc37999edf1e', '01a22c05-f714-7129-8403-dc36cf16e351', 0, '02:00:00:00:cf:73', NULL, 1);
INSERT INTO "instances" ("uuid", "name", "description", "type_id", "image_id", "availability_zone", "network_info", "status", "power_state", "project_id", "user_id", "extra", "last_error", "node_id", "launched_at", "created_at", "updated_at", "revision") VALUES ('01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', NULL, '01a22c05-f73e-7197-b26e-42649be7509d', '01a22c05-f747-7263-b16d-dd259bc0b005', 'z-n1', '[{"port_id":"01a22c05-f709-7116-a595-6c2a8fb64e21","network":"01a22c05-f748-73a8-96a1-1049020546ad","mac_address":"02:00:00:00:94:98","fixed_ips":[{"ip_address":"10.7.0.2","subnet_id":"01a22c05-f748-73a8-96a1-104a606772fd"}]}]', 'active', 'power on', 'default', 'root', '{"owner":"golden"}', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 1796034918494428, 1796034918218328, 1796034919075123, 5);
INSERT INTO "attachments" ("port_id", "instance_id", "network_id") VALUES ('01a22c05-f709-7116-a595-6c2a8fb64e21', '01a22c05-f74a-74cb-88ac-6213ceb62e71', '01a22c05-f748-73a8-96a1-1049020546ad');
INSERT INTO "addresses" ("subnet_id", "address", "instance_id") VALUES ('01a22c05-f748-73a8-96a1-104a606772fd', x'0a070002', '01a22c05-f74a-74cb-88ac-6213ceb62e71');
INSERT INTO "idempotency" ("user_id", "project_id", "path", "key", "request_hash", "status", "location", "etag", "body", "created_at") VALUES ('root', 'default', '/instances', 'golden', x'7a405c813b0a349674d56cc8660d3567692277231c3df6f5545abcf426f7d84c', 201, 'http://localhost/v1/instances/01a22c05-f74a-74cb-88ac-6213ceb62e71', '"6617bf74dfa58-1"', x'7b226e616d65223a2277656231222c226465736372697074696f6e223a6e756c6c2c22696e7374616e63655f747970655f75756964223a2230316132326330352d663733652d373139372d623236652d343236343962653735303964222c22696d6167655f75756964223a2230316132326330352d663734372d373236332d623136642d646432353962633062303035222c22617661696c6162696c6974795f7a6f6e65223a227a2d6e31222c226e6574776f726b5f696e666f223a7b2230316132326330352d663730392d373131362d613539352d366332613866623634653231223a7b226e6574776f726b223a2230316132326330352d663734382d373361382d393661312d313034393032303534366164222c226d61635f61646472657373223a2230323a30303a30303a30303a39343a3938222c2266697865645f697073223a5b7b2269705f61646472657373223a2231302e372e302e32222c227375626e65745f6964223a2230316132326330352d663734382d373361382d393661312d313034613630363737326664227d5d7d7d2c226c696e6b73223a5b7b2272656c223a2273656c66222c2268726566223a22687474703a2f2f6c6f63616c686f73742f76312f696e7374616e6365732f30316132326330352d663734612d373463622d383861632d363231336365623632653731227d2c7b2272656c223a22626f6f6b6d61726b222c2268726566223a22687474703a2f2f6c6f63616c686f73742f696e7374616e6365732f30316132326330352d663734612d373463622d383861632d363231336365623632653731227d5d2c2275756964223a2230316132326330352d663734612d373463622d383861632d363231336365623632653731222c22737461747573223a226275696c64696e67222c22706f7765725f7374617465223a22706f776572206f6666222c2270726f6a6563745f6964223a2264656661756c74222c22757365725f6964223a22726f6f74222c22757064617465645f6174223a6e756c6c2c22637265617465645f6174223a22323032362d31312d33305431303a33353a31382e3231383332382b30303a3030222c226c61756e636865645f6174223a6e756c6c2c226578747261223a7b226f776e6572223a22676f6c64656e227d2c226c6173745f6572726f72223a6e756c6c2c226e6f64655f75756964223a2230316132326330352d663730392d373131362d613539352d366332393036636365376335227d', 4003554918218328);
INSERT INTO "operations" ("uuid", "target", "project_id", "requested_by", "machines", "created_at", "finished_at", "counts") VALUES ('01a22c05-f99f-77c7-bfd8-61b6447c8ab3', 'on', 'default', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1b784de1-ec78-46c8-bafb-530fb43915ae"}', 1, 4003554918815380, 4003554919075123, '{"queued":0,"observing":0,"issued":0,"waiting":0,"done":1,"failed":0,"cancelled":0,"refused":0}');
INSERT INTO "operation_nodes" ("operation_id", "position", "node_id", "node_name", "instance_id", "instance_name", "task_id", "state", "step", "error", "ended_at") VALUES ('01a22c05-f99f-77c7-bfd8-61b6447c8ab3', 0, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', '01a22c05-f99f-77c7-bfd8-61b766f0f08b', 'done', NULL, NULL, 1796034919075123);
INSERT INTO "webhooks" ("uuid", "name", "url", "secret", "kinds", "project_id", "delivered_to", "delivered_at", "failures", "last_error", "created_at", "updated_at", "revision") VALUES ('01a22c05-faac-7629-be8a-4e65ff4ca375', 'hook', 'http://127.0.0.1:9/', x'd95c175eef7067dd2fe987c0d810638192653ea2e263444884b4d8025749fd3e65ef1738566a9cd3a9b79647bd73f5cdc61f', '["health"]', NULL, 37, NULL, 1, 'the address cannot be reached: client error (Connect): tcp connect error: Connection refused (os error 111)', 1796034919084685, 1796034919101020, 2);
INSERT INTO "project_limits" ("project_id", "instances", "created_at", "updated_at") VALUES ('p', 3, 1796034919087941, NULL);
INSERT INTO "address_floors" ("subnet_id", "address") VALUES ('01a22c05-f748-73a8-96a1-104a606772fd', x'0a070002');
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22c05-faa9-76e8-9d8e-0f523ea9fde1', 'secret', 'u', 'p', 'reader', x'8b2f09aa776798aa1bdb4d55e29f189ecde49dc1da3aa0c42ce841f2b7c758db', NULL, '["10.0.0.0/8"]', NULL, 1796034919081953, NULL, NULL);
INSERT INTO "tokens" ("uuid", "name", "user_id", "project_id", "role", "hash", "certificate_subject", "networks", "expires_at", "created_at", "last_used_at", "last_used_from") VALUES ('01a22c05-faab-77c5-b412-95c5c9c5ab28', NULL, 'ci', 'p', 'member', NULL, 'CN=ci,O=Example', '[]', NULL, 1796034919083457, NULL, NULL);
INSERT INTO "staged_passwords" ("node_id", "password", "sent_at", "sends", "old_seen") VALUES ('01a22c05-f70e-71f8-b548-9cd4f03db6a8', x'ac9ba52c5e4ecb9ee405f8fd1d35e42c3847d668322a16befb26eaa05b03d76296f0b4824e6a322592f7', NULL, 0, 0);
INSERT INTO "sealing_key" ("id", "proof") VALUES (1, x'30f9af5e64f21c74b90c0fd7f3e8693d20ad026452eacc6a091fb2302cbbd880fd3eea9175887454f05571c56d8b7d644cc74a73');
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22c05-f74b-7215-a3e0-8496197131d9', 'deploy', 'on', 'done', '["ensure_off","ensure_on"]', 2, NULL, 0, '01a22c05-f709-7116-a595-6c2906cce7c5', '01a22c05-f74a-74cb-88ac-6213ceb62e71', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ca8b6a16-3370-4a70-8627-904d78687c7a"}', NULL, 1796034918218328, 1796034918494428, 1796037918491081, 1796034918494428, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22c05-f872-7752-a8ef-16ae87902088', 'power', 'off', 'done', '["ensure_off"]', 1, NULL, 0, '01a22c05-f709-7116-a595-6c2906cce7c5', '01a22c05-f74a-74cb-88ac-6213ceb62e71', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-c48e8d00-a3da-4d96-a597-929fe37f887f"}', NULL, 1796034918514579, 1796034918800042, 1796037918799964, 1796034918800042, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22c05-f99f-77c7-bfd8-61b766f0f08b', 'power', 'on', 'done', '["ensure_on"]', 1, NULL, 0, '01a22c05-f709-7116-a595-6c2906cce7c5', '01a22c05-f74a-74cb-88ac-6213ceb62e71', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1b784de1-ec78-46c8-bafb-530fb43915ae"}', NULL, 1796034918815900, 1796034919075123, 1796037919075038, 1796034919075123, NULL, 0);
INSERT INTO "tasks" ("uuid", "kind", "target", "state", "steps", "step", "issued_at", "accepted", "node_id", "instance_id", "requested_by", "timeout_secs", "created_at", "updated_at", "deadline_at", "finished_at", "error", "escalate") VALUES ('01a22c05-fab9-775a-ae59-b1cb477dbfbb', 'rotate_password', NULL, 'queued', '["rotate_password"]', 0, NULL, 0, '01a22c05-f70e-71f8-b548-9cd4f03db6a8', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-3961799a-e0ed-4e20-87da-861d3209790a"}', NULL, 1796034919097450, 1796034919097450, 1796037919097450, NULL, NULL, 0);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22c05-f74b-7215-a3e0-8496197131d9', 1, 1796034918227852, 'ensure_off', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22c05-f74b-7215-a3e0-8496197131d9', 2, 1796034918230251, 'ensure_on', 'read', 'the BMC says power off', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22c05-f74b-7215-a3e0-8496197131d9', 3, 1796034918233382, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22c05-f74b-7215-a3e0-8496197131d9', 4, 1796034918494428, 'ensure_on', 'read', 'the BMC says power on', 4, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22c05-f872-7752-a8ef-16ae87902088', 1, 1796034918522678, 'ensure_off', 'read', 'the BMC says power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22c05-f872-7752-a8ef-16ae87902088', 2, 1796034918535508, 'ensure_off', 'accepted', 'the BMC accepted power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22c05-f872-7752-a8ef-16ae87902088', 3, 1796034918800042, 'ensure_off', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22c05-f99f-77c7-bfd8-61b766f0f08b', 1, 1796034918819210, 'ensure_on', 'read', 'the BMC says power off', 1, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22c05-f99f-77c7-bfd8-61b766f0f08b', 2, 1796034918820705, 'ensure_on', 'accepted', 'the BMC accepted power on', 0, 1, NULL);
INSERT INTO "attempts" ("task_id", "seq", "at", "step", "outcome", "detail", "elapsed_ms", "times", "last_at") VALUES ('01a22c05-f99f-77c7-bfd8-61b766f0f08b', 3, 1796034919075123, 'ensure_on', 'read', 'the BMC says power on', 1, 1, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (1, 4003554918154756, 'audit', 'request', NULL, 'done', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-9b033cf2-7ffb-4dd2-a664-cb7b6d811b0a"}', '{"action":"POST /v1/nodes","uuid":"01a22c05-f709-7116-a595-6c2906cce7c5","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (2, 4003554918159145, 'audit', 'request', NULL, 'done', NULL, '01a22c05-f70e-71f8-b548-9cd4f03db6a8', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-7af80058-055b-4276-9bea-f5fc7c33b9c5"}', '{"action":"POST /v1/nodes","uuid":"01a22c05-f70e-71f8-b548-9cd4f03db6a8","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (3, 4003554918162906, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (4, 4003554918169134, 'audit', 'request', NULL, 'done', NULL, '01a22c05-f714-7129-8403-dc36cf16e351', 'n3', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-6d952f04-e0a8-451a-9697-2407e55a22b2"}', '{"action":"POST /v1/nodes","uuid":"01a22c05-f714-7129-8403-dc36cf16e351","ident":null,"fields":["availability_zone","bmc.address","bmc.password","bmc.port","bmc.username","name","ports"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (5, 4003554918169211, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22c05-f70e-71f8-b548-9cd4f03db6a8', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (6, 4003554918184794, 'health', 'contact', 'unknown', 'good', 'the BMC answers', '01a22c05-f714-7129-8403-dc36cf16e351', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (7, 4003554918185474, 'power', 'contact', NULL, 'power off', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (8, 4003554918185701, 'power', 'contact', NULL, 'power off', NULL, '01a22c05-f70e-71f8-b548-9cd4f03db6a8', 'n2', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (9, 4003554918188035, 'power', 'contact', NULL, 'power off', NULL, '01a22c05-f714-7129-8403-dc36cf16e351', 'n3', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (10, 4003554918206557, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-a6e68588-5713-4089-9caf-2305d004ba9d"}', '{"action":"POST /v1/types","uuid":"01a22c05-f73e-7197-b26e-42649be7509d","ident":null,"fields":["name"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (11, 4003554918215546, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-aa63316c-09fa-461f-9b95-7fab3945fe25"}', '{"action":"POST /v1/images","uuid":"01a22c05-f747-7263-b16d-dd259bc0b005","ident":null,"fields":["boot","name"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (12, 4003554918216953, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-72f6eebc-2719-40e5-ba07-40092e4de2b0"}', '{"action":"POST /v1/networks","uuid":"01a22c05-f748-73a8-96a1-1049020546ad","ident":null,"fields":["name","subnets","vlan"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (13, 4003554918218328, 'status', 'request', NULL, 'building', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ca8b6a16-3370-4a70-8627-904d78687c7a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (14, 4003554918218328, 'task', 'request', NULL, 'queued', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f74b-7215-a3e0-8496197131d9","kind":"deploy","target":"on","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ca8b6a16-3370-4a70-8627-904d78687c7a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (15, 4003554918219866, 'audit', 'request', NULL, 'done', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ca8b6a16-3370-4a70-8627-904d78687c7a"}', '{"action":"POST /v1/instances","uuid":"01a22c05-f74a-74cb-88ac-6213ceb62e71","ident":null,"fields":["availability_zone","extra","image_uuid","instance_type_uuid","name","networks"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (16, 4003554918227852, 'task', 'task', 'queued', 'observing', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f74b-7215-a3e0-8496197131d9","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ca8b6a16-3370-4a70-8627-904d78687c7a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (17, 4003554918230251, 'task', 'task', 'observing', 'issued', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f74b-7215-a3e0-8496197131d9","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ca8b6a16-3370-4a70-8627-904d78687c7a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (18, 4003554918233382, 'task', 'task', 'issued', 'waiting', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f74b-7215-a3e0-8496197131d9","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ca8b6a16-3370-4a70-8627-904d78687c7a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (19, 4003554918494428, 'power', 'task', 'power off', 'power on', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f74b-7215-a3e0-8496197131d9","kind":"deploy","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ca8b6a16-3370-4a70-8627-904d78687c7a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (20, 4003554918494428, 'status', 'task', 'building', 'active', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f74b-7215-a3e0-8496197131d9","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ca8b6a16-3370-4a70-8627-904d78687c7a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (21, 4003554918494428, 'task', 'task', 'waiting', 'done', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f74b-7215-a3e0-8496197131d9","kind":"deploy","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-ca8b6a16-3370-4a70-8627-904d78687c7a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (22, 4003554918514579, 'task', 'request', NULL, 'queued', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f872-7752-a8ef-16ae87902088","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-c48e8d00-a3da-4d96-a597-929fe37f887f"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (23, 4003554918514990, 'audit', 'request', NULL, 'done', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-c48e8d00-a3da-4d96-a597-929fe37f887f"}', '{"action":"PUT /v1/instances/{ident}/states/power","uuid":"01a22c05-f74a-74cb-88ac-6213ceb62e71","ident":"01a22c05-f74a-74cb-88ac-6213ceb62e71","fields":["target"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (24, 4003554918522678, 'task', 'task', 'queued', 'issued', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f872-7752-a8ef-16ae87902088","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-c48e8d00-a3da-4d96-a597-929fe37f887f"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (25, 4003554918535508, 'task', 'task', 'issued', 'waiting', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f872-7752-a8ef-16ae87902088","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-c48e8d00-a3da-4d96-a597-929fe37f887f"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (26, 4003554918800042, 'power', 'task', 'power on', 'power off', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f872-7752-a8ef-16ae87902088","kind":"power","target":"off","step":"ensure_off"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-c48e8d00-a3da-4d96-a597-929fe37f887f"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (27, 4003554918800042, 'task', 'task', 'waiting', 'done', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f872-7752-a8ef-16ae87902088","kind":"power","target":"off","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-c48e8d00-a3da-4d96-a597-929fe37f887f"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (28, 4003554918815900, 'task', 'request', NULL, 'queued', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f99f-77c7-bfd8-61b766f0f08b","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1b784de1-ec78-46c8-bafb-530fb43915ae"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (29, 4003554918816633, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1b784de1-ec78-46c8-bafb-530fb43915ae"}', '{"action":"POST /v1/power","uuid":"01a22c05-f99f-77c7-bfd8-61b6447c8ab3","ident":null,"fields":["instances","target"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (30, 4003554918819210, 'task', 'task', 'queued', 'issued', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f99f-77c7-bfd8-61b766f0f08b","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1b784de1-ec78-46c8-bafb-530fb43915ae"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (31, 4003554918820705, 'task', 'task', 'issued', 'waiting', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f99f-77c7-bfd8-61b766f0f08b","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1b784de1-ec78-46c8-bafb-530fb43915ae"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (32, 4003554919075123, 'power', 'task', 'power off', 'power on', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f99f-77c7-bfd8-61b766f0f08b","kind":"power","target":"on","step":"ensure_on"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1b784de1-ec78-46c8-bafb-530fb43915ae"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (33, 4003554919075123, 'task', 'task', 'waiting', 'done', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', '{"uuid":"01a22c05-f99f-77c7-bfd8-61b766f0f08b","kind":"power","target":"on","step":null}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1b784de1-ec78-46c8-bafb-530fb43915ae"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (34, 4003554919078809, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-4d6fcaef-51b3-4f94-a911-ff8a88ed47e6"}', '{"action":"POST /v1/types","uuid":"01a22c05-faa6-7123-b694-9265a18c919b","ident":null,"fields":["extra_specs","is_public","name"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (35, 4003554919080743, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-06101b75-5f6b-4a5a-a94b-35a4bd88c722"}', '{"action":"POST /v1/images","uuid":"01a22c05-faa8-72f8-8ce8-9e3a83c3648b","ident":null,"fields":["initrd_url","kernel_url","name"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (36, 4003554919082229, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-89dca213-f50d-4b35-b7ac-4d9913f13603"}', '{"action":"POST /v1/tokens","uuid":"01a22c05-faa9-76e8-9d8e-0f523ea9fde1","ident":null,"fields":["name","networks","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (37, 4003554919083694, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-e6c31508-2364-4ccc-bd73-1af870e57dc3"}', '{"action":"POST /v1/tokens","uuid":"01a22c05-faab-77c5-b412-95c5c9c5ab28","ident":null,"fields":["certificate_subject","project_id","role","user_id"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (38, 4003554919084946, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-1c27db8f-4a1e-4465-9402-9dafffb356a7"}', '{"action":"POST /v1/webhooks","uuid":"01a22c05-faac-7629-be8a-4e65ff4ca375","ident":null,"fields":["kinds","name","secret","url"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (39, 4003554919088074, 'audit', 'request', NULL, 'done', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-fe003db2-239d-4559-b992-7937e2495d98"}', '{"action":"PUT /v1/limits/{ident}","uuid":null,"ident":"p","fields":["instances"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (40, 4003554919091792, 'audit', 'request', NULL, 'done', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-86487bb6-f4fa-40dd-97a7-222cfc602ab6"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22c05-f709-7116-a595-6c2906cce7c5","ident":"n1","fields":["extra","min_off_secs","power_policy"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (41, 4003554919094315, 'health', 'request', 'good', 'unknown', 'the BMC was not asked yet with these settings', '01a22c05-f70e-71f8-b548-9cd4f03db6a8', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-fc292ec0-dec2-46b2-bb94-3c213efcb87b"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (42, 4003554919094799, 'audit', 'request', NULL, 'done', NULL, '01a22c05-f70e-71f8-b548-9cd4f03db6a8', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-fc292ec0-dec2-46b2-bb94-3c213efcb87b"}', '{"action":"PATCH /v1/nodes/{ident}","uuid":"01a22c05-f70e-71f8-b548-9cd4f03db6a8","ident":"n2","fields":["bmc.address","bmc.kg","bmc.password","bmc.port","bmc.privilege_level","bmc.username"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (43, 4003554919097450, 'task', 'request', NULL, 'queued', NULL, '01a22c05-f70e-71f8-b548-9cd4f03db6a8', 'n2', NULL, NULL, NULL, '{"uuid":"01a22c05-fab9-775a-ae59-b1cb477dbfbb","kind":"rotate_password","target":null,"step":"rotate_password"}', '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-3961799a-e0ed-4e20-87da-861d3209790a"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (44, 4003554919098002, 'audit', 'request', NULL, 'done', NULL, '01a22c05-f70e-71f8-b548-9cd4f03db6a8', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-3961799a-e0ed-4e20-87da-861d3209790a"}', '{"action":"POST /v1/nodes/{ident}/rotate-password","uuid":"01a22c05-f70e-71f8-b548-9cd4f03db6a8","ident":"n2","fields":["password"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (45, 4003554919101150, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', 'default', NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-d1e12312-edb1-4173-89c6-aba1615cb1be"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (46, 4003554919101296, 'audit', 'request', NULL, 'done', NULL, '01a22c05-f709-7116-a595-6c2906cce7c5', 'n1', '01a22c05-f74a-74cb-88ac-6213ceb62e71', 'web1', NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-d1e12312-edb1-4173-89c6-aba1615cb1be"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22c05-f709-7116-a595-6c2906cce7c5","ident":"n1","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (47, 4003554919102565, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22c05-f70e-71f8-b548-9cd4f03db6a8', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-e10d7b37-54d2-4164-851c-b1310f423058"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (48, 4003554919102662, 'audit', 'request', NULL, 'done', NULL, '01a22c05-f70e-71f8-b548-9cd4f03db6a8', 'n2', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-e10d7b37-54d2-4164-851c-b1310f423058"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22c05-f70e-71f8-b548-9cd4f03db6a8","ident":"n2","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (49, 4003554919103832, 'maintenance', 'request', 'off', 'on', 'as in a museum', '01a22c05-f714-7129-8403-dc36cf16e351', 'n3', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-db1ae346-05dd-4595-84bf-427d5b046ab7"}', NULL);
INSERT INTO "events" ("id", "at", "kind", "cause", "old", "new", "detail", "node_id", "node_name", "instance_id", "instance_name", "project_id", "task", "actor", "audit") VALUES (50, 4003554919103927, 'audit', 'request', NULL, 'done', NULL, '01a22c05-f714-7129-8403-dc36cf16e351', 'n3', NULL, NULL, NULL, NULL, '{"user_id":"root","project_id":"default","transport":"unix","request_id":"req-db1ae346-05dd-4595-84bf-427d5b046ab7"}', '{"action":"PUT /v1/nodes/{ident}/maintenance","uuid":"01a22c05-f714-7129-8403-dc36cf16e351","ident":"n3","fields":["reason"],"role":"admin","token":null,"source":"uid 0, pid 600"}');
DELETE FROM sqlite_sequence;
INSERT INTO "sqlite_sequence" ("name", "seq") VALUES ('events', 50);
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
COMMIT;
