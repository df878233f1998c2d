-- What changed, in the order in which it was committed. Ids are never used again: readers go on from the last that they saw.
-- Names are those of that moment; nothing refers to what they name, which may be gone.
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('power', 'status', 'health', 'task', 'maintenance')),
    cause TEXT NOT NULL CHECK (cause IN ('request', 'task', 'outside', 'contact', 'policy')),
    old TEXT,
    new TEXT,
    detail TEXT,
    node_id TEXT NOT NULL,
    node_name TEXT NOT NULL,
    instance_id TEXT,
    instance_name TEXT,
    project_id TEXT, -- of the instance; what has none is for admins
    task TEXT CHECK (json_valid(task)),
    actor TEXT CHECK (json_valid(actor))
) STRICT;
CREATE INDEX events_by_project ON events (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX events_by_node ON events (node_id, id);
CREATE INDEX events_by_age ON events (at);

-- Whose command `unsettled_action` was, so that its effect is known as that task's even after the task has ended.
ALTER TABLE nodes ADD COLUMN unsettled_task TEXT;
