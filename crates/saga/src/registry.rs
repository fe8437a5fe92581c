//! The sagas a worker knows, by kind and version.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use crate::erase::ErasedStep;
use crate::graph::{self, DefinitionError};
use crate::{Error, NewRun, NewStep, Result, Step};

/// A kind of run: its parameters, its pivot and its graph of steps.
///
/// Changing the graph makes a new `VERSION`; the old code stays registered until no active run of it is left.
pub trait Saga: Send + Sync + 'static {
    /// The name in the tables.
    const KIND: &'static str;
    /// Raised with every change of the graph.
    const VERSION: i32;
    /// The step after which there is no way back.
    const PIVOT: Option<&'static str>;
    /// Whether it takes access away: such runs wait for no run that gives.
    const IS_CLOSING: bool = false;
    /// What a run is given: ids and references. Decoding ignores unknown fields; give new ones a default.
    type Params: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Adds the steps.
    fn define(&self, graph: &mut Graph<Self::Params>);
}

/// A saga's steps while it is being defined.
pub struct Graph<P> {
    nodes: Vec<Node>,
    params: PhantomData<fn() -> P>,
}

struct Node {
    name: &'static str,
    depends_on: Vec<&'static str>,
    step: Arc<dyn ErasedStep>,
}

/// The step just added, to say what it waits for.
pub struct Added<'a> {
    nodes: &'a mut Vec<Node>,
}

impl<P> std::fmt::Debug for Graph<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.nodes.iter().map(|node| (node.name, &node.depends_on)))
            .finish()
    }
}

impl std::fmt::Debug for Added<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Added")
            .field(&self.nodes.last().map(|node| node.name))
            .finish()
    }
}

impl<P: 'static> Graph<P> {
    /// Adds a step.
    pub fn step<S: Step<Params = P>>(&mut self, step: S) -> Added<'_> {
        self.nodes.push(Node {
            name: S::NAME,
            depends_on: Vec::new(),
            step: Arc::new(step),
        });
        Added {
            nodes: &mut self.nodes,
        }
    }
}

impl Added<'_> {
    /// Waits for another step, whose output it may then read.
    pub fn after<S: Step>(&mut self) -> &mut Self {
        if let Some(node) = self.nodes.last_mut() {
            node.depends_on.push(S::NAME);
        }
        self
    }
}

/// The code of one kind and version.
pub(crate) struct Definition {
    pivot: Option<&'static str>,
    nodes: Vec<Node>,
}

impl Definition {
    pub(crate) fn step(&self, name: &str) -> Option<&Arc<dyn ErasedStep>> {
        let node = self.nodes.iter().find(|node| node.name == name)?;
        Some(&node.step)
    }
}

/// The sagas a worker knows. Workers claim runs of these kinds and versions only.
#[derive(Default, Clone)]
pub struct Registry {
    sagas: HashMap<(&'static str, i32), Arc<Definition>>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.sagas.keys()).finish()
    }
}

impl Registry {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a saga. A test that builds the registry thereby checks every graph.
    ///
    /// # Errors
    ///
    /// [`DefinitionError`] if the graph is not one, or the kind and version are taken.
    pub fn register<S: Saga>(&mut self, saga: &S) -> Result<&mut Self, DefinitionError> {
        let definition = define(saga)?;
        let key = (S::KIND, S::VERSION);
        if self.sagas.insert(key, Arc::new(definition)).is_some() {
            return Err(DefinitionError::RegisteredTwice {
                kind: S::KIND.to_owned(),
                version: S::VERSION,
            });
        }
        Ok(self)
    }

    /// A run of a registered saga, to be enqueued.
    ///
    /// # Errors
    ///
    /// [`Error::Definition`] if the saga is not registered, [`Error::Params`] if the parameters do not serialise.
    pub fn new_run<S: Saga>(
        &self,
        tenant_id: Uuid,
        subject: impl Into<String>,
        dedupe_key: impl Into<String>,
        params: &S::Params,
    ) -> Result<NewRun> {
        let definition = self.sagas.get(&(S::KIND, S::VERSION)).ok_or_else(|| {
            DefinitionError::NotRegistered {
                kind: S::KIND.to_owned(),
                version: S::VERSION,
            }
        })?;
        let params: Value = serde_json::to_value(params).map_err(|source| Error::Params {
            kind: S::KIND,
            source,
        })?;
        Ok(NewRun {
            tenant_id,
            kind: S::KIND.to_owned(),
            kind_version: S::VERSION,
            subject: subject.into(),
            dedupe_key: dedupe_key.into(),
            params,
            priority: NewRun::ORDINARY,
            is_closing: S::IS_CLOSING,
            parent_id: None,
            pivot: definition.pivot.map(str::to_owned),
            steps: definition
                .nodes
                .iter()
                .map(|node| NewStep {
                    name: node.name.to_owned(),
                    depends_on: node
                        .depends_on
                        .iter()
                        .map(|dep| (*dep).to_owned())
                        .collect(),
                    skipped: None,
                })
                .collect(),
        })
    }

    /// Kinds and versions, in order.
    #[must_use]
    pub fn kinds(&self) -> Vec<(&'static str, i32)> {
        let mut kinds: Vec<_> = self.sagas.keys().copied().collect();
        kinds.sort_unstable();
        kinds
    }

    pub(crate) fn definition(&self, kind: &str, version: i32) -> Option<&Arc<Definition>> {
        self.sagas
            .iter()
            .find(|((known, at), _)| *known == kind && *at == version)
            .map(|(_, definition)| definition)
    }
}

fn define<S: Saga>(saga: &S) -> Result<Definition, DefinitionError> {
    let mut graph = Graph {
        nodes: Vec::new(),
        params: PhantomData,
    };
    saga.define(&mut graph);
    let steps: Vec<_> = graph
        .nodes
        .iter()
        .map(|node| (node.name, node.depends_on.clone()))
        .collect();
    graph::check(&steps, S::PIVOT)?;
    Ok(Definition {
        pivot: S::PIVOT,
        nodes: graph.nodes,
    })
}
