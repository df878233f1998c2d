-- Where a token works, and where it was used; and tokens that are a certificate's subject instead of a secret. SQLite
-- cannot take a NOT NULL away, so the table is made anew.
CREATE TABLE new_tokens (
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
INSERT INTO new_tokens (uuid, name, user_id, project_id, role, hash, expires_at, created_at)
    SELECT uuid, name, user_id, project_id, role, hash, expires_at, created_at FROM tokens;
DROP TABLE tokens;
ALTER TABLE new_tokens RENAME TO tokens;
