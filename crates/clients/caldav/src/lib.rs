//! CalDAV client (RFC 4791).
