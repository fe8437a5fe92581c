//! Reading SPF records (section 12 has the grammar). Any mistake makes the whole record worthless (section 4.6), so it is
//! told, and not worked around.

use std::str::FromStr;

use super::{
    Directive, DomainSpec, Mechanism, Qualifier, SpfRecord, domain_spec::check_macros, is_spf,
};

/// Why a text is no SPF record. Terms are shown cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpfError {
    /// It does not begin with `v=spf1`.
    #[error("it does not begin with v=spf1")]
    Version,
    /// A mechanism that there is none of.
    #[error("there is no mechanism `{0}`")]
    Unknown(String),
    /// A term that is not written as it has to be.
    #[error("`{0}` is not well-formed")]
    Term(String),
    /// A modifier that may stand there once.
    #[error("`{0}` stands there twice")]
    Twice(&'static str),
}

impl FromStr for SpfRecord {
    type Err = SpfError;

    fn from_str(text: &str) -> Result<Self, SpfError> {
        if !is_spf(text) {
            return Err(SpfError::Version);
        }
        let mut record = Self::default();
        for term in text.split(' ').skip(1).filter(|term| !term.is_empty()) {
            match modifier(term) {
                Some((name, value)) => add(&mut record, term, name, value)?,
                None => record.directives.push(directive(term)?),
            }
        }
        Ok(record)
    }
}

fn malformed(term: &str) -> SpfError {
    SpfError::Term(term.chars().take(60).collect())
}

/// A name with `=` after it: mechanisms have `:` or `/` first.
fn modifier(term: &str) -> Option<(&str, &str)> {
    let (name, value) = term.split_once('=')?;
    let begins = name.chars().next()?.is_ascii_alphabetic();
    let is_name = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.');
    (begins && name.chars().all(is_name)).then_some((name, value))
}

fn add(record: &mut SpfRecord, term: &str, name: &str, value: &str) -> Result<(), SpfError> {
    let domain = || DomainSpec::parse(value).ok_or_else(|| malformed(term));
    let (place, name) = match name.to_ascii_lowercase().as_str() {
        "redirect" => (&mut record.redirect, "redirect"),
        "exp" => (&mut record.explanation, "exp"),
        other => {
            check_macros(value).ok_or_else(|| malformed(term))?;
            record.unknown.push((other.to_owned(), value.to_owned()));
            return Ok(());
        }
    };
    if place.is_some() {
        return Err(SpfError::Twice(name));
    }
    *place = Some(domain()?);
    Ok(())
}

fn directive(term: &str) -> Result<Directive, SpfError> {
    let mut characters = term.chars();
    let (qualifier, rest) = match characters.next() {
        Some('+') => (Qualifier::Pass, characters.as_str()),
        Some('-') => (Qualifier::Fail, characters.as_str()),
        Some('~') => (Qualifier::SoftFail, characters.as_str()),
        Some('?') => (Qualifier::Neutral, characters.as_str()),
        _ => (Qualifier::Pass, term),
    };
    let name = rest.split([':', '/']).next().unwrap_or_default();
    let argument = rest.strip_prefix(name).unwrap_or_default();
    let mechanism = mechanism(&name.to_ascii_lowercase(), argument);
    Ok(Directive {
        qualifier,
        mechanism: mechanism.map_err(|is_unknown| {
            if is_unknown {
                SpfError::Unknown(name.chars().take(60).collect())
            } else {
                malformed(term)
            }
        })?,
    })
}

/// `argument` begins with the `:` or `/` after the name, or is empty. The error says whether there is no such mechanism.
fn mechanism(name: &str, argument: &str) -> Result<Mechanism, bool> {
    let value = argument.strip_prefix(':');
    let domain = || value.and_then(DomainSpec::parse).ok_or(false);
    match name {
        "all" if argument.is_empty() => Ok(Mechanism::All),
        "include" => Ok(Mechanism::Include(domain()?)),
        "exists" => Ok(Mechanism::Exists(domain()?)),
        "ptr" if argument.is_empty() => Ok(Mechanism::Ptr(None)),
        "ptr" => Ok(Mechanism::Ptr(Some(domain()?))),
        "a" => hosts(argument).map(|(domain, v4, v6)| Mechanism::A(domain, v4, v6)),
        "mx" => hosts(argument).map(|(domain, v4, v6)| Mechanism::Mx(domain, v4, v6)),
        "ip4" => {
            let (address, length) = network(value.ok_or(false)?, 32)?;
            Ok(Mechanism::Ip4(address, length))
        }
        "ip6" => {
            let (address, length) = network(value.ok_or(false)?, 128)?;
            Ok(Mechanism::Ip6(address, length))
        }
        "all" => Err(false),
        _ => Err(true),
    }
}

fn network<T: FromStr>(text: &str, most: u8) -> Result<(T, u8), bool> {
    let (address, length) = match text.split_once('/') {
        Some((address, digits)) => (address, prefix(digits, most)?),
        None => (text, most),
    };
    let address = address.parse().map_err(|_invalid| false)?;
    Ok((address, length))
}

fn prefix(digits: &str, most: u8) -> Result<u8, bool> {
    let has_zeros = digits.len() > 1 && digits.starts_with('0');
    if has_zeros || !digits.bytes().all(|one| one.is_ascii_digit()) {
        return Err(false);
    }
    let length: u8 = digits.parse().map_err(|_invalid| false)?;
    if length > most {
        Err(false)
    } else {
        Ok(length)
    }
}

/// `[":" domain-spec] ["/" length] ["//" length]`; lengths are looked for at the end, since macros may hold slashes.
fn hosts(argument: &str) -> Result<(Option<DomainSpec>, u8, u8), bool> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
    let (rest, v6) = match argument.rsplit_once("//") {
        Some((rest, digits)) if is_number(digits) => (rest, prefix(digits, 128)?),
        _ => (argument, 128),
    };
    let (rest, v4) = match rest.rsplit_once('/') {
        Some((rest, digits)) if is_number(digits) => (rest, prefix(digits, 32)?),
        _ => (rest, 32),
    };
    let domain = match rest.strip_prefix(':') {
        Some(text) => Some(DomainSpec::parse(text).ok_or(false)?),
        None if rest.is_empty() => None,
        None => return Err(false),
    };
    Ok((domain, v4, v6))
}
