DROP TABLE workspace.former_addresses;
ALTER TABLE workspace.tenant_users DROP COLUMN mailbox_address;
