//! What can be edited of a user.

/// A field of a user that can be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserField {
    /// The name others see.
    DisplayName,
    /// The address for notifications.
    Email,
    /// How much room there is.
    Quota,
    /// The language.
    Language,
    /// The locale, for dates and numbers.
    Locale,
    /// The id of the manager.
    Manager,
    /// The telephone number.
    Phone,
    /// The postal address.
    Address,
    /// The website.
    Website,
    /// The organisation.
    Organisation,
    /// The role in it.
    Role,
    /// A line about the user.
    Headline,
    /// Another one, by its key.
    Other(String),
}

impl UserField {
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::DisplayName => "displayname",
            Self::Email => "email",
            Self::Quota => "quota",
            Self::Language => "language",
            Self::Locale => "locale",
            Self::Manager => "manager",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Website => "website",
            Self::Organisation => "organisation",
            Self::Role => "role",
            Self::Headline => "headline",
            Self::Other(key) => key,
        }
    }
}
