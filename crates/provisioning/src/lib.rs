//! Sagas and connectors that give a person every service.
