-- A node that is taken shows another instance: one change of its row says both. `store/instance.rs` did it with another.
DROP TRIGGER instance_takes_node;
CREATE TRIGGER instance_takes_node AFTER INSERT ON instances BEGIN
    UPDATE nodes SET taken = 1, updated_at = NEW.created_at, revision = revision + 1 WHERE uuid = NEW.node_id;
END;
-- Each create paid for them, and what they made quick is rare: deleting a type, an image or a network, which now looks at all
-- instances once. Events are dropped by id.
DROP INDEX instances_by_type;
DROP INDEX instances_by_image;
DROP INDEX attachments_by_network;
DROP INDEX events_by_age;
