//! Who somebody is, against a real database: one program, so that it is linked once.

#[cfg(test)]
mod access_tokens;
#[cfg(test)]
mod addresses;
#[cfg(test)]
mod bcrypt;
#[cfg(test)]
mod beside;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod enrolment;
#[cfg(test)]
mod events;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod links;
#[cfg(test)]
mod passkeys;
#[cfg(test)]
mod passwords;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod register;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod second_factor;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod soft_authenticator;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod support;
#[cfg(test)]
mod throttle;
#[cfg(test)]
mod totp;
#[cfg(test)]
mod user_tokens;
#[cfg(test)]
mod verify;
