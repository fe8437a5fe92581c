//! Short texts that people type: names, titles, reasons.

use crate::Invalid;

/// Trims `value` and refuses it when it is empty, too long, or holds control characters.
///
/// # Errors
/// [`Invalid`] naming `field`.
pub fn required(field: &'static str, value: &str, max_chars: usize) -> Result<String, Invalid> {
    optional(field, value, max_chars)?.ok_or_else(|| Invalid::new(field, "must not be empty"))
}

/// As [`required`], but an empty text is `None`.
///
/// # Errors
/// [`Invalid`] naming `field`.
pub fn optional(
    field: &'static str,
    value: &str,
    max_chars: usize,
) -> Result<Option<String>, Invalid> {
    let value = value.trim();
    if value.chars().count() > max_chars {
        return Err(Invalid::new(
            field,
            format!("must have at most {max_chars} characters"),
        ));
    }
    if value.chars().any(char::is_control) {
        return Err(Invalid::new(field, "must not hold control characters"));
    }
    Ok((!value.is_empty()).then(|| value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_and_bounds() {
        assert_eq!(required("name", "  Ada ", 3).unwrap(), "Ada");
        assert_eq!(required("name", "Adam", 3).unwrap_err().field, "name");
        assert!(required("name", " \t", 3).is_err());
        assert!(required("name", "a\nb", 9).is_err());
        assert_eq!(optional("name", " ", 3).unwrap(), None);
    }
}
