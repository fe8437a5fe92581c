//! Client of the Notify message service.
