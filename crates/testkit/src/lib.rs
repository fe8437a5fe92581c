//! A database per test and sample data.
