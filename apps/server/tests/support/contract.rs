//! What a test gets is what the OpenAPI document says: every answer is held against it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use bheem_http_kit::Method;
use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use super::Answer;

const URI: &str = "urn:bheem:openapi";

struct Contract {
    document: Value,
    registry: Registry<'static>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Contract {
    fn get() -> &'static Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        CONTRACT.get_or_init(|| {
            let document = serde_json::to_value(bheem_server::openapi::openapi()).unwrap();
            let registry = Registry::new().add(URI, document.clone());
            Self {
                document,
                registry: registry.unwrap().prepare().unwrap(),
                validators: Mutex::default(),
            }
        })
    }

    /// The template of a path, of two the one with fewer `{names}`.
    fn template(&self, path: &str) -> Option<&str> {
        let given: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let parts: Vec<&str> = template.split('/').collect();
            let mut pairs = parts.iter().zip(&given);
            parts.len() == given.len()
                && pairs.all(|(part, given)| part == given || part.starts_with('{'))
        };
        let paths = self.document["paths"].as_object().unwrap().keys();
        let fitting = paths.filter(|template| fits(template));
        let best = fitting.min_by_key(|template| template.matches('{').count());
        best.map(String::as_str)
    }

    fn validator(&self, pointer: &str) -> Arc<Validator> {
        let mut validators = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let fragment = pointer.replace('{', "%7B").replace('}', "%7D");
            let schema = json!({"$ref": format!("{URI}#{fragment}")});
            let options = jsonschema::options().with_registry(&self.registry);
            Arc::new(options.build(&schema).unwrap())
        };
        Arc::clone(validators.entry(pointer.to_owned()).or_insert_with(make))
    }
}

/// Fails when the document knows the operation and not this answer.
pub(crate) fn check(method: &Method, path: &str, answer: &Answer) {
    let contract = Contract::get();
    let Some(template) = contract.template(path) else {
        return;
    };
    let operation = &contract.document["paths"][template][method.as_str().to_lowercase()];
    if operation.is_null() {
        return;
    }
    let line = format!("{method} {template} answers {}", answer.status);
    let status = answer.status.to_string();
    let mut pointer = format!(
        "/paths/{}/{}/responses/{status}",
        template.replace('~', "~0").replace('/', "~1"),
        method.as_str().to_lowercase()
    );
    let mut response = &operation["responses"][&status];
    assert!(
        !response.is_null(),
        "{line}, which is not documented: {}",
        answer.raw
    );
    if let Some(shared) = response["$ref"].as_str() {
        pointer = shared.trim_start_matches('#').to_owned();
        response = contract.document.pointer(&pointer).unwrap();
    }
    let kind = answer.headers.get("content-type");
    let kind = kind.map_or("", |kind| kind.to_str().unwrap());
    let kind = kind.split(';').next().unwrap_or_default();
    let documented = response["content"].as_object();
    let is_documented = documented.is_some_and(|content| content.contains_key(kind));
    assert!(
        is_documented || answer.raw.is_empty(),
        "{line} with {kind:?}, which is not documented: {}",
        answer.raw
    );
    let is_described = is_documented && !response["content"][kind]["schema"].is_null();
    if is_described && kind.ends_with("json") {
        let kind = kind.replace('/', "~1");
        let validator = contract.validator(&format!("{pointer}/content/{kind}/schema"));
        let faults: Vec<String> = validator
            .iter_errors(&answer.body)
            .map(|fault| format!("{fault} at {}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{line} with {}: {faults:#?}", answer.raw);
    }
}
