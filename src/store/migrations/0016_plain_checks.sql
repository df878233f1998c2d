-- The lists of words that columns may have, said in another way: for each `IN` with three words or more, SQLite makes a table in memory,
-- fills it, looks into it and throws it away, each time that a row is written. That was half of what writing an event took.
-- The constraints mean what they meant, so no row has to be looked at, and their texts alone are changed, as
-- <https://www.sqlite.org/lang_altertable.html#otheralter> describes it for constraints.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'kind IN (''power'', ''status'', ''health'', ''task'', ''maintenance'', ''audit'', ''netboot'')',
    'kind = ''power'' OR kind = ''status'' OR kind = ''health'' OR kind = ''task'' OR kind = ''maintenance'' OR kind = ''audit'' OR kind = ''netboot''')
    WHERE type = 'table' AND name IN ('events');
UPDATE sqlite_schema SET sql = replace(sql, 'cause IN (''request'', ''task'', ''outside'', ''contact'', ''policy'')',
    'cause = ''request'' OR cause = ''task'' OR cause = ''outside'' OR cause = ''contact'' OR cause = ''policy''')
    WHERE type = 'table' AND name IN ('events');
UPDATE sqlite_schema SET sql = replace(sql, 'boot IN (''network'', ''disk'', ''external'')',
    'boot = ''network'' OR boot = ''disk'' OR boot = ''external''')
    WHERE type = 'table' AND name IN ('images');
UPDATE sqlite_schema SET sql = replace(sql, 'status IN (''building'', ''active'', ''error'', ''deleting'')',
    'status = ''building'' OR status = ''active'' OR status = ''error'' OR status = ''deleting''')
    WHERE type = 'table' AND name IN ('instances');
UPDATE sqlite_schema SET sql = replace(sql, 'name IN (''script'', ''kernel'', ''initrd'', ''data'', ''phone_home'')',
    'name = ''script'' OR name = ''kernel'' OR name = ''initrd'' OR name = ''data'' OR name = ''phone_home''')
    WHERE type = 'table' AND name IN ('milestones');
UPDATE sqlite_schema SET sql = replace(sql, 'bmc_privilege_level IN (''user'', ''operator'', ''administrator'')',
    'bmc_privilege_level = ''user'' OR bmc_privilege_level = ''operator'' OR bmc_privilege_level = ''administrator''')
    WHERE type = 'table' AND name IN ('nodes');
UPDATE sqlite_schema SET sql = replace(sql, 'target_power_state IN (''on'', ''off'', ''reboot'', ''soft_off'', ''soft_reboot'')',
    'target_power_state = ''on'' OR target_power_state = ''off'' OR target_power_state = ''reboot'' OR target_power_state = ''soft_off'' OR target_power_state = ''soft_reboot''')
    WHERE type = 'table' AND name IN ('nodes');
UPDATE sqlite_schema SET sql = replace(sql, 'unsettled_action IN (''power on'', ''power off'', ''soft power off'')',
    'unsettled_action = ''power on'' OR unsettled_action = ''power off'' OR unsettled_action = ''soft power off''')
    WHERE type = 'table' AND name IN ('nodes');
UPDATE sqlite_schema SET sql = replace(sql, 'health_state IN' || char(10) || '    (''unknown'', ''good'', ''slow'', ''unreachable'', ''bad credentials'', ''locked out'', ''sessions full'')',
    'health_state = ''unknown'' OR health_state = ''good'' OR health_state = ''slow'' OR health_state = ''unreachable'' OR health_state = ''bad credentials'' OR health_state = ''locked out'' OR health_state = ''sessions full''')
    WHERE type = 'table' AND name IN ('nodes');
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''done'', ''failed'', ''cancelled'', ''refused'')',
    'state = ''done'' OR state = ''failed'' OR state = ''cancelled'' OR state = ''refused''')
    WHERE type = 'table' AND name IN ('operation_nodes');
