//! Client of the Nextcloud OCS provisioning API.
