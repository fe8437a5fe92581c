-- App passwords that people made for their own programs. The password itself is with the peer alone.
CREATE TABLE workspace.app_passwords (
    tenant_id  uuid NOT NULL REFERENCES workspace.tenants ON DELETE CASCADE,
    id         uuid NOT NULL,
    member_id  uuid NOT NULL,
    service    varchar(10) NOT NULL CHECK (service IN ('mail', 'files', 'calendar')),
    name       varchar(100) NOT NULL,
    -- Name to sign in with at the peer.
    username   varchar(320) NOT NULL,
    -- Its id at the peer; NULL until the peer has told it.
    peer_id    bigint,
    created_at timestamptz NOT NULL,
    -- It is to be removed at the peer, and was not yet.
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES workspace.tenant_users ON DELETE CASCADE
);
CREATE INDEX app_passwords_member ON workspace.app_passwords (tenant_id, member_id, created_at, id);
CREATE UNIQUE INDEX app_passwords_name ON workspace.app_passwords (tenant_id, member_id, service, lower(name))
    WHERE revoked_at IS NULL;
ALTER TABLE workspace.app_passwords ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspace.app_passwords FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON workspace.app_passwords TO bheem_app
    USING (tenant_id = workspace.current_tenant()) WITH CHECK (tenant_id = workspace.current_tenant());
CREATE POLICY all_tenants ON workspace.app_passwords TO bheem_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON workspace.app_passwords TO bheem_app, bheem_system;