UPDATE sqlite_schema SET sql = replace(sql, 'target IN (''on'', ''off'', ''reboot'', ''soft_off'', ''soft_reboot'')',
    'target = ''on'' OR target = ''off'' OR target = ''reboot'' OR target = ''soft_off'' OR target = ''soft_reboot''')
    WHERE type = 'table' AND name IN ('operations', 'tasks');
UPDATE sqlite_schema SET sql = replace(sql, 'kind IN (''power'', ''deploy'', ''delete'', ''boot_device'', ''rotate_password'')',
    'kind = ''power'' OR kind = ''deploy'' OR kind = ''delete'' OR kind = ''boot_device'' OR kind = ''rotate_password''')
    WHERE type = 'table' AND name IN ('tasks');
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''queued'', ''observing'', ''issued'', ''waiting'', ''done'', ''failed'', ''cancelled'')',
    'state = ''queued'' OR state = ''observing'' OR state = ''issued'' OR state = ''waiting'' OR state = ''done'' OR state = ''failed'' OR state = ''cancelled''')
    WHERE type = 'table' AND name IN ('tasks');
UPDATE sqlite_schema SET sql = replace(sql, 'state IN (''queued'', ''observing'', ''issued'', ''waiting'')',
    'state = ''queued'' OR state = ''observing'' OR state = ''issued'' OR state = ''waiting''')
    WHERE type = 'table' AND name IN ('tasks');
UPDATE sqlite_schema SET sql = replace(sql, 'role IN (''monitor'', ''reader'', ''member'', ''admin'')',
    'role = ''monitor'' OR role = ''reader'' OR role = ''member'' OR role = ''admin''')
    WHERE type = 'table' AND name IN ('tokens');
-- Columns that may be empty. To older SQLites what is NULL is no JSON: Debian 12's `sqlite3` (3.40) said of a sound file that it is damaged.
UPDATE sqlite_schema SET sql = replace(sql, 'counts TEXT CHECK (json_valid(counts))',
    'counts TEXT CHECK (counts IS NULL OR json_valid(counts))') WHERE type = 'table' AND name = 'operations';
UPDATE sqlite_schema SET sql = replace(sql, 'task TEXT CHECK (json_valid(task))',
    'task TEXT CHECK (task IS NULL OR json_valid(task))') WHERE type = 'table' AND name = 'events';
UPDATE sqlite_schema SET sql = replace(sql, 'actor TEXT CHECK (json_valid(actor))',
    'actor TEXT CHECK (actor IS NULL OR json_valid(actor))') WHERE type = 'table' AND name = 'events';
UPDATE sqlite_schema SET sql = replace(sql, 'audit TEXT CHECK (json_valid(audit))',
    'audit TEXT CHECK (audit IS NULL OR json_valid(audit))') WHERE type = 'table' AND name = 'events';
PRAGMA writable_schema = RESET;

-- The conditions of two triggers are the same kind of list.
DROP TRIGGER netboot_ends;
CREATE TRIGGER netboot_ends AFTER UPDATE OF state ON tasks
    WHEN NEW.kind IN ('deploy', 'delete') AND (NEW.state = 'done' OR NEW.state = 'failed' OR NEW.state = 'cancelled')
BEGIN
    DELETE FROM netboots WHERE task_id = NEW.uuid AND (completion = 'phone-home' OR NEW.state <> 'done');
END;
DROP TRIGGER netboot_is_replaced;
CREATE TRIGGER netboot_is_replaced BEFORE INSERT ON tasks
    WHEN NEW.kind = 'deploy' OR NEW.kind = 'delete' OR NEW.kind = 'power'
BEGIN
    DELETE FROM netboots WHERE node_id = NEW.node_id;
END;

-- A task is open as long as it has not finished, says a constraint of the table: as short a word as there is for queries to repeat.
DROP INDEX one_open_task_per_node;
CREATE UNIQUE INDEX one_open_task_per_node ON tasks (node_id) WHERE finished_at IS NULL;
