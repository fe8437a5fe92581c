//! Passwords for people's own programs.

use bheem_http_kit::{Auth, ClientBuilder, ErrorKind, Method, Url};
use bheem_local_servers::{
    mail::{MailOptions, MailServers, MailUser},
    tools,
};
use bheem_mail::{Client, Credentials, Endpoint};
use serde_json::{Value, json};

use crate::{
    PASSWORD_OF_ALL, operation,
    support::{Answer, Person, TestApp, browser::Browser, sign_in::Visitor},
};

const OWN: &str = "/workspace/app-passwords";

struct Bed {
    app: TestApp,
    owner: Person,
    slug: String,
    john: Person,
}

impl Bed {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let owner = app.person("owner").await;
        let slug = app.tenant(&owner, "Acme").await;
        app.proven_domain(&owner, &slug, "acme.test").await;
        let john = app
            .invited(&owner, &slug, json!({"username": "john", "name": "John"}))
            .await;
        Self {
            app,
            owner,
            slug,
            john,
        }
    }

    async fn make(&self, name: &str, service: &str) -> Answer {
        let body = json!({"name": name, "service": service});
        self.john.post(OWN, &body).await
    }

    async fn made(&self, name: &str, service: &str) -> Answer {
        let made = self.make(name, service).await;
        assert_eq!(made.status, 201, "{:?}", made.body);
        assert_eq!(made.headers["cache-control"], "no-store");
        made
    }

    async fn names(&self) -> Vec<String> {
        let listed = self.john.get(OWN).await;
        assert_eq!(listed.status, 200, "{:?}", listed.body);
        let all = listed.body["app_passwords"].as_array().unwrap().clone();
        all.iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What Nextcloud answers to a program that asks for the person's files.
    async fn files(&self, made: &Value) -> u16 {
        let url = &self.app.sandbox.nextcloud.base_url;
        let (user, password) = (
            made["username"].as_str().unwrap(),
            made["password"].as_str().unwrap(),
        );
        let auth = Auth::basic(user, password.into());
        let http = ClientBuilder::new("program", url, auth, |http| http)
            .build()
            .unwrap();
        let path = ["remote.php", "dav", "files", user];
        let method = Method::from_bytes(b"PROPFIND").unwrap();
        let answer = http
            .request("files", method, &path)
            .header(bheem_http_kit::HeaderName::from_static("depth"), "0")
            .send()
            .await
            .unwrap();
        answer.status().as_u16()
    }

    /// How many there are at the mail server, the workspace's own included.
    fn in_mail(&self) -> usize {
        let state = self.app.sandbox.mailcow.state();
        state["app_passwords"].as_array().unwrap().len()
    }

    fn user(&self) -> String {
        format!("/admin/tenants/{}/users/{}", self.slug, self.john.id)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_opens_files_until_its_password_is_removed() {
    let bed = Bed::new().await;
    let made = bed.made("Laptop", "files").await;
    assert_eq!(bed.files(&made.body).await, 207);
    assert_eq!(bed.names().await, ["Laptop"]);
    let listed = bed.john.get(OWN).await;
    let password = made.text("password");
    assert!(!listed.raw.contains(&password));
    let servers = listed.body["servers"].to_string();
    for part in ["imap", "993", "smtp", "465", "webdav", "caldav", "carddav"] {
        assert!(servers.contains(part), "{part}: {servers}");
    }
    // Kept nowhere: neither as it is nor sealed.
    let kept = "SELECT count(*) FROM workspace.credentials WHERE peer = 'mailcow'";
    assert_eq!(crate::support::flow::query(&bed.app.database, kept), "1");

    let taken = bed.make("laptop", "files").await;
    taken.is_problem(409, "app_password_exists");
    for (name, service) in [("", "files"), ("x", "chat"), (&"x".repeat(100), "mail")] {
        let refused = bed.make(name, service).await;
        assert_eq!(refused.status, 422, "{:?}", refused.body);
    }
    // Somebody else's is nobody's.
    let other = bed.app.person("eve").await;
    let path = format!("{OWN}/{}", made.text("id"));
    other.delete(&path).await.is_problem(404, "not_found");
    bed.owner.delete(&path).await.is_problem(404, "not_found");

    assert_eq!(bed.john.delete(&path).await.status, 204);
    assert_eq!(bed.files(&made.body).await, 401);
    assert!(bed.names().await.is_empty());
    bed.john.delete(&path).await.is_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_person_s_programs_are_shut_out_for_good() {
    let bed = Bed::new().await;
    let files = bed.made("Laptop", "files").await;
    bed.made("Phone", "calendar").await;
    bed.made("Phone", "mail").await;
    assert_eq!(bed.in_mail(), 2);
    let removed = bed.owner.delete(&bed.user()).await;
    assert_eq!(removed.status, 200, "{:?}", removed.body);
    assert_eq!(bed.files(&files.body).await, 401);
    // The workspace's own one, too.
    assert_eq!(bed.in_mail(), 0);
    // Who comes back comes back without them.
    let back = bed
        .owner
        .patch(&bed.user(), &json!({"is_active": true}))
        .await;
    assert_eq!(
        back.body["provisioning_status"], "success",
        "{:?}",
        back.body
    );
    assert_eq!(bed.in_mail(), 1);
    assert_eq!(bed.files(&files.body).await, 401);
    let john = bed.app.sign_in("john@acme.test", PASSWORD_OF_ALL).await;
    let listed = john.get(OWN).await;
    assert_eq!(listed.body["app_passwords"], json!([]), "{:?}", listed.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_s_programs_are_shut_out_and_no_new_one_is_let_in() {
    let bed = Bed::new().await;
    let root = bed.app.super_admin().await;
    let files = bed.made("Laptop", "files").await;
    bed.made("Phone", "mail").await;
    let path = format!("/admin/tenants/{}", bed.slug);
    let closed = root.patch(&path, &json!({"is_suspended": true})).await;
    crate::succeeds(&root, &operation(&closed.body)).await;
    assert_eq!(bed.files(&files.body).await, 401);
    assert_eq!(bed.in_mail(), 0);
    let john = bed.app.sign_in("john@acme.test", PASSWORD_OF_ALL).await;
    let body = json!({"name": "Tablet", "service": "mail"});
    john.post(OWN, &body).await.is_problem(403, "forbidden");
    let opened = root.patch(&path, &json!({"is_suspended": false})).await;
    crate::succeeds(&root, &operation(&opened.body)).await;
    assert_eq!(bed.files(&files.body).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_such_service_gets_no_password_for_it() {
    let bed = Bed::new().await;
    let users = format!("/admin/tenants/{}/users", bed.slug);
    let body = json!({"username": "max", "name": "Max", "create_mailbox": false});
    let max = bed.app.invited(&bed.owner, &bed.slug, body).await;
    let body = json!({"name": "Phone", "service": "mail"});
    let refused = max.post(OWN, &body).await;
    refused.is_problem(409, "service_not_available");
    assert_eq!(bed.owner.get(&users).await.status, 200);
    let nobody = bed.app.person("eve").await;
    nobody.post(OWN, &body).await.is_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_program_signs_in_with_its_own_password() {
    if tools("mail").await.unwrap().is_none() {
        return;
    }
    let bed = Bed::new().await;
    let made = bed.made("Phone", "mail").await;
    let servers = MailServers::start(MailOptions::new()).await.unwrap();
    let set_users = async || {
        let accounts = bed.app.sandbox.mail().accounts();
        let users: Vec<MailUser> = accounts
            .iter()
            .map(|account| {
                let user = MailUser::new(&account.address);
                account.password_hashes.iter().fold(
                    user,
                    bheem_local_servers::mail::MailUser::with_password_hash,
                )
            })
            .collect();
        servers.set_users(&users).await.unwrap();
    };
    set_users().await;
    // A new program each time: one that is signed in keeps its connection.
    let open = async || {
        let mail = Client::builder("localhost")
            .imap(Endpoint::implicit(servers.imaps().port()))
            .root_certificate_pem(servers.certificate_pem())
            .build()
            .unwrap();
        let credentials = Credentials::password(made.text("password"));
        let account = mail.account(made.text("username"), credentials);
        let folders = account.folders().list().await;
        folders
            .map(|folders| folders.len())
            .map_err(|error| error.kind())
    };
    assert!(open().await.unwrap() > 1);
    let path = format!("{OWN}/{}", made.text("id"));
    assert_eq!(bed.john.delete(&path).await.status, 204);
    set_users().await;
    assert_eq!(open().await, Err(ErrorKind::Unauthorized));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_page_tells_of_programs_and_where_they_sign_in() {
    let app = TestApp::at_localhost(|_| {}).await;
    let owner = app.person("owner").await;
    let slug = app.tenant(&owner, "Acme").await;
    app.proven_domain(&owner, &slug, "acme.test").await;
    let john = app
        .invited(&owner, &slug, json!({"username": "john", "name": "John"}))
        .await;
    let body = json!({"name": "My <b>phone</b>", "service": "mail"});
    let made = john.post(OWN, &body).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let url = Url::parse(&format!("{}/account", app.base_url)).unwrap();
    let visitor = Visitor {
        username: "john@acme.test",
        password: PASSWORD_OF_ALL,
    };
    let mut browser = Browser::default();
    let Err(page) = visitor.go(&mut browser, &url, |_| false).await else {
        panic!("the account page leads elsewhere");
    };
    assert_eq!(page.url.path(), "/account", "{}", page.body);
    for part in [
        "phone",
        "john@acme.test",
        "IMAP mail.workspace.test:993",
        "SMTP mail.workspace.test:465",
        "CalDAV",
        "/remote.php/dav/",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!page.body.contains("<b>phone"));
    assert!(!page.body.contains(&made.text("password")));
}
