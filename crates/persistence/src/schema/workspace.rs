//! Tables of tenants.

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
        requires_second_factor -> Bool,
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
        consent -> Varchar,
        services_due_at -> Nullable<Timestamptz>,
        former_email -> Nullable<Varchar>,
        wants_mailbox -> Bool,
        mailbox_address -> Nullable<Varchar>,
    }
}

diesel::table! {
    workspace.app_passwords (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        member_id -> Uuid,
        service -> Varchar,
        name -> Varchar,
        username -> Varchar,
        peer_id -> Nullable<BigInt>,
        created_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    workspace.former_addresses (tenant_id, address) {
        tenant_id -> Uuid,
        address -> Varchar,
        member_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    workspace.resting_names (kind, name) {
        kind -> Varchar,
        name -> Varchar,
        rests_until -> Timestamptz,
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
        mail_allowed -> Bool,
        mail_checked_at -> Nullable<Timestamptz>,
        mail_problem -> Nullable<Varchar>,
        ownership_checked_at -> Nullable<Timestamptz>,
        ownership_missing_since -> Nullable<Timestamptz>,
        ownership_warned_at -> Nullable<Timestamptz>,
        closing_at -> Nullable<Timestamptz>,
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

diesel::table! {
    workspace.tenant_clients (tenant_id, client_id) {
        tenant_id -> Uuid,
        client_id -> Varchar,
        created_at -> Timestamptz,
    }
}
