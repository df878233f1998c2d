-- What the daemon boots machines with itself.

ALTER TABLE images ADD COLUMN kind TEXT NOT NULL DEFAULT 'deploy' CHECK (kind IN ('deploy', 'scrub'));
-- 64 hexadecimal digits: what is expected of a URL, or what an upload has.
ALTER TABLE images ADD COLUMN kernel_sha256 TEXT;
ALTER TABLE images ADD COLUMN initrd_sha256 TEXT;
-- In bytes, of an upload; NULL where there is none.
ALTER TABLE images ADD COLUMN kernel_size INTEGER;
ALTER TABLE images ADD COLUMN initrd_size INTEGER;

-- What the instance was given in place of its image's, sealed; never shown.
ALTER TABLE instances ADD COLUMN user_data BLOB;

-- What was fetched from a URL last: asked for again with what the server called it, and kept for a while.
CREATE TABLE fetched_files (
    url TEXT NOT NULL PRIMARY KEY,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT,
    last_modified TEXT,
    used_at INTEGER NOT NULL
) STRICT;

-- One row while a machine is booted by the daemon. It holds what was true when the task was made: a change of the image
-- changes nothing for machines that boot.
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
CREATE INDEX netboots_by_instance ON netboots (instance_id);

-- A machine that asks by its UUID, from a port that nobody has registered.
CREATE INDEX nodes_by_guid ON nodes (guid) WHERE guid IS NOT NULL;

-- What a machine was seen to do on its way, the first time and the last. They stay with their task.
CREATE TABLE milestones (
    task_id TEXT NOT NULL REFERENCES tasks (uuid) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name IN ('script', 'kernel', 'initrd', 'data', 'phone_home')),
    at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    detail TEXT,
    PRIMARY KEY (task_id, name)
) STRICT, WITHOUT ROWID;

-- A machine's URLs are good while its deploy lasts, whichever way that ends.
CREATE TRIGGER netboot_ends AFTER UPDATE OF state ON tasks
    WHEN NEW.kind IN ('deploy', 'delete') AND NEW.state IN ('done', 'failed', 'cancelled')
BEGIN
    DELETE FROM netboots WHERE task_id = NEW.uuid AND (completion = 'phone-home' OR NEW.state <> 'done');
END;
-- A power order is taken only when the deploy's task has ended: what is there then is served on, which ends with the order.
CREATE TRIGGER netboot_is_replaced BEFORE INSERT ON tasks WHEN NEW.kind IN ('deploy', 'delete', 'power')
BEGIN
    DELETE FROM netboots WHERE node_id = NEW.node_id;
END;

-- An event may be of another kind. A CHECK cannot be changed, so the table is made again.
CREATE TABLE events_with_netboot (
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
INSERT INTO events_with_netboot (id, at, kind, cause, old, new, detail, node_id, node_name, instance_id, instance_name,
    project_id, task, actor, audit)
    SELECT id, at, kind, cause, old, new, detail, node_id, node_name, instance_id, instance_name, project_id, task, actor,
        audit
    FROM events;
-- Ids are never used again, also where the newest events were dropped already.
DELETE FROM sqlite_sequence WHERE name = 'events_with_netboot';
INSERT INTO sqlite_sequence (name, seq) SELECT 'events_with_netboot', seq FROM sqlite_sequence WHERE name = 'events';
DROP TABLE events;
ALTER TABLE events_with_netboot RENAME TO events;
CREATE INDEX events_by_project ON events (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX events_by_node ON events (node_id, id) WHERE node_id IS NOT NULL;
