//! Each client against the stand-in of its peer, by the suite that is also held against real servers.
#![cfg(test)]

mod support;

mod caldav;
mod cloudflare;
mod dns;
mod erp;
mod livekit;
mod mailcow;
mod mailgun;
mod mattermost;
mod msg91;
mod nextcloud;
mod notify;
mod passport;
mod razorpay;
mod webdav;
