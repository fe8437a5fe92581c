-- A mailbox stays where it was made when its owner's address changes; NULL: at the person's address.
ALTER TABLE workspace.tenant_users ADD COLUMN mailbox_address varchar(320);

-- Addresses that people had before: they go on reaching them, and nobody else is given one.
CREATE TABLE workspace.former_addresses (
    tenant_id  uuid NOT NULL REFERENCES workspace.tenants ON DELETE CASCADE,
    address    varchar(320) NOT NULL CHECK (address = lower(address)),
    member_id  uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, address),
    FOREIGN KEY (tenant_id, member_id) REFERENCES workspace.tenant_users ON DELETE CASCADE
);
CREATE INDEX former_addresses_member ON workspace.former_addresses (tenant_id, member_id);
ALTER TABLE workspace.former_addresses ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspace.former_addresses FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON workspace.former_addresses TO bheem_app
    USING (tenant_id = workspace.current_tenant()) WITH CHECK (tenant_id = workspace.current_tenant());
CREATE POLICY all_tenants ON workspace.former_addresses TO bheem_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON workspace.former_addresses TO bheem_app, bheem_system;
