//! Durable runs on PostgreSQL: leases, fencing, a graph of steps, retries.
