//! Client of the Passport account service.
