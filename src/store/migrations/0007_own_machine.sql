-- The machine that the daemon itself runs on is not turned off by mistake. `guid` is what the BMC said with the settings of
-- now, in hexadecimal; '' where it has none.
ALTER TABLE nodes ADD COLUMN guid TEXT;
ALTER TABLE nodes ADD COLUMN is_own INTEGER NOT NULL DEFAULT 0 CHECK (is_own IN (0, 1));
