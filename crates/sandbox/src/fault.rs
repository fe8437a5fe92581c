//! Faults on demand.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultAction {
    /// The peer refuses without doing anything, with the fault's status.
    Fail,
    /// The peer never answers.
    Hang,
    /// The peer does what was asked and the connection breaks before the answer.
    ApplyThenDrop,
    /// The peer does nothing and answers 200 with nonsense.
    Garbage,
    /// The peer does nothing and answers 200 with an empty body, as PHP does after an exception.
    Empty,
    /// Something in front of the peer answers with a whole web page: with the fault's status, else 200.
    Page,
    /// The peer dies in the middle of what was asked, and the connection breaks: Nextcloud has made a user and put it into
    /// its groups and does no more, Mailcow has made a mailbox whose fields are empty; other requests are not begun.
    DieHalfway,
    /// The peer is slow, and nothing else.
    #[default]
    Delay,
}

/// Which requests fail, how, and how often.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fault {
    /// The HTTP method; any when absent, empty or `*`.
    pub method: Option<String>,
    /// The beginning of the path, as it is sent; any when empty.
    pub path_prefix: String,
    /// What happens; a mere delay when absent.
    pub action: FaultAction,
    /// The status of a failure; 500 when absent.
    pub status: Option<u16>,
    /// How many requests it hits: 1 when absent; 0 or negative until the faults are cleared.
    pub times: Option<i64>,
    /// A delay before anything else happens, in milliseconds.
    pub delay_ms: u64,
}

impl Fault {
    fn matches(&self, method: &str, path: &str) -> bool {
        let any = |wanted: &str| wanted.is_empty() || wanted == "*";
        self.method
            .as_deref()
            .is_none_or(|wanted| any(wanted) || wanted.eq_ignore_ascii_case(method))
            && path.starts_with(&self.path_prefix)
    }
}

/// What one request meets.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) delay: Duration,
    pub(crate) action: Option<FaultAction>,
    pub(crate) status: u16,
}

/// The faults of one stand-in. They are not kept over a restart.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, mut fault: Fault) {
        fault.times = Some(fault.times.unwrap_or(1));
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.0
    }

    /// The delays of all matching faults and the action of the first that has one; each fault
    /// that took part is used up by one.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Verdict {
        let mut verdict = Verdict::default();
        for fault in &mut self.0 {
            let is_delay = fault.action == FaultAction::Delay;
            if !fault.matches(method, path) || (!is_delay && verdict.action.is_some()) {
                continue;
            }
            verdict.delay += Duration::from_millis(fault.delay_ms);
            if !is_delay {
                verdict.action = Some(fault.action);
                let usual = if fault.action == FaultAction::Page {
                    200
                } else {
                    500
                };
                verdict.status = fault.status.unwrap_or(usual);
            }
            // Counts down to -1, never to 0, which means "always".
            if let Some(times) = fault.times.filter(|times| *times > 0) {
                fault.times = Some(if times == 1 { i64::MIN } else { times - 1 });
            }
        }
        self.0.retain(|fault| fault.times != Some(i64::MIN));
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_as_often_as_it_says() {
        let mut faults = Faults::default();
        faults.add(Fault {
            method: Some("post".to_owned()),
            path_prefix: "/a".to_owned(),
            action: FaultAction::Fail,
            times: Some(2),
            ..Fault::default()
        });
        assert!(faults.take("GET", "/a").action.is_none());
        assert!(faults.take("POST", "/b").action.is_none());
        assert_eq!(faults.take("POST", "/a/1").action, Some(FaultAction::Fail));
        assert_eq!(faults.take("POST", "/a/2").action, Some(FaultAction::Fail));
        assert!(faults.take("POST", "/a/3").action.is_none());
    }

    #[test]
    fn a_lasting_delay_adds_to_another_fault() {
        let mut faults = Faults::default();
        faults.add(serde_json::from_str(r#"{"delay_ms":20,"times":-1}"#).unwrap());
        faults.add(serde_json::from_str(r#"{"action":"garbage","delay_ms":5}"#).unwrap());
        let first = faults.take("GET", "/");
        assert_eq!(first.delay, Duration::from_millis(25));
        assert_eq!(first.action, Some(FaultAction::Garbage));
        let second = faults.take("GET", "/");
        assert_eq!(
            (second.delay, second.action),
            (Duration::from_millis(20), None)
        );
    }
}
