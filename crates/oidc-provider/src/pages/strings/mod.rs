//! Every sentence of the pages, in each language. A language that misses one does not compile.

mod de;
mod en;

/// The sentences of a language. `{}` stands for a name.
#[derive(Debug)]
pub(crate) struct Strings {
    /// The language (BCP 47).
    pub(crate) lang: &'static str,
    pub(crate) product: &'static str,
    pub(crate) skip_to_content: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_in_to: &'static str,
    pub(crate) sign_in_again: &'static str,
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    pub(crate) forgot_password: &'static str,
    pub(crate) or: &'static str,
    pub(crate) use_passkey: &'static str,
    pub(crate) use_password: &'static str,
    pub(crate) bad_credentials: &'static str,
    pub(crate) account_disabled: &'static str,
    pub(crate) too_many: &'static str,
    pub(crate) second_factor: &'static str,
    pub(crate) totp_code: &'static str,
    pub(crate) totp_hint: &'static str,
    pub(crate) recovery_code: &'static str,
    pub(crate) recovery_hint: &'static str,
    pub(crate) use_recovery_code: &'static str,
    pub(crate) confirm: &'static str,
    pub(crate) bad_code: &'static str,
    pub(crate) start_again: &'static str,
    pub(crate) passkey: &'static str,
    pub(crate) passkey_text: &'static str,
    pub(crate) passkey_go: &'static str,
    pub(crate) passkey_create: &'static str,
    pub(crate) passkey_needs_script: &'static str,
    pub(crate) passkey_failed: &'static str,
    pub(crate) choose_account: &'static str,
    pub(crate) continue_as: &'static str,
    pub(crate) other_account: &'static str,
    pub(crate) consent: &'static str,
    pub(crate) consent_as: &'static str,
    pub(crate) consent_scopes: &'static str,
    pub(crate) allow: &'static str,
    pub(crate) deny: &'static str,
    pub(crate) privacy_policy: &'static str,
    pub(crate) terms: &'static str,
    pub(crate) scope_openid: &'static str,
    pub(crate) scope_profile: &'static str,
    pub(crate) scope_email: &'static str,
    pub(crate) scope_phone: &'static str,
    pub(crate) scope_address: &'static str,
    pub(crate) scope_groups: &'static str,
    pub(crate) scope_roles: &'static str,
    pub(crate) scope_offline_access: &'static str,
    pub(crate) scope_other: &'static str,
    pub(crate) device: &'static str,
    pub(crate) device_text: &'static str,
    pub(crate) device_code: &'static str,
    pub(crate) device_bad_code: &'static str,
    pub(crate) device_confirm: &'static str,
    pub(crate) device_warning: &'static str,
    pub(crate) device_done: &'static str,
    pub(crate) device_denied: &'static str,
    pub(crate) continue_: &'static str,
    pub(crate) forgot_title: &'static str,
    pub(crate) forgot_text: &'static str,
    pub(crate) send_link: &'static str,
    pub(crate) link_sent_title: &'static str,
    pub(crate) link_sent: &'static str,
    pub(crate) set_password: &'static str,
    pub(crate) link_code: &'static str,
    pub(crate) link_code_hint: &'static str,
    pub(crate) new_password: &'static str,
    pub(crate) new_password_hint: &'static str,
    pub(crate) repeat_password: &'static str,
    pub(crate) passwords_differ: &'static str,
    pub(crate) password_refused: &'static str,
    pub(crate) bad_link: &'static str,
    pub(crate) password_set: &'static str,
    pub(crate) save: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) sign_out_question: &'static str,
    pub(crate) sign_out_as: &'static str,
    pub(crate) stay: &'static str,
    pub(crate) signed_out: &'static str,
    pub(crate) signed_out_text: &'static str,
    pub(crate) sending_you_back: &'static str,
    pub(crate) sending_you_back_text: &'static str,
    pub(crate) error: &'static str,
    pub(crate) error_expired: &'static str,
    pub(crate) error_form: &'static str,
    pub(crate) error_client: &'static str,
    pub(crate) error_redirect: &'static str,
    pub(crate) error_request: &'static str,
    pub(crate) error_server: &'static str,
    pub(crate) error_code: &'static str,
    pub(crate) account: &'static str,
    pub(crate) account_as: &'static str,
    pub(crate) sessions: &'static str,
    pub(crate) this_session: &'static str,
    pub(crate) signed_in_at: &'static str,
    pub(crate) last_used: &'static str,
    pub(crate) end_session: &'static str,
    /// `{}` for program and system.
    pub(crate) device_on: &'static str,
    pub(crate) unknown_device: &'static str,
    pub(crate) consents: &'static str,
    pub(crate) no_consents: &'static str,
    pub(crate) revoke: &'static str,
    pub(crate) invitations: &'static str,
    /// `{}` for whoever invites.
    pub(crate) invited_by: &'static str,
    pub(crate) accept: &'static str,
    pub(crate) decline: &'static str,
    pub(crate) totp: &'static str,
    pub(crate) totp_on: &'static str,
    pub(crate) totp_off: &'static str,
    pub(crate) totp_set_up: &'static str,
    pub(crate) totp_remove: &'static str,
    pub(crate) totp_scan: &'static str,
    pub(crate) totp_secret: &'static str,
    pub(crate) totp_required: &'static str,
    pub(crate) totp_instead: &'static str,
    pub(crate) passkey_instead: &'static str,
    pub(crate) qr_code: &'static str,
    pub(crate) recovery_codes: &'static str,
    pub(crate) recovery_codes_text: &'static str,
    pub(crate) recovery_codes_new: &'static str,
    pub(crate) passkeys: &'static str,
    pub(crate) no_passkeys: &'static str,
    pub(crate) passkey_add: &'static str,
    pub(crate) passkey_name: &'static str,
    /// A moment in the notation of `strftime`; `{}` for the name of the month.
    pub(crate) moment: &'static str,
    pub(crate) months: [&'static str; 12],
    pub(crate) added_at: &'static str,
    pub(crate) programs: &'static str,
    pub(crate) no_programs: &'static str,
    pub(crate) program_mail: &'static str,
    pub(crate) program_files: &'static str,
    pub(crate) program_calendar: &'static str,
    pub(crate) change_password: &'static str,
    pub(crate) current_password: &'static str,
    pub(crate) bad_current_password: &'static str,
    pub(crate) password_changed: &'static str,
    pub(crate) back_to_account: &'static str,
    pub(crate) last_factor: &'static str,
    pub(crate) verify_email: &'static str,
    pub(crate) verify_email_text: &'static str,
    pub(crate) verify_email_other: &'static str,
    pub(crate) keep_applications: &'static str,
    pub(crate) account_renamed: &'static str,
    pub(crate) email_verified: &'static str,
}

