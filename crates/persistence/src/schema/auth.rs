//! Tables of accounts, sessions and the provider.

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
        shares_name -> Bool,
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
