-- What becomes of a change that nobody here asked for: left alone, or undone.
ALTER TABLE nodes ADD COLUMN power_policy TEXT NOT NULL DEFAULT 'observe'
    CHECK (power_policy IN ('observe', 'enforce'));
-- What was last ordered and reached, or is being reached; NULL after an order that failed. Only `enforce` reads it.
ALTER TABLE nodes ADD COLUMN wanted_power TEXT CHECK (wanted_power IN ('power on', 'power off'));
-- How long this machine stays off before it is turned on again; NULL for what the settings say.
ALTER TABLE nodes ADD COLUMN min_off_secs INTEGER CHECK (min_off_secs BETWEEN 0 AND 600);

-- When it was last told to turn on, for the budgets of power-ons.
ALTER TABLE nodes ADD COLUMN turned_on_at INTEGER;

-- Whether a soft power off becomes a hard one at its deadline.
ALTER TABLE tasks ADD COLUMN escalate INTEGER NOT NULL DEFAULT 0 CHECK (escalate IN (0, 1));

-- An attempt that is repeated with the same outcome is one row.
ALTER TABLE attempts ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
ALTER TABLE attempts ADD COLUMN last_at INTEGER;
