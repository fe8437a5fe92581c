//! `demo`: the main job, against a running server, over its API alone.

mod api;
mod narrate;
mod peers;

use anyhow::Context;
use bheem_vault::token;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use self::{api::Api, narrate::Narrator};
use super::args::DemoArguments;
use crate::sandbox::Description;

/// Who is added.
const PEOPLE: [(&str, &str); 3] = [
    ("ada", "Ada Lovelace"),
    ("grace", "Grace Hopper"),
    ("alan", "Alan Turing"),
];

pub(super) async fn run(arguments: &DemoArguments) -> anyhow::Result<()> {
    let sandbox = Description::find(&arguments.data_dir)?.with_context(|| {
        format!(
            "there is no sandbox in {}; start one with `cargo run`, or name its directory with --data-dir",
            arguments.data_dir.display()
        )
    })?;
    let base_url = arguments.base_url.as_deref().unwrap_or(&sandbox.base_url);
    let narrator = Narrator::new();
    let mark = token::generate_hex32()?;
    let mark: String = mark.chars().take(8).collect();

    narrator.title("A customer registers and makes a workspace");
    let mut api = Api::new(base_url)?;
    let name = format!("demo-{mark}");
    let password = token::generate()?;
    let credentials = json!({"username": name, "password": password.expose_secret()});
    narrator
        .step("register", api.post("/auth/register", &credentials))
        .await?;
    let login = narrator
        .step("sign in", api.post("/auth/login", &credentials))
        .await?;
    api.sign_in(text(&login, "access_token")?);
    let tenant = narrator
        .step(
            "make a workspace, by name only",
            api.post("/tenants", &json!({"name": format!("Demo {mark}")})),
        )
        .await?;
    let slug = text(&tenant, "slug")?;
    narrator.say(&format!(
        "its slug is {slug}, its plan {}",
        text(&tenant, "plan")?
    ));

    narrator.title("It proves that it owns a domain");
    let domain_name = format!("demo-{mark}.test");
    let domain = narrator
        .step(
            &format!("claim {domain_name}"),
            api.post("/domains", &json!({"domain": domain_name})),
        )
        .await?;
    let dns = peers::control(&sandbox, "dns")?;
    narrator
        .step(
            "publish the records it was told, as a domain's owner would",
            peers::publish(&dns, &domain),
        )
        .await?;
    let verify = format!("/domains/{}/verify", text(&domain, "id")?);
    let verified = narrator
        .step(
            "let the records be looked at",
            api.post(&verify, &json!({})),
        )
        .await?;
    narrator.say(&format!(
        "{}, mail enabled: {}",
        text(&verified, "status")?,
        verified.get("mail_enabled").unwrap_or(&Value::Null)
    ));
    narrator
        .step(
            "publish the DKIM key that joined the records",
            peers::publish(&dns, &verified),
        )
        .await?;
    let verified = narrator
        .step("look again", api.post(&verify, &json!({})))
        .await?;
    narrator.say(text(&verified, "status")?);

    narrator.title("Its administrator adds three people: one action each");
    for (username, name) in PEOPLE {
        let person = narrator
            .step(
                &format!("add {name}"),
                api.post(
                    &format!("/admin/tenants/{slug}/users"),
                    &json!({"username": username, "name": name}),
                ),
            )
            .await?;
        narrator.services(&person);
    }

    narrator.title("What the services themselves hold now");
    peers::show(&narrator, &sandbox, &domain_name, PEOPLE.len()).await?;
    narrator.say(&format!(
        "sign in as {name} with {}, and look around at {base_url}/docs",
        password.expose_secret()
    ));
    Ok(())
}

/// A field that must be there.
fn text<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    value
        .get(name)
        .and_then(Value::as_str)
        .with_context(|| format!("the answer holds no {name}"))
}
