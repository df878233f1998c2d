-- What clients changed stands among the events, of the kind `audit`. It may be about nothing that has a node, so the table is
-- made again: SQLite does not change a constraint.
CREATE TABLE events_with_audit (
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
INSERT INTO events_with_audit (id, at, kind, cause, old, new, detail, node_id, node_name, instance_id, instance_name,
    project_id, task, actor)
    SELECT id, at, kind, cause, old, new, detail, node_id, node_name, instance_id, instance_name, project_id, task, actor
    FROM events;
-- Ids are never used again, also where the newest events were dropped already.
DELETE FROM sqlite_sequence WHERE name = 'events_with_audit';
INSERT INTO sqlite_sequence (name, seq) SELECT 'events_with_audit', seq FROM sqlite_sequence WHERE name = 'events';
DROP TABLE events;
ALTER TABLE events_with_audit RENAME TO events;
CREATE INDEX events_by_project ON events (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX events_by_node ON events (node_id, id) WHERE node_id IS NOT NULL;
CREATE INDEX events_by_age ON events (at);
