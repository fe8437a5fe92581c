//! What can keep a test from getting its database.

/// Why there is no database for the test.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The shared server could not be started or stopped.
    #[error("the test server is not available: {0}")]
    Server(#[from] bheem_embedded_postgres::Error),
    /// The server could not be reached.
    #[error("could not connect to the test server: {0}")]
    Connect(#[from] diesel::ConnectionError),
    /// A statement of ours failed.
    #[error("could not prepare the test database: {0}")]
    Statement(#[from] diesel::result::Error),
    /// The migrations failed.
    #[error("could not migrate the template database: {0}")]
    Migrate(Box<dyn std::error::Error + Send + Sync>),
    /// The migrations' files could not be read.
    #[error("could not read the migrations: {0}")]
    Read(#[from] std::io::Error),
}
