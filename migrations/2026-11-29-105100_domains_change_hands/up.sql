ALTER TABLE workspace.domains
    -- The DNS lets mail be set up; `mail_enabled` says that the mail server has the domain, active and as this tenant's.
    ADD COLUMN mail_allowed boolean NOT NULL DEFAULT false,
    -- When the mail server was last asked, and what stood against mail then.
    ADD COLUMN mail_checked_at timestamptz,
    ADD COLUMN mail_problem varchar(40),
    -- When the name servers last answered about the proof, and since when they have answered that it is gone.
    ADD COLUMN ownership_checked_at timestamptz,
    ADD COLUMN ownership_missing_since timestamptz,
    ADD COLUMN ownership_warned_at timestamptz,
    -- Being removed: its mail is closed first, and nobody else can have the name until then.
    ADD COLUMN closing_at timestamptz;
UPDATE workspace.domains SET mail_allowed = mail_enabled, ownership_checked_at = created_at;
CREATE INDEX domains_proof_due ON workspace.domains (ownership_checked_at NULLS FIRST) WHERE ownership_verified;
CREATE INDEX domains_mail_due ON workspace.domains (mail_checked_at NULLS FIRST) WHERE mail_allowed;