const LANGUAGES: [&Strings; 2] = [&en::EN, &de::DE];

/// The languages of the pages (RFC 5646).
pub(crate) fn languages() -> impl Iterator<Item = &'static str> {
    LANGUAGES.into_iter().map(|strings| strings.lang)
}

/// The language for somebody who prefers these (RFC 4647 section 3.4, lookup): what the client asked
/// for (`ui_locales`), then what the browser says (`Accept-Language`), then English.
pub(crate) fn choose(ui_locales: &[String], accept_language: &str) -> &'static Strings {
    let mut accepted: Vec<(&str, f32)> = accept_language
        .split(',')
        .take(20)
        .filter_map(|range| {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight = weight.trim().strip_prefix("q=")?.parse().ok()?;
            (weight > 0.0).then_some((tag.trim(), weight))
        })
        .collect();
    accepted.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    ui_locales
        .iter()
        .map(String::as_str)
        .chain(accepted.into_iter().map(|(tag, _)| tag))
        .find_map(known)
        .unwrap_or(&en::EN)
}

fn known(tag: &str) -> Option<&'static Strings> {
    let language = tag.split(['-', '_']).next()?;
    LANGUAGES
        .into_iter()
        .find(|strings| strings.lang.eq_ignore_ascii_case(language))
}

/// A sentence with a name in it. Plain text: the template escapes it.
pub(crate) fn fill(sentence: &str, name: &str) -> String {
    sentence.replacen("{}", name, 1)
}

impl Strings {
    /// What a scope lets a client do.
    pub(crate) fn scope(&self, scope: &str) -> String {
        match scope {
            "openid" => self.scope_openid,
            "profile" => self.scope_profile,
            "email" => self.scope_email,
            "phone" => self.scope_phone,
            "address" => self.scope_address,
            "groups" => self.scope_groups,
            "roles" => self.scope_roles,
            "offline_access" => self.scope_offline_access,
            other => return fill(self.scope_other, other),
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_asked_before_the_browser() {
        let lang = |locales: &[&str], header: &str| {
            let locales: Vec<String> = locales.iter().map(ToString::to_string).collect();
            choose(&locales, header).lang
        };
        assert_eq!(lang(&["de-AT"], "en"), "de");
        assert_eq!(lang(&["fr", "DE"], "en"), "de");
        assert_eq!(lang(&["fr"], "de-CH, en;q=0.5"), "de");
        assert_eq!(lang(&[], "en;q=0.4, de;q=0.9"), "de");
        assert_eq!(lang(&[], "de;q=0, en"), "en");
        assert_eq!(lang(&[], "fr;q=nonsense,,;;"), "en");
        assert_eq!(lang(&[], ""), "en");
    }

    #[test]
    fn a_name_stands_where_the_sentence_has_room_for_it() {
        for strings in LANGUAGES {
            for sentence in [
                strings.sign_in_to,
                strings.continue_as,
                strings.consent,
                strings.consent_as,
                strings.device_confirm,
                strings.scope_other,
                strings.account_as,
                strings.sign_out_as,
                strings.invited_by,
            ] {
                assert!(fill(sentence, "<name>{}").contains("<name>{}"));
            }
        }
    }
}
