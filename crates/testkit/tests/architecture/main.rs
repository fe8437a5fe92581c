//! Keeps the shape of the workspace: which crate may know which, how large a file may be, what every
//! manifest says. The rules are data in [`map`]; how they are applied is shown on made-up graphs.

#![cfg(test)]

mod arrows;
mod files;
mod manifests;
mod map;
mod workspace;
