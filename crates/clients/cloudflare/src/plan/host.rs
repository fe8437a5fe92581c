//! Hosts that receive mail must not be behind proxies.

use super::{Problem, state::State};

impl State<'_> {
    /// Leaves out what would hide a mail host, and tells what hides one already.
    pub(super) fn take_proxied_mail_hosts(&mut self) {
        let wish = self.wish;
        let is_hiding = |name: &str, is_proxied: bool| is_proxied && wish.mail_hosts.contains(name);
        let mut hidden = Vec::new();
        self.wanted.retain(|wanted| {
            let is_wrong = is_hiding(&wanted.key.name, wanted.record.proxied);
            if is_wrong {
                hidden.push(wanted.key.name.clone());
            }
            !is_wrong
        });
        for present in &self.present {
            // The owner's own are removed, or corrected by what is wanted.
            if !present.is_own && is_hiding(&present.key.name, present.record.proxied) {
                hidden.push(present.key.name.clone());
            }
        }
        hidden.sort();
        hidden.dedup();
        let told = hidden
            .into_iter()
            .map(|name| Problem::ProxiedMailHost { name });
        self.plan.problems.extend(told);
    }
}
