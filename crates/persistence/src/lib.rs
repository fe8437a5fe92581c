//! Tables, pool, tenant transactions and repositories.
