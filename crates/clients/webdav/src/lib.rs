//! WebDAV client (RFC 4918) with multistatus parsing.
