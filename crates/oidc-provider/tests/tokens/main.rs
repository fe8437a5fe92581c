//! The endpoints that programs call, on a database of their own each.

#[cfg(test)]
mod administration;
#[cfg(test)]
mod authentication;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod dpop;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod people;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod registration;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tokens;
