//! Sealing of stored secrets and hashing of tokens.
