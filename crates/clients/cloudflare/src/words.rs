//! Words of Cloudflare's with a fixed set of values today.

use bheem_http_kit::text_enum;

text_enum! {
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

text_enum! {
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

text_enum! {
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
