//! Identifiers, parsed value types, roles, plans and policy: pure, no I/O.
