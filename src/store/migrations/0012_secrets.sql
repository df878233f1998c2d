-- A password that a BMC is to get instead of the one that the node has. It stays until a login has shown that the BMC has
-- it, or an admin sets the node's password; until then the node's own stays too.
CREATE TABLE staged_passwords (
    node_id TEXT NOT NULL PRIMARY KEY REFERENCES nodes (uuid) ON DELETE CASCADE,
    password BLOB NOT NULL, -- sealed
    sent_at INTEGER, -- when it was first committed to be sent; NULL: the BMC has never seen it
    sends INTEGER NOT NULL DEFAULT 0, -- for the task of now
    old_seen INTEGER NOT NULL DEFAULT 0 CHECK (old_seen IN (0, 1)) -- since it was last sent, a login with the old one worked
) STRICT, WITHOUT ROWID;

-- What shows that a key is the one that the secrets of this file are sealed with: a known value, sealed.
CREATE TABLE sealing_key (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    proof BLOB NOT NULL
) STRICT;

-- Tasks may be of another kind. A CHECK cannot be changed, so both tables are copied: `attempts` first, because dropping
-- `tasks` would take its rows along.
CREATE TABLE tasks_new (
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
CREATE TABLE attempts_new (
    task_id TEXT NOT NULL REFERENCES tasks_new (uuid) ON DELETE CASCADE,
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
-- The newest task of a node is known by its rowid.
INSERT INTO tasks_new (rowid, uuid, kind, target, state, steps, step, issued_at, accepted, node_id, instance_id, requested_by,
        timeout_secs, created_at, updated_at, deadline_at, finished_at, error, escalate)
    SELECT rowid, uuid, kind, target, state, steps, step, issued_at, accepted, node_id, instance_id, requested_by,
        timeout_secs, created_at, updated_at, deadline_at, finished_at, error, escalate FROM tasks;
INSERT INTO attempts_new (task_id, seq, at, step, outcome, detail, elapsed_ms, times, last_at)
    SELECT task_id, seq, at, step, outcome, detail, elapsed_ms, times, last_at FROM attempts;
DROP TABLE attempts;
DROP TABLE tasks;
ALTER TABLE tasks_new RENAME TO tasks;
ALTER TABLE attempts_new RENAME TO attempts;
CREATE UNIQUE INDEX one_open_task_per_node ON tasks (node_id)
    WHERE state IN ('queued', 'observing', 'issued', 'waiting');
CREATE INDEX tasks_by_node ON tasks (node_id, created_at);
CREATE INDEX tasks_by_instance ON tasks (instance_id, created_at) WHERE instance_id IS NOT NULL;
