-- Whether an instance has the node. It repeats what `instances.node_id` says, so that the free ones are found by an index
-- and not by looking at all nodes; triggers keep it true, whoever writes.
ALTER TABLE nodes ADD COLUMN taken INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1));
UPDATE nodes SET taken = 1 WHERE uuid IN (SELECT node_id FROM instances);
CREATE TRIGGER instance_takes_node AFTER INSERT ON instances BEGIN
    UPDATE nodes SET taken = 1 WHERE uuid = NEW.node_id;
END;
CREATE TRIGGER instance_frees_node AFTER DELETE ON instances BEGIN
    UPDATE nodes SET taken = 0 WHERE uuid = OLD.node_id;
END;
-- In the order in which nodes are chosen: see store/placement.rs, which repeats its condition and its expressions.
CREATE INDEX nodes_free ON nodes (power_state IS NULL, health_state NOT IN ('good', 'unknown'), type_id IS NULL, name)
    WHERE NOT taken AND NOT maintenance AND NOT is_own AND bmc_interface <> 'open';

-- Below this address, all of the subnet that are given out to instances are: where looking for the lowest free one begins.
-- No row: at the first. It is moved up by store/address.rs, and back by triggers.
CREATE TABLE address_floors (
    subnet_id TEXT NOT NULL PRIMARY KEY,
    address BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER address_comes_back AFTER DELETE ON addresses BEGIN
    UPDATE address_floors SET address = OLD.address WHERE subnet_id = OLD.subnet_id AND address > OLD.address;
END;
CREATE TRIGGER subnets_change AFTER UPDATE OF subnets ON networks BEGIN
    DELETE FROM address_floors;
END;
