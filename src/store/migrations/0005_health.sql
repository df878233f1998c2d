-- What is thought of the BMC, written when it changes; NULL in `health_message` is what is said of one that was not asked.
ALTER TABLE nodes ADD COLUMN health_state TEXT NOT NULL DEFAULT 'unknown' CHECK (health_state IN
    ('unknown', 'good', 'slow', 'unreachable', 'bad credentials', 'locked out', 'sessions full'));
ALTER TABLE nodes ADD COLUMN health_message TEXT;
ALTER TABLE nodes ADD COLUMN health_since INTEGER;
-- When the BMC had last answered anything at that change.
ALTER TABLE nodes ADD COLUMN last_contact_at INTEGER;

-- While the power is unknown: what it was when it could last be read, and when that was.
ALTER TABLE nodes ADD COLUMN last_power_state TEXT CHECK (last_power_state IN ('power on', 'power off'));
ALTER TABLE nodes ADD COLUMN last_power_state_at INTEGER;
