-- A limit that is NULL does not bound.
CREATE TABLE workspace.plans (
    code                varchar(50) PRIMARY KEY,
    sku                 varchar(50) NOT NULL UNIQUE,
    name                varchar(255) NOT NULL,
    description         text NOT NULL DEFAULT '',
    price_minor         bigint NOT NULL DEFAULT 0 CHECK (price_minor >= 0),
    currency            varchar(3) NOT NULL DEFAULT 'INR',
    billing_cycle       varchar(10) NOT NULL DEFAULT 'monthly' CHECK (billing_cycle IN ('monthly', 'annual')),
    trial_days          integer CHECK (trial_days > 0),
    max_users           integer CHECK (max_users >= 0),
    meet_quota_hours    integer CHECK (meet_quota_hours >= 0),
    docs_quota_mb       integer CHECK (docs_quota_mb >= 0),
    mail_quota_mb       integer CHECK (mail_quota_mb >= 0),
    recordings_quota_mb integer CHECK (recordings_quota_mb >= 0),
    features            text[] NOT NULL DEFAULT '{}',
    is_active           boolean NOT NULL DEFAULT true,
    sort_order          integer NOT NULL DEFAULT 0
);
GRANT SELECT ON workspace.plans TO bheem_app;
GRANT SELECT, INSERT, UPDATE ON workspace.plans TO bheem_system;

INSERT INTO workspace.plans
    (code, sku, name, description, price_minor, trial_days, max_users, meet_quota_hours, docs_quota_mb, mail_quota_mb, recordings_quota_mb, features, sort_order)
VALUES
    ('free', 'FREE', 'Free', 'For trying things out', 0, NULL, 5, 10, 1024, 512, 1024, '{meet,docs}', 10),
    ('trial', 'TRIAL', 'Trial', 'The free limits for 14 days', 0, 14, 5, 10, 1024, 512, 1024, '{meet,docs}', 20),
    ('starter', 'STARTER', 'Starter', 'For a small team', 0, NULL, 25, 100, 10240, 5120, 10240, '{meet,docs,mail}', 30),
    ('business', 'BUSINESS', 'Business', 'For a company', 0, NULL, 100, 500, 102400, 51200, 102400, '{meet,docs,mail,recording,custom_domain}', 40),
    ('enterprise', 'ENTERPRISE', 'Enterprise', 'For a large organisation', 0, NULL, 1000, 10000, 1048576, 524288, 1048576, '{meet,docs,mail,recording,custom_domain,sso,api}', 50),
    ('WORKSPACE-STARTER', 'WORKSPACE-STARTER', 'Workspace Starter', '5 users, 5 GB, 10 hours', 0, NULL, 5, 10, 5120, 5120, 5120, '{meet,docs,mail}', 60),
    ('WORKSPACE-PROFESSIONAL', 'WORKSPACE-PROFESSIONAL', 'Workspace Professional', '25 users, 50 GB, 100 hours', 249900, NULL, 25, 100, 51200, 51200, 51200, '{meet,docs,mail,recording,custom_domain}', 70),
    ('WORKSPACE-ENTERPRISE', 'WORKSPACE-ENTERPRISE', 'Workspace Enterprise', 'Unlimited users and hours, 500 GB', 999900, NULL, NULL, NULL, 512000, 512000, 512000, '{meet,docs,mail,recording,custom_domain,sso,api}', 80);

