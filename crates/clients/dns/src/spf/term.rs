//! What SPF records consist of (section 4.6.1).

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::DomainSpec;

/// What a match means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Qualifier {
    /// `+`: it may send.
    Pass,
    /// `-`: it may not.
    Fail,
    /// `~`: it probably may not.
    SoftFail,
    /// `?`: nothing is said.
    Neutral,
}

/// What a sender is matched with (section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mechanism {
    /// Everybody.
    All,
    /// Whoever passes another domain's record.
    Include(DomainSpec),
    /// The addresses of a host, with the lengths of networks around them.
    A(Option<DomainSpec>, u8, u8),
    /// The addresses of a domain's mail exchangers, with the lengths of networks around them.
    Mx(Option<DomainSpec>, u8, u8),
    /// Hosts that are named below a domain; not to be used any more.
    Ptr(Option<DomainSpec>),
    /// A network.
    Ip4(Ipv4Addr, u8),
    /// A network.
    Ip6(Ipv6Addr, u8),
    /// Whoever makes this name exist.
    Exists(DomainSpec),
}

/// A mechanism and what its match means.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Directive {
    /// What it means.
    pub qualifier: Qualifier,
    /// Who is meant.
    pub mechanism: Mechanism,
}

/// An SPF record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpfRecord {
    /// In their order, which matters.
    pub directives: Vec<Directive>,
    /// Whose record holds when nothing matches.
    pub redirect: Option<DomainSpec>,
    /// Where the words for a refusal are.
    pub explanation: Option<DomainSpec>,
    /// Modifiers that nobody knows, which are ignored.
    pub unknown: Vec<(String, String)>,
}

impl SpfRecord {
    /// The directives that can match: those up to `all`.
    pub fn effective(&self) -> impl Iterator<Item = &Directive> {
        let mut is_over = false;
        self.directives.iter().take_while(move |directive| {
            let is_left = !is_over;
            is_over |= directive.mechanism == Mechanism::All;
            is_left
        })
    }

    /// What holds for everybody who is not named; `None` when another record decides that.
    #[must_use]
    pub fn default_qualifier(&self) -> Option<Qualifier> {
        let all = self.directives.iter();
        let mut all = all.filter(|directive| directive.mechanism == Mechanism::All);
        match all.next() {
            Some(directive) => Some(directive.qualifier),
            None if self.redirect.is_some() => None,
            None => Some(Qualifier::Neutral),
        }
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "",
            Self::Fail => "-",
            Self::SoftFail => "~",
            Self::Neutral => "?",
        })
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.qualifier)?;
        match &self.mechanism {
            Mechanism::All => f.write_str("all"),
            Mechanism::Include(domain) => write!(f, "include:{domain}"),
            Mechanism::A(domain, v4, v6) => hosts(f, "a", domain.as_ref(), *v4, *v6),
            Mechanism::Mx(domain, v4, v6) => hosts(f, "mx", domain.as_ref(), *v4, *v6),
            Mechanism::Ptr(None) => f.write_str("ptr"),
            Mechanism::Ptr(Some(domain)) => write!(f, "ptr:{domain}"),
            Mechanism::Ip4(address, 32) => write!(f, "ip4:{address}"),
            Mechanism::Ip4(address, length) => write!(f, "ip4:{address}/{length}"),
            Mechanism::Ip6(address, 128) => write!(f, "ip6:{address}"),
            Mechanism::Ip6(address, length) => write!(f, "ip6:{address}/{length}"),
            Mechanism::Exists(domain) => write!(f, "exists:{domain}"),
        }
    }
}

fn hosts(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    domain: Option<&DomainSpec>,
    v4: u8,
    v6: u8,
) -> fmt::Result {
    f.write_str(name)?;
    if let Some(domain) = domain {
        write!(f, ":{domain}")?;
    }
    if v4 != 32 {
        write!(f, "/{v4}")?;
    }
    if v6 != 128 {
        write!(f, "//{v6}")?;
    }
    Ok(())
}

impl fmt::Display for SpfRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("v=spf1")?;
        for directive in &self.directives {
            write!(f, " {directive}")?;
        }
        for (name, domain) in [("redirect", &self.redirect), ("exp", &self.explanation)] {
            if let Some(domain) = domain {
                write!(f, " {name}={domain}")?;
            }
        }
        for (name, value) in &self.unknown {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}
