//! Sagas of several shapes over one kind of step.

use std::sync::Arc;
use std::time::Duration;

use bheem_saga::{Apply, Backoff, Graph, Policy, Probe, Registry, Saga, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::peer::{Call, Peer};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Params {
    pub label: String,
}

/// Step number `N`, named by its letter; the peer is that of the steps with the same letter.
pub struct Letter<const N: usize>(pub Arc<Peer>);

const LETTERS: [&str; 4] = ["a", "b", "c", "d"];
const PEERS: [&str; 4] = ["peer-a", "peer-b", "peer-c", "peer-d"];

impl<const N: usize> Step for Letter<N> {
    const NAME: &'static str = LETTERS[N];
    const PEER: Option<&'static str> = Some(PEERS[N]);
    type Params = Params;
    type Output = Uuid;

    fn policy(&self) -> Policy {
        Policy {
            backoff: Backoff {
                base: Duration::from_millis(5),
                cap: Duration::from_millis(20),
            },
            timeout: self.0.limit(),
            ..Policy::default()
        }
    }

    async fn probe(&self, ctx: &StepContext<Params>) -> Probe<Uuid> {
        self.0.probe(call(LETTERS[N], ctx)).await
    }

    async fn apply(&self, ctx: &StepContext<Params>) -> Apply<Uuid> {
        self.0.apply(call(LETTERS[N], ctx)).await
    }

    async fn undo(&self, ctx: &StepContext<Params>, ours: Uuid) -> Undo {
        assert_eq!(ours, ctx.effect_key());
        self.0.undo(call(LETTERS[N], ctx)).await
    }
}

fn call<'a>(step: &'a str, ctx: &StepContext<Params>) -> Call<'a> {
    assert_eq!(ctx.params.label, ctx.subject());
    Call {
        step,
        tenant: ctx.tenant_id(),
        run: ctx.run_id(),
        key: ctx.effect_key(),
    }
}

macro_rules! shape {
    ($(#[$doc:meta])* $name:ident $kind:literal $pivot:expr, closes: $closing:literal; |$graph:ident, $peer:ident| $body:block) => {
        $(#[$doc])*
        pub struct $name(pub Arc<Peer>);

        impl Saga for $name {
            const KIND: &'static str = $kind;
            const VERSION: i32 = 1;
            const PIVOT: Option<&'static str> = $pivot;
            const IS_CLOSING: bool = $closing;
            type Params = Params;

            fn define(&self, $graph: &mut Graph<Params>) {
                let $peer = || Arc::clone(&self.0);
                $body
            }
        }
    };
}

shape! {
    /// a -> b (pivot) -> c
    Line "line" Some("b"), closes: false; |graph, peer| {
        graph.step(Letter::<0>(peer()));
        graph.step(Letter::<1>(peer())).after::<Letter<0>>();
        graph.step(Letter::<2>(peer())).after::<Letter<1>>();
    }
}
shape! {
    /// a -> (b, c) -> d (pivot)
    Diamond "diamond" Some("d"), closes: false; |graph, peer| {
        graph.step(Letter::<0>(peer()));
        graph.step(Letter::<1>(peer())).after::<Letter<0>>();
        graph.step(Letter::<2>(peer())).after::<Letter<0>>();
        graph.step(Letter::<3>(peer())).after::<Letter<1>>().after::<Letter<2>>();
    }
}
shape! {
    /// a (pivot) -> b -> d, a -> c
    Fan "fan" Some("a"), closes: false; |graph, peer| {
        graph.step(Letter::<0>(peer()));
        graph.step(Letter::<1>(peer())).after::<Letter<0>>();
        graph.step(Letter::<2>(peer())).after::<Letter<0>>();
        graph.step(Letter::<3>(peer())).after::<Letter<1>>();
    }
}
shape! {
    /// a alone
    Solo "solo" None, closes: false; |graph, peer| {
        graph.step(Letter::<0>(peer()));
    }
}
shape! {
    /// c and d, side by side
    Closing "closing" None, closes: true; |graph, peer| {
        graph.step(Letter::<2>(peer()));
        graph.step(Letter::<3>(peer()));
    }
}

pub fn registry(peer: &Arc<Peer>) -> Registry {
    let mut registry = Registry::new();
    registry
        .register(&Line(Arc::clone(peer)))
        .and_then(|registry| registry.register(&Diamond(Arc::clone(peer))))
        .and_then(|registry| registry.register(&Fan(Arc::clone(peer))))
        .and_then(|registry| registry.register(&Solo(Arc::clone(peer))))
        .and_then(|registry| registry.register(&Closing(Arc::clone(peer))))
        .unwrap();
    registry
}
