//! The Bheem Workspace server.
