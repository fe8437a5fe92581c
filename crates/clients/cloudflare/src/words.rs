//! Words of Cloudflare's with a fixed set of values today.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! word {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            /// One that this crate does not know.
            Other(String),
        }

        impl $name {
            /// Cloudflare's word.
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

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::from(String::deserialize(deserializer)?.as_str()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

word! {
    /// Types of records that the planner knows rules for.
    RecordType {
        /// An IPv4 address.
        A = "A",
        /// An IPv6 address.
        Aaaa = "AAAA",
        /// An alias.
        Cname = "CNAME",
        /// A mail exchanger.
        Mx = "MX",
        /// A name server.
        Ns = "NS",
        /// Text.
        Txt = "TXT",
        /// A service.
        Srv = "SRV",
        /// Who may issue certificates.
        Caa = "CAA",
    }
}

word! {
    /// How far a zone is.
    ZoneStatus {
        /// Its name servers are Cloudflare's: what is written there is what the world sees.
        Active = "active",
        /// Added, but delegated elsewhere.
        Pending = "pending",
        /// Being set up.
        Initializing = "initializing",
        /// Was active once; its name servers are others now.
        Moved = "moved",
    }
}

word! {
    /// Whether a token is good.
    TokenStatus {
        /// It is.
        Active = "active",
        /// Switched off.
        Disabled = "disabled",
        /// Past its end.
        Expired = "expired",
    }
}

impl RecordType {
    /// May Cloudflare's proxies stand in front of it?
    #[must_use]
    pub fn is_proxiable(&self) -> bool {
        matches!(self, Self::A | Self::Aaaa | Self::Cname)
    }
}
