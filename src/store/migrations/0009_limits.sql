-- What an admin has said of how many instances a project may have; NULL in `instances` is no limit. A project without a row
-- has what the settings say.
CREATE TABLE project_limits (
    project_id TEXT NOT NULL PRIMARY KEY,
    instances INTEGER CHECK (instances BETWEEN 0 AND 1000000),
    created_at INTEGER NOT NULL,
    updated_at INTEGER
) STRICT, WITHOUT ROWID;
