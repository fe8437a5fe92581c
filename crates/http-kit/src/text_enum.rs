//! A peer's words as enums that know what they do not know.

/// Makes an enum of words: each variant has its text, and whatever else the peer says lands in `Other`. It is written and
/// read as its text.
///
/// ```
/// bheem_http_kit::text_enum! {
///     /// How far it is.
///     Status {
///         /// Under way.
///         Active = "active",
///         /// Over.
///         Done = "done",
///     }
/// }
/// assert_eq!(Status::from("done"), Status::Done);
/// assert_eq!(Status::from("on hold").as_str(), "on hold");
/// let read: Vec<Status> = serde_json::from_str(r#"["active", "on hold"]"#).unwrap();
/// assert_eq!(read, [Status::Active, Status::Other("on hold".to_owned())]);
/// assert_eq!(serde_json::to_string(&read).unwrap(), r#"["active","on hold"]"#);
/// ```
#[macro_export]
macro_rules! text_enum {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// One that this crate does not know.
            Other(String),
        }

        impl $name {
            /// The peer's word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as $crate::serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(text.as_str()))
            }
        }
    };
}
