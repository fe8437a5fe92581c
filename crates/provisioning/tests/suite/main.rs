//! The sagas against stand-ins of the peers, a real database and a real worker: one program, so that it is linked once.

#[cfg(test)]
mod account_mail;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod deprovision;
#[cfg(test)]
mod domain_mail;
#[cfg(test)]
mod down;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod people;
#[cfg(test)]
mod phone_code;
#[cfg(test)]
mod provision;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod unwind;
