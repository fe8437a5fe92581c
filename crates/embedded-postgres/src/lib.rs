//! A private PostgreSQL cluster from installed binaries.
