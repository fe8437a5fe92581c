//! What browsers come to, on a database of their own each.

#[cfg(test)]
mod authorize;
#[cfg(test)]
mod back_channel;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod escaping;
#[cfg(test)]
mod factors;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod logout;
#[cfg(test)]
mod pushed;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