CREATE TABLE workspace.tenants (
    id                  uuid PRIMARY KEY,
    name                varchar(255) NOT NULL,
    slug                varchar(100) NOT NULL,
    domain              varchar(255),
    owner_email         varchar(320) NOT NULL,
    owner_name          varchar(255),
    plan                varchar(50) NOT NULL DEFAULT 'free' REFERENCES workspace.plans (code),
    billing_email       varchar(320),
    stripe_customer_id  varchar(100),
    is_active           boolean NOT NULL DEFAULT true,
    is_suspended        boolean NOT NULL DEFAULT false,
    suspended_reason    text,
    meet_quota_hours    integer DEFAULT 10,
    docs_quota_mb       integer DEFAULT 1024,
    mail_quota_mb       integer DEFAULT 512,
    recordings_quota_mb integer DEFAULT 1024,
    max_users           integer DEFAULT 5,
    meet_used_hours     numeric(10, 2) NOT NULL DEFAULT 0,
    docs_used_mb        numeric(10, 2) NOT NULL DEFAULT 0,
    mail_used_mb        numeric(10, 2) NOT NULL DEFAULT 0,
    recordings_used_mb  numeric(10, 2) NOT NULL DEFAULT 0,
    settings            jsonb NOT NULL DEFAULT '{}',
    -- Active members; kept by a trigger, so that a list needs no count per row.
    seat_count          integer NOT NULL DEFAULT 0 CHECK (seat_count >= 0),
    mattermost_team_id  varchar(255),
    erp_company_code    varchar(100),
    created_by          uuid REFERENCES auth.users ON DELETE SET NULL,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    trial_ends_at       timestamptz,
    deleted_at          timestamptz
);
-- A deleted tenant's slug is free again.
CREATE UNIQUE INDEX idx_tenants_slug ON workspace.tenants (slug) WHERE deleted_at IS NULL;
CREATE INDEX idx_tenants_owner ON workspace.tenants (owner_email);
CREATE INDEX tenants_created_by ON workspace.tenants (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX idx_tenants_created ON workspace.tenants (created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX idx_tenants_plan ON workspace.tenants (plan, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE TRIGGER tenants_touch BEFORE UPDATE ON workspace.tenants
    FOR EACH ROW EXECUTE FUNCTION workspace.touch_updated_at();
ALTER TABLE workspace.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspace.tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON workspace.tenants TO bheem_app USING (id = workspace.current_tenant());
CREATE POLICY all_tenants ON workspace.tenants TO bheem_system USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE ON workspace.tenants TO bheem_app;
GRANT SELECT, INSERT, UPDATE ON workspace.tenants TO bheem_system;

CREATE TABLE workspace.tenant_users (
    tenant_id          uuid NOT NULL REFERENCES workspace.tenants ON DELETE CASCADE,
    id                 uuid NOT NULL,
    user_id            uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    email              varchar(320) NOT NULL,
    name               varchar(255) NOT NULL,
    personal_email     varchar(320),
    role               varchar(50) NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'manager', 'member')),
    -- Holds a seat and may sign in to the tenant.
    is_active          boolean NOT NULL DEFAULT true,
    -- False until the run that adds the person has passed the point of no return.
    is_confirmed       boolean NOT NULL DEFAULT false,
    permissions        jsonb NOT NULL DEFAULT '{}',
    provisioned_by     varchar(20) NOT NULL DEFAULT 'admin',
    invited_by         uuid REFERENCES auth.users ON DELETE SET NULL,
    invited_at         timestamptz,
    joined_at          timestamptz,
    mattermost_user_id varchar(255),
    -- The latest run that gives or takes services.
    run_id             uuid,
    -- Raised by each change of what the person should have.
    generation         integer NOT NULL DEFAULT 1,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, user_id)
);
CREATE UNIQUE INDEX tenant_users_email ON workspace.tenant_users (tenant_id, lower(email));
CREATE INDEX idx_tenant_users_tenant ON workspace.tenant_users (tenant_id, created_at, id);
CREATE INDEX idx_tenant_users_user ON workspace.tenant_users (user_id);
CREATE INDEX tenant_users_invited_by ON workspace.tenant_users (invited_by) WHERE invited_by IS NOT NULL;
CREATE TRIGGER tenant_users_touch BEFORE UPDATE ON workspace.tenant_users
    FOR EACH ROW EXECUTE FUNCTION workspace.touch_updated_at();

CREATE FUNCTION workspace.count_seats() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    delta integer := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.is_active THEN delta := delta - 1; END IF;
    IF TG_OP <> 'DELETE' AND NEW.is_active THEN delta := delta + 1; END IF;
    IF delta <> 0 THEN
        UPDATE workspace.tenants SET seat_count = seat_count + delta
        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tenant_users_seats AFTER INSERT OR DELETE OR UPDATE OF is_active ON workspace.tenant_users
    FOR EACH ROW EXECUTE FUNCTION workspace.count_seats();

CREATE TABLE workspace.domains (
    tenant_id           uuid NOT NULL REFERENCES workspace.tenants ON DELETE CASCADE,
    id                  uuid NOT NULL,
    domain              varchar(255) NOT NULL,
    domain_type         varchar(20) NOT NULL DEFAULT 'email' CHECK (domain_type IN ('email', 'workspace', 'custom')),
    mailgun_domain_id   varchar(100),
    cloudflare_zone_id  varchar(50),
    spf_verified        boolean NOT NULL DEFAULT false,
    dkim_verified       boolean NOT NULL DEFAULT false,
    mx_verified         boolean NOT NULL DEFAULT false,
    ownership_verified  boolean NOT NULL DEFAULT false,
    verification_token  varchar(100) NOT NULL,
    verification_status varchar(20) NOT NULL DEFAULT 'pending' CHECK (verification_status IN ('pending', 'partial', 'verified')),
    is_primary          boolean NOT NULL DEFAULT false,
    is_active           boolean NOT NULL DEFAULT true,
    mail_enabled        boolean NOT NULL DEFAULT false,
    meet_enabled        boolean NOT NULL DEFAULT false,
    run_id              uuid,
    -- An unproven claim lapses at this moment.
    claim_expires_at    timestamptz NOT NULL,
    created_by          uuid REFERENCES auth.users ON DELETE SET NULL,
    created_at          timestamptz NOT NULL DEFAULT now(),
    verified_at         timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, domain)
);
-- Who has proven a name has it alone; unproven claims reserve nothing.
CREATE UNIQUE INDEX domains_proven ON workspace.domains (domain) WHERE ownership_verified;
CREATE UNIQUE INDEX domains_primary ON workspace.domains (tenant_id) WHERE is_primary;
CREATE INDEX idx_domains_tenant ON workspace.domains (tenant_id, created_at, id);
CREATE INDEX idx_domains_domain ON workspace.domains (domain);
CREATE INDEX domains_created_by ON workspace.domains (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX domains_id ON workspace.domains (id);
CREATE INDEX domains_lapsing ON workspace.domains (claim_expires_at) WHERE NOT ownership_verified;

CREATE TABLE workspace.domain_dns_records (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    domain_id       uuid NOT NULL,
    record_type     varchar(10) NOT NULL CHECK (record_type IN ('TXT', 'CNAME', 'MX')),
    name            varchar(255) NOT NULL,
    value           text NOT NULL,
    priority        integer,
    ttl             integer NOT NULL DEFAULT 3600,
    purpose         varchar(20) NOT NULL CHECK (purpose IN ('ownership', 'mx', 'spf', 'dkim')),
    is_verified     boolean NOT NULL DEFAULT false,
    last_checked_at timestamptz,
    verified_at     timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, domain_id) REFERENCES workspace.domains ON DELETE CASCADE,
    UNIQUE (tenant_id, domain_id, purpose)
);

