//! Objects of calendars and address books, without a server.
#![cfg(test)]

mod objects {
    mod contacts;
    mod expansion;
    mod instances;
    mod invitations;
    mod real_calendars;
    mod real_contacts;
    mod real_invitations;
    mod support;
}
