//! The tables as diesel sees them; kept in step with `migrations/` by a test that reads the catalog.

diesel::table! {
    auth.users (id) {
        id -> Uuid,
        username -> Varchar,
        email -> Nullable<Varchar>,
        hashed_password -> Nullable<Text>,
        full_name -> Nullable<Varchar>,
        phone -> Nullable<Varchar>,
        role -> Varchar,
        company_id -> Nullable<Uuid>,
        company_code -> Nullable<Varchar>,
        person_id -> Nullable<Uuid>,
        is_active -> Bool,
        origin -> Varchar,
        invitation_email -> Nullable<Varchar>,
        email_verified_at -> Nullable<Timestamptz>,
        password_changed_at -> Nullable<Timestamptz>,
        last_login_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    auth.sessions (id) {
        id -> Uuid,
        account_id -> Uuid,
        generation -> Integer,
        ip_address -> Nullable<Inet>,
        user_agent -> Nullable<Varchar>,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        expires_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        revoked_reason -> Nullable<Varchar>,
    }
}

diesel::table! {
    auth.link_tokens (id) {
        id -> Uuid,
        account_id -> Uuid,
        purpose -> Varchar,
        token_hash -> Bytea,
        delivered_to -> Varchar,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    auth.login_throttle (key) {
        key -> Bytea,
        failures -> Integer,
        window_started_at -> Timestamptz,
    }
}

diesel::table! {
    auth.signing_keys (id) {
        id -> Uuid,
        algorithm -> Varchar,
        public_key -> Bytea,
        key_id -> Varchar,
        sealed -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    #[sql_name = "credentials"]
    auth.account_credentials (id) {
        id -> Uuid,
        account_id -> Uuid,
        peer -> Varchar,
        username -> Varchar,
        key_id -> Varchar,
        sealed -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    auth.idempotency_keys (owner, key) {
        owner -> Uuid,
        key -> Varchar,
        request_hash -> Bytea,
        attempt -> Uuid,
        locked_until -> Timestamptz,
        status -> Nullable<SmallInt>,
        headers -> Nullable<Jsonb>,
        body -> Nullable<Bytea>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    workspace.plans (code) {
        code -> Varchar,
        sku -> Varchar,
        name -> Varchar,
        description -> Text,
        price_minor -> BigInt,
        currency -> Varchar,
        billing_cycle -> Varchar,
        trial_days -> Nullable<Integer>,
        max_users -> Nullable<Integer>,
        meet_quota_hours -> Nullable<Integer>,
        docs_quota_mb -> Nullable<Integer>,
        mail_quota_mb -> Nullable<Integer>,
        recordings_quota_mb -> Nullable<Integer>,
        features -> Array<Text>,
        is_active -> Bool,
        sort_order -> Integer,
    }
}

diesel::table! {
    workspace.tenants (id) {
        id -> Uuid,
        name -> Varchar,
        slug -> Varchar,
        domain -> Nullable<Varchar>,
        owner_email -> Varchar,
        owner_name -> Nullable<Varchar>,
        plan -> Varchar,
        billing_email -> Nullable<Varchar>,
        stripe_customer_id -> Nullable<Varchar>,
        is_active -> Bool,
        is_suspended -> Bool,
        suspended_reason -> Nullable<Text>,
        meet_quota_hours -> Nullable<Integer>,
        docs_quota_mb -> Nullable<Integer>,
        mail_quota_mb -> Nullable<Integer>,
        recordings_quota_mb -> Nullable<Integer>,
        max_users -> Nullable<Integer>,
        meet_used_hours -> Numeric,
        docs_used_mb -> Numeric,
        mail_used_mb -> Numeric,
        recordings_used_mb -> Numeric,
        settings -> Jsonb,
        seat_count -> Integer,
        mattermost_team_id -> Nullable<Varchar>,
        erp_company_code -> Nullable<Varchar>,
        created_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        trial_ends_at -> Nullable<Timestamptz>,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    workspace.tenant_users (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        user_id -> Uuid,
        email -> Varchar,
        name -> Varchar,
        personal_email -> Nullable<Varchar>,
        role -> Varchar,
        is_active -> Bool,
        is_confirmed -> Bool,
        permissions -> Jsonb,
        provisioned_by -> Varchar,
        invited_by -> Nullable<Uuid>,
        invited_at -> Nullable<Timestamptz>,
        joined_at -> Nullable<Timestamptz>,
        mattermost_user_id -> Nullable<Varchar>,
        run_id -> Nullable<Uuid>,
        generation -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    workspace.domains (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        domain -> Varchar,
        domain_type -> Varchar,
        mailgun_domain_id -> Nullable<Varchar>,
        cloudflare_zone_id -> Nullable<Varchar>,
        spf_verified -> Bool,
        dkim_verified -> Bool,
        mx_verified -> Bool,
        ownership_verified -> Bool,
        verification_token -> Varchar,
        verification_status -> Varchar,
        is_primary -> Bool,
        is_active -> Bool,
        mail_enabled -> Bool,
        meet_enabled -> Bool,
        run_id -> Nullable<Uuid>,
        claim_expires_at -> Timestamptz,
        created_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        verified_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    workspace.domain_dns_records (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        domain_id -> Uuid,
        record_type -> Varchar,
        name -> Varchar,
        value -> Text,
        priority -> Nullable<Integer>,
        ttl -> Integer,
        purpose -> Varchar,
        is_verified -> Bool,
        last_checked_at -> Nullable<Timestamptz>,
        verified_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    workspace.credentials (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        member_id -> Uuid,
        peer -> Varchar,
        username -> Varchar,
        key_id -> Varchar,
        sealed -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    workspace.activity_log (id) {
        id -> Uuid,
        tenant_id -> Nullable<Uuid>,
        user_id -> Nullable<Uuid>,
        action -> Varchar,
        entity_type -> Nullable<Varchar>,
        entity_id -> Nullable<Uuid>,
        description -> Nullable<Text>,
        ip_address -> Nullable<Inet>,
        user_agent -> Nullable<Varchar>,
        metadata -> Nullable<Jsonb>,
        created_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    tenant_users,
    users,
    account_credentials,
    sessions
);