-- Credentials of a person at a peer, within a tenant.
CREATE TABLE workspace.credentials (
    tenant_id  uuid NOT NULL REFERENCES workspace.tenants ON DELETE CASCADE,
    id         uuid NOT NULL,
    member_id  uuid NOT NULL,
    peer       varchar(40) NOT NULL,
    username   varchar(320) NOT NULL,
    key_id     varchar(64) NOT NULL,
    sealed     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES workspace.tenant_users ON DELETE CASCADE,
    UNIQUE (tenant_id, member_id, peer, username)
);

-- Append only: the server's roles can add and read entries, nothing else.
CREATE TABLE workspace.activity_log (
    id          uuid PRIMARY KEY,
    tenant_id   uuid REFERENCES workspace.tenants ON DELETE SET NULL,
    user_id     uuid REFERENCES auth.users ON DELETE SET NULL,
    action      varchar(100) NOT NULL,
    entity_type varchar(50),
    entity_id   uuid,
    description text,
    ip_address  inet,
    user_agent  varchar(500),
    metadata    jsonb,
    created_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant_id, id)
);
CREATE INDEX idx_activity_tenant ON workspace.activity_log (tenant_id, created_at DESC, id DESC);
CREATE INDEX idx_activity_user ON workspace.activity_log (user_id, created_at DESC);
CREATE INDEX idx_activity_created ON workspace.activity_log (created_at);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['tenant_users', 'domains', 'domain_dns_records', 'credentials', 'activity_log'] LOOP
        EXECUTE format('ALTER TABLE workspace.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE workspace.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY one_tenant ON workspace.%I TO bheem_app USING (tenant_id = workspace.current_tenant()) WITH CHECK (tenant_id = workspace.current_tenant())', t);
        EXECUTE format('CREATE POLICY all_tenants ON workspace.%I TO bheem_system USING (true) WITH CHECK (true)', t);
        IF t = 'activity_log' THEN
            EXECUTE format('GRANT SELECT, INSERT ON workspace.%I TO bheem_app, bheem_system', t);
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON workspace.%I TO bheem_app, bheem_system', t);
        END IF;
    END LOOP;
END
$$;

CREATE TABLE workspace.developers (
    id              uuid PRIMARY KEY,
    user_id         uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    role            varchar(30) NOT NULL CHECK (role IN ('lead_developer', 'developer', 'junior_developer')),
    ssh_public_key  text,
    github_username varchar(100),
    is_active       boolean NOT NULL DEFAULT true,
    created_by      uuid REFERENCES auth.users ON DELETE SET NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_developers_user ON workspace.developers (user_id);
CREATE INDEX developers_created_by ON workspace.developers (created_by) WHERE created_by IS NOT NULL;
CREATE TRIGGER developers_touch BEFORE UPDATE ON workspace.developers
    FOR EACH ROW EXECUTE FUNCTION workspace.touch_updated_at();
CREATE TABLE workspace.developer_projects (
    id                    uuid PRIMARY KEY,
    developer_id          uuid NOT NULL REFERENCES workspace.developers ON DELETE CASCADE,
    project_name          varchar(100) NOT NULL,
    access_level          varchar(20) NOT NULL CHECK (access_level IN ('read', 'write', 'admin')),
    git_branch_pattern    varchar(100),
    can_push_to_main      boolean NOT NULL DEFAULT false,
    can_deploy_staging    boolean NOT NULL DEFAULT false,
    can_deploy_production boolean NOT NULL DEFAULT false,
    granted_by            uuid REFERENCES auth.users ON DELETE SET NULL,
    granted_at            timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_dev_projects_developer ON workspace.developer_projects (developer_id);
CREATE INDEX developer_projects_granted_by ON workspace.developer_projects (granted_by) WHERE granted_by IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON workspace.developers, workspace.developer_projects TO bheem_system;
