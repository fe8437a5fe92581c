//! The shape of a run: names, dependencies, the pivot. Pure.

use std::collections::{HashMap, HashSet};

/// Why a set of steps is not a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// A run does something.
    #[error("a run needs at least one step")]
    Empty,
    /// Kind, subject, dedupe key and step names are not empty.
    #[error("{0} is empty")]
    Blank(&'static str),
    /// Two steps of one name.
    #[error("step {0} occurs twice")]
    Duplicate(String),
    /// A dependency on nothing.
    #[error("step {step} depends on {missing}, which does not exist")]
    UnknownDependency {
        /// The dependent.
        step: String,
        /// What it names.
        missing: String,
    },
    /// Steps wait for one another in a circle.
    #[error("steps wait for each other in a circle: {0:?}")]
    Cycle(Vec<String>),
    /// The pivot is no step.
    #[error("the pivot {0} is not a step")]
    UnknownPivot(String),
    /// A kind and version was registered twice.
    #[error("{kind} version {version} is registered twice")]
    RegisteredTwice {
        /// Kind.
        kind: String,
        /// Version.
        version: i32,
    },
    /// The saga is not in the registry.
    #[error("{kind} version {version} is not registered")]
    NotRegistered {
        /// Kind.
        kind: String,
        /// Version.
        version: i32,
    },
    /// The step that was to be skipped does not exist.
    #[error("step {0}, which is to be skipped, does not exist")]
    UnknownSkip(String),
}

/// Checks names and dependencies; `steps` yields each name with the names it waits for.
pub(crate) fn check<'a>(
    steps: &[(&'a str, Vec<&'a str>)],
    pivot: Option<&str>,
) -> Result<(), DefinitionError> {
    if steps.is_empty() {
        return Err(DefinitionError::Empty);
    }
    let mut names = HashSet::new();
    for (name, _) in steps {
        if name.is_empty() {
            return Err(DefinitionError::Blank("a step's name"));
        }
        if !names.insert(*name) {
            return Err(DefinitionError::Duplicate((*name).to_owned()));
        }
    }
    for (name, waits_for) in steps {
        if let Some(missing) = waits_for.iter().find(|dep| !names.contains(*dep)) {
            return Err(DefinitionError::UnknownDependency {
                step: (*name).to_owned(),
                missing: (*missing).to_owned(),
            });
        }
    }
    if let Some(pivot) = pivot.filter(|pivot| !names.contains(pivot)) {
        return Err(DefinitionError::UnknownPivot(pivot.to_owned()));
    }
    acyclic(steps)
}

/// Takes away steps whose dependencies are gone until none is left; what stays is a circle.
fn acyclic(steps: &[(&str, Vec<&str>)]) -> Result<(), DefinitionError> {
    let mut left: HashMap<&str, &Vec<&str>> =
        steps.iter().map(|(name, deps)| (*name, deps)).collect();
    loop {
        let free: Vec<&str> = left
            .iter()
            .filter(|(_, deps)| deps.iter().all(|dep| !left.contains_key(dep)))
            .map(|(name, _)| *name)
            .collect();
        if free.is_empty() {
            break;
        }
        for name in free {
            left.remove(name);
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let mut circle: Vec<String> = left.keys().map(|name| (*name).to_owned()).collect();
    circle.sort_unstable();
    Err(DefinitionError::Cycle(circle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diamond_is_well_defined() {
        let steps = [
            ("a", vec![]),
            ("b", vec!["a"]),
            ("c", vec!["a"]),
            ("d", vec!["b", "c"]),
        ];
        assert_eq!(check(&steps, Some("b")), Ok(()));
    }

    #[test]
    fn a_circle_is_named() {
        let steps = [("a", vec![]), ("b", vec!["c"]), ("c", vec!["b"])];
        assert_eq!(
            check(&steps, None),
            Err(DefinitionError::Cycle(vec!["b".into(), "c".into()]))
        );
    }

    #[test]
    fn unknown_and_repeated_names_are_refused() {
        assert_eq!(
            check(&[("a", vec!["x"])], None),
            Err(DefinitionError::UnknownDependency {
                step: "a".into(),
                missing: "x".into()
            })
        );
        assert_eq!(
            check(&[("a", vec![]), ("a", vec![])], None),
            Err(DefinitionError::Duplicate("a".into()))
        );
        assert_eq!(
            check(&[("a", vec![])], Some("p")),
            Err(DefinitionError::UnknownPivot("p".into()))
        );
        assert_eq!(check(&[], None), Err(DefinitionError::Empty));
    }
}
