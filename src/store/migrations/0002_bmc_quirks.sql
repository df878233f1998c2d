-- The faults that an admin says a BMC has: a list of names.
ALTER TABLE nodes ADD COLUMN bmc_quirks TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(bmc_quirks));
