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
        number -> BigInt,
        phone_verified_at -> Nullable<Timestamptz>,
        locale -> Nullable<Varchar>,
        former_username -> Nullable<Varchar>,
        managed_by -> Nullable<Uuid>,
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
        kind -> Varchar,
        authenticated_at -> Timestamptz,
        amr -> Array<Text>,
        idle_expires_at -> Nullable<Timestamptz>,
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
        invited_to -> Nullable<Uuid>,
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
        sign_from -> Timestamptz,
        sign_until -> Nullable<Timestamptz>,
        publish_until -> Nullable<Timestamptz>,
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
        holder -> BigInt,
        committed_at -> Nullable<Timestamptz>,
        effect -> Nullable<Jsonb>,
        key_id -> Nullable<Varchar>,
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
    auth.external_identities (source, subject) {
        source -> Varchar,
        subject -> Varchar,
        account_id -> Uuid,
        created_at -> Timestamptz,
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    auth.totp (account_id) {
        account_id -> Uuid,
        key_id -> Varchar,
        sealed -> Bytea,
        last_step -> BigInt,
        created_at -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    auth.recovery_codes (account_id, code_hash) {
        account_id -> Uuid,
        code_hash -> Bytea,
        created_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    auth.passkeys (id) {
        id -> Uuid,
        account_id -> Uuid,
        credential_id -> Bytea,
        name -> Varchar,
        passkey -> Jsonb,
        created_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    auth.webauthn_ceremonies (id) {
        id -> Uuid,
        account_id -> Nullable<Uuid>,
        purpose -> Varchar,
        state -> Jsonb,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    auth.verification_codes (id) {
        id -> Uuid,
        account_id -> Uuid,
        purpose -> Varchar,
        target -> Varchar,
        code_hash -> Bytea,
        failures -> Integer,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    auth.known_devices (account_id, device_hash) {
        account_id -> Uuid,
        device_hash -> Bytea,
        first_seen_at -> Timestamptz,
        last_seen_at -> Timestamptz,
    }
}

diesel::table! {
    auth.login_events (id) {
        id -> Uuid,
        account_id -> Uuid,
        session_id -> Nullable<Uuid>,
        outcome -> Varchar,
        method -> Varchar,
        ip_address -> Nullable<Inet>,
        user_agent -> Nullable<Varchar>,
        is_new_device -> Bool,
        alert -> Nullable<Varchar>,
        alerted_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    auth.clients (client_id) {
        client_id -> Varchar,
        tenant_id -> Nullable<Uuid>,
        name -> Varchar,
        redirect_uris -> Array<Text>,
        post_logout_redirect_uris -> Array<Text>,
        grant_types -> Array<Text>,
        scopes -> Array<Text>,
        resources -> Array<Text>,
        token_endpoint_auth_method -> Varchar,
        jwks -> Nullable<Jsonb>,
        application_type -> Varchar,
        id_token_alg -> Varchar,
        userinfo_alg -> Nullable<Varchar>,
        requires_pkce -> Bool,
        requires_par -> Bool,
        requires_dpop -> Bool,
        is_first_party -> Bool,
        is_bound -> Bool,
        backchannel_logout_uri -> Nullable<Text>,
        default_max_age -> Nullable<Integer>,
        client_uri -> Nullable<Text>,
        logo_uri -> Nullable<Text>,
        policy_uri -> Nullable<Text>,
        tos_uri -> Nullable<Text>,
        contacts -> Array<Text>,
        registration_token_hash -> Nullable<Bytea>,
        is_active -> Bool,
        version -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    workspace.tenant_clients (tenant_id, client_id) {
        tenant_id -> Uuid,
        client_id -> Varchar,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    auth.client_secrets (id) {
        id -> Uuid,
        client_id -> Varchar,
        secret_hash -> Bytea,
        created_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    auth.initial_access_tokens (id) {
        tenant_id -> Nullable<Uuid>,
        id -> Uuid,
        token_hash -> Bytea,
        created_by -> Nullable<Uuid>,
        uses_left -> Integer,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    auth.authorization_requests (id) {
        id -> Uuid,
        token_hash -> Bytea,
        client_id -> Varchar,
        is_pushed -> Bool,
        parameters -> Jsonb,
        browser_hash -> Nullable<Bytea>,
        selected_session_id -> Nullable<Uuid>,
        consented_account_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    auth.authorization_codes (code_hash) {
        code_hash -> Bytea,
        client_id -> Varchar,
        account_id -> Uuid,
        session_id -> Uuid,
        redirect_uri -> Text,
        scopes -> Array<Text>,
        resources -> Array<Text>,
        claims -> Nullable<Jsonb>,
        nonce -> Nullable<Text>,
        code_challenge -> Nullable<Text>,
        dpop_jkt -> Nullable<Text>,
        authenticated_at -> Timestamptz,
        amr -> Array<Text>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        grant_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    auth.grants (id) {
        id -> Uuid,
        client_id -> Varchar,
        account_id -> Uuid,
        session_id -> Nullable<Uuid>,
        is_offline -> Bool,
        scopes -> Array<Text>,
        resources -> Array<Text>,
        claims -> Nullable<Jsonb>,
        nonce -> Nullable<Text>,
        dpop_jkt -> Nullable<Text>,
        authenticated_at -> Timestamptz,
        amr -> Array<Text>,
        generation -> Integer,
        rotated_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        revoked_reason -> Nullable<Varchar>,
    }
}

diesel::table! {
    auth.revoked_tokens (id) {
        id -> Uuid,
        revoked_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    auth.used_assertions (key) {
        key -> Bytea,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    auth.consents (account_id, client_id) {
        account_id -> Uuid,
        client_id -> Varchar,
        scopes -> Array<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    auth.device_codes (id) {
        id -> Uuid,
        device_code_hash -> Bytea,
        user_code_hash -> Bytea,
        client_id -> Varchar,
        scopes -> Array<Text>,
        resources -> Array<Text>,
        dpop_jkt -> Nullable<Text>,
        status -> Varchar,
        account_id -> Nullable<Uuid>,
        session_id -> Nullable<Uuid>,
        authenticated_at -> Nullable<Timestamptz>,
        amr -> Array<Text>,
        interval_seconds -> Integer,
        polled_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    auth.name_collisions (source, subject, account_id) {
        source -> Varchar,
        subject -> Varchar,
        account_id -> Uuid,
        mirrored_id -> Uuid,
        name -> Varchar,
        created_at -> Timestamptz,
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    auth.session_clients (session_id, client_id) {
        session_id -> Uuid,
        client_id -> Varchar,
        account_id -> Uuid,
        created_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        enqueued_at -> Nullable<Timestamptz>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    tenant_users,
    users,
    account_credentials,
    sessions,
    external_identities,
    login_events,
    clients,
    client_secrets,
    tenant_clients,
    grants,
    session_clients,
    consents,
    domains
);
