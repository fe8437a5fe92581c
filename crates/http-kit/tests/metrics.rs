//! What is counted, and how it is labelled.
#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bheem_http_kit::{Auth, ClientBuilder, DURATION_METRIC, HttpClient, Method, REQUESTS_METRIC};
use futures::FutureExt as _;
use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

#[derive(Default)]
struct Seen(Arc<Mutex<BTreeMap<String, u64>>>);

struct Cell(String, Arc<Mutex<BTreeMap<String, u64>>>);

impl Cell {
    fn add(&self, count: u64) {
        *self.1.lock().unwrap().entry(self.0.clone()).or_default() += count;
    }
}

impl CounterFn for Cell {
    fn increment(&self, value: u64) {
        self.add(value);
    }

    fn absolute(&self, _value: u64) {}
}

impl HistogramFn for Cell {
    fn record(&self, _value: f64) {
        self.add(1);
    }
}

impl Seen {
    fn cell(&self, key: &Key) -> Arc<Cell> {
        let labels: Vec<String> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        Arc::new(Cell(
            format!("{} {}", key.name(), labels.join(",")),
            self.0.clone(),
        ))
    }
}

impl Recorder for Seen {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.cell(key))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.cell(key))
    }
}

#[test]
fn an_operation_is_counted_once_by_its_outcome_even_if_it_is_dropped() {
    let recorder = Seen::default();
    let seen = recorder.0.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let server = MockServer::start().await;
            Mock::given(path("/ok"))
                .respond_with(ResponseTemplate::new(200))
                .mount(&server)
                .await;
            let http: HttpClient =
                ClientBuilder::new("peer", server.uri(), Auth::None, |http| http)
                    .build()
                    .unwrap();
            let ask = |target: &'static str| {
                let request = http.request("ask", Method::GET, &[target]);
                http.observe("ask", async { request.send().await?.checked().map(drop) })
            };
            ask("ok").await.unwrap();
            ask("missing").await.unwrap_err();
            assert!(ask("ok").now_or_never().is_none());
        });
    });
    let seen = seen.lock().unwrap().clone();
    let expected: BTreeMap<String, u64> = [REQUESTS_METRIC, DURATION_METRIC]
        .iter()
        .flat_map(|metric| ["ok", "not_found", "cancelled"].map(|outcome| (metric, outcome)))
        .map(|(metric, outcome)| {
            (
                format!("{metric} peer=peer,operation=ask,outcome={outcome}"),
                1,
            )
        })
        .collect();
    assert_eq!(seen, expected);
}
