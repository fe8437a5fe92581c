//! Client of the Mailcow administration API.
