//! Random histories of two tenants, three people and one domain, against the table of docs/security.md: whatever
//! happens in whatever order, nobody gets at an account, a tenant or a mailbox that the table does not give them.

use bheem_http_kit::Method;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Person, TestApp, eventually, flow::query};

const DOMAIN: &str = "corp.test";
const TENANTS: usize = 2;
const PEOPLE: usize = 3;

/// What happens; tenants and people by number.
#[derive(Debug, Clone, Copy)]
enum Op {
    Prove(usize),
    RemoveDomain(usize),
    /// The proof has been missing for a month, and the other tenant proves the domain.
    Move(usize),
    Add(usize, usize),
    Accept(usize, usize),
    Decline(usize, usize),
    Leave(usize, usize),
    Remove(usize, usize),
    Activate(usize, usize),
    Deactivate(usize, usize),
    Suspend(usize),
    Resume(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let tenant = || 0..TENANTS;
    let both = || (0..TENANTS, 0..PEOPLE);
    prop_oneof![
        2 => tenant().prop_map(Op::Prove),
        1 => tenant().prop_map(Op::RemoveDomain),
        1 => tenant().prop_map(Op::Move),
        6 => both().prop_map(|(t, p)| Op::Add(t, p)),
        3 => both().prop_map(|(t, p)| Op::Accept(t, p)),
        1 => both().prop_map(|(t, p)| Op::Decline(t, p)),
        1 => both().prop_map(|(t, p)| Op::Leave(t, p)),
        2 => both().prop_map(|(t, p)| Op::Remove(t, p)),
        2 => both().prop_map(|(t, p)| Op::Activate(t, p)),
        1 => both().prop_map(|(t, p)| Op::Deactivate(t, p)),
        1 => tenant().prop_map(Op::Suspend),
        1 => tenant().prop_map(Op::Resume),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seat {
    Invited,
    Active,
    Inactive,
    Ended,
}

/// An account at an address of the domain, as the table has it.
struct Account {
    person: Person,
    number: usize,
    manager: usize,
    is_open: bool,
    /// The address is gone.
    is_former: bool,
    seats: [Option<Seat>; TENANTS],
}

struct World {
    app: TestApp,
    root: Person,
    owners: Vec<Person>,
    slugs: Vec<String>,
    holder: Option<usize>,
    suspended: [bool; TENANTS],
    accounts: Vec<Account>,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let root = app.super_admin().await;
        let (mut owners, mut slugs) = (Vec::new(), Vec::new());
        for name in ["alpha", "beta"] {
            let owner = app.person(&format!("owner-of-{name}")).await;
            slugs.push(app.tenant(&owner, name).await);
            owners.push(owner);
        }
        Self {
            app,
            root,
            owners,
            slugs,
            holder: None,
            suspended: [false; TENANTS],
            accounts: Vec::new(),
        }
    }

    fn current(&self, number: usize) -> Option<usize> {
        self.accounts
            .iter()
            .position(|account| account.number == number && !account.is_former)
    }

    fn users(&self, tenant: usize) -> String {
        format!("/admin/tenants/{}/users", self.slugs[tenant])
    }

    async fn apply(&mut self, op: Op) {
        match op {
            Op::Prove(tenant) => self.prove(tenant).await,
            Op::RemoveDomain(tenant) => self.remove_domain(tenant).await,
            Op::Move(to) => {
                if self.holder.is_some_and(|holder| holder != to) && !self.suspended[to] {
                    let statement = "UPDATE workspace.domains SET ownership_missing_since = now() - interval '31 days'";
                    query(&self.app.database, statement);
                    self.release();
                    self.holder = None;
                    self.prove(to).await;
                }
            }
            Op::Add(tenant, number) => self.add(tenant, number).await,
            Op::Accept(tenant, number) => {
                self.answer(tenant, number, "accept", Seat::Active).await;
            }
            Op::Decline(tenant, number) => {
                self.answer(tenant, number, "decline", Seat::Ended).await;
            }
            Op::Leave(tenant, number) => self.leave(tenant, number).await,
            Op::Remove(tenant, number) => self.remove(tenant, number).await,
            Op::Activate(tenant, number) => self.set_active(tenant, number, true).await,
            Op::Deactivate(tenant, number) => self.set_active(tenant, number, false).await,
            Op::Suspend(tenant) => self.suspend(tenant, true).await,
            Op::Resume(tenant) => self.suspend(tenant, false).await,
        }
    }

    async fn prove(&mut self, tenant: usize) {
        let path = format!("/admin/tenants/{}/domains", self.slugs[tenant]);
        let owner = &self.owners[tenant];
        let claimed = owner.post(&path, &json!({"domain": DOMAIN})).await;
        let may = self.holder.is_none() && !self.suspended[tenant];
        if !may {
            assert!(claimed.status >= 400, "{:?}", claimed.body);
            return;
        }
        // The claim of an earlier turn may still be there.
        assert!(matches!(claimed.status, 201 | 409), "{:?}", claimed.body);
        let claim = owner.get(&path).await.body[0].clone();
        self.app.publish(&claim);
        let verify = format!("{path}/{}/verify", claim["id"].as_str().unwrap());
        let verified = owner.post(&verify, &json!({})).await;
        assert_eq!(verified.body["mail_enabled"], true, "{:?}", verified.body);
        self.holder = Some(tenant);
    }

    async fn remove_domain(&mut self, tenant: usize) {
        if self.holder != Some(tenant) || self.suspended[tenant] {
            return;
        }
        let path = format!("/admin/tenants/{}/domains", self.slugs[tenant]);
        let owner = &self.owners[tenant];
        let id = owner.get(&path).await.body[0]["id"].clone();
        let path = format!("{path}/{}", id.as_str().unwrap());
        let removed = owner.delete(&path).await;
        let in_use = self.accounts.iter().any(|account| {
            account.manager == tenant
                && !account.is_former
                && account.seats[tenant] == Some(Seat::Active)
        });
        if in_use {
            removed.is_problem(409, "domain_in_use");
            return;
        }
        assert_eq!(removed.status, 204, "{:?}", removed.body);
        self.release();
        self.holder = None;
    }

    /// What the end of a proof means.
    fn release(&mut self) {
        for account in &mut self.accounts {
            if !account.is_former && Some(account.manager) == self.holder {
                account.is_former = true;
                account.is_open = false;
                account.seats[account.manager] = Some(Seat::Inactive);
            }
        }
    }

    async fn add(&mut self, tenant: usize, number: usize) {
        if self.suspended[tenant] || self.holder.is_none() {
            return;
        }
        let address = format!("p{number}@{DOMAIN}");
        let body = json!({"email": address, "name": format!("P {number}")});
        let added = self.owners[tenant].post(&self.users(tenant), &body).await;
        let Some(at) = self.current(number) else {
            if self.holder != Some(tenant) {
                added.is_problem(409, "domain_of_another_tenant");
                return;
            }
            assert_eq!(added.status, 201, "{:?}", added.body);
            let messages = self.app.messages_to(&address);
            let token = TestApp::link_token(messages.last().unwrap());
            let password = format!("{PASSWORD} {}", self.accounts.len());
            let set = json!({"token": token, "password": password});
            let set = self
                .app
                .send(Method::POST, "/auth/set-password", &set)
                .await;
            assert_eq!(set.status, 200, "{:?}", set.body);
            let person = self.app.sign_in(&address, &password).await;
            assert_eq!(person.id, added.text("user_id"));
            let mut seats = [None; TENANTS];
            seats[tenant] = Some(Seat::Active);
            self.accounts.push(Account {
                person,
                number,
                manager: tenant,
                is_open: true,
                is_former: false,
                seats,
            });
            return;
        };
        let account = &mut self.accounts[at];
        let may = account.seats[tenant].is_none() && account.is_open && account.manager != tenant;
        assert_eq!(added.status == 201, may, "{:?}", added.body);
        if may {
            assert_eq!(added.body["status"], "invited");
            account.seats[tenant] = Some(Seat::Invited);
        }
    }

    async fn answer(&mut self, tenant: usize, number: usize, word: &str, becomes: Seat) {
        let Some(at) = self.current(number).filter(|at| self.accounts[*at].is_open) else {
            return;
        };
        let person = self.signed_in(at).await;
        let path = format!("/tenants/{}/members/me/{word}", self.slugs[tenant]);
        let answered = person.post(&path, &json!({})).await;
        let is_asked = self.accounts[at].seats[tenant] == Some(Seat::Invited);
        let may = is_asked && !(word == "accept" && self.suspended[tenant]);
        assert_eq!(answered.status < 300, may, "{:?}", answered.body);
        if may {
            self.accounts[at].seats[tenant] = Some(becomes);
        }
    }

    async fn leave(&mut self, tenant: usize, number: usize) {
        let Some(at) = self.current(number).filter(|at| self.accounts[*at].is_open) else {
            return;
        };
        let person = self.signed_in(at).await;
        let path = format!("/tenants/{}/members/me", self.slugs[tenant]);
        let left = person.delete(&path).await;
        let seat = self.accounts[at].seats[tenant];
        let may = matches!(seat, Some(Seat::Active | Seat::Invited));
        assert_eq!(left.status < 300, may, "{:?}", left.body);
        if may {
            self.end_seat(at, tenant);
        }
    }

    async fn remove(&mut self, tenant: usize, number: usize) {
        let Some(at) = self.current(number).filter(|_| !self.suspended[tenant]) else {
            return;
        };
        let path = format!("{}/{}", self.users(tenant), self.accounts[at].person.id);
        let removed = self.owners[tenant].delete(&path).await;
        let seat = self.accounts[at].seats[tenant];
        assert_eq!(removed.status < 300, seat.is_some(), "{:?}", removed.body);
        if matches!(seat, Some(Seat::Active | Seat::Invited)) {
            self.end_seat(at, tenant);
        }
    }

    fn end_seat(&mut self, at: usize, tenant: usize) {
        let account = &mut self.accounts[at];
        let is_managed = account.manager == tenant;
        account.seats[tenant] = Some(if is_managed {
            Seat::Inactive
        } else {
            Seat::Ended
        });
        if is_managed {
            account.is_open = false;
        }
    }

    async fn set_active(&mut self, tenant: usize, number: usize, is_active: bool) {
        let Some(at) = self.current(number).filter(|_| !self.suspended[tenant]) else {
            return;
        };
        let path = format!("{}/{}", self.users(tenant), self.accounts[at].person.id);
        let body = json!({"is_active": is_active});
        let changed = self.owners[tenant].patch(&path, &body).await;
        let account = &mut self.accounts[at];
        let is_managed = account.manager == tenant;
        let becomes = match (account.seats[tenant], is_active) {
            (None, _) | (Some(Seat::Invited), true) => None,
            (Some(Seat::Inactive), true) if !is_managed && !account.is_open => None,
            (Some(Seat::Inactive), true) => Some(Seat::Active),
            (Some(Seat::Ended), true) => Some(Seat::Invited),
            (Some(Seat::Active), false) => Some(Seat::Inactive),
            (seat, _) => seat,
        };
        assert_eq!(
            changed.status < 300,
            becomes.is_some(),
            "{:?}",
            changed.body
        );
        let Some(becomes) = becomes else { return };
        account.seats[tenant] = Some(becomes);
        if is_managed {
            account.is_open = becomes == Seat::Active;
        }
    }

    async fn suspend(&mut self, tenant: usize, is_suspended: bool) {
        let path = format!("/admin/tenants/{}", self.slugs[tenant]);
        let body = json!({"is_suspended": is_suspended});
        let changed = self.root.patch(&path, &body).await;
        assert!(changed.status < 300, "{:?}", changed.body);
        self.suspended[tenant] = is_suspended;
    }

    /// A fresh session: suspending a tenant ends those of its people.
    async fn signed_in(&self, at: usize) -> Person {
        let account = &self.accounts[at];
        let password = format!("{PASSWORD} {at}");
        let address = format!("p{}@{DOMAIN}", account.number);
        let person = self.app.sign_in(&address, &password).await;
        assert_eq!(person.id, account.person.id);
        person
    }

    /// Everybody gets at what the table gives them, and at nothing else.
    async fn check(&self) {
        for (at, account) in self.accounts.iter().enumerate() {
            if !account.is_open {
                let me = account.person.get("/auth/me").await;
                assert_eq!(me.status, 401, "account {at}: {:?}", me.body);
                continue;
            }
            let person = self.signed_in(at).await;
            for tenant in 0..TENANTS {
                let is_member = account.seats[tenant] == Some(Seat::Active);
                let expected = match (is_member, self.suspended[tenant]) {
                    (true, false) => 200,
                    (true, true) => 403,
                    (false, _) => 404,
                };
                let seen = person.get(&self.users(tenant)).await;
                assert_eq!(seen.status, expected, "account {at} in tenant {tenant}");
            }
        }
    }

    /// Once all runs have settled, each open mailbox at an address of the domain is that of the address's present
    /// account, in the tenant that holds the domain.
    async fn check_mail(&self) {
        eventually("every run has settled", async || {
            let statement = "SELECT count(*) FROM saga.run WHERE state IN ('forward', 'unwinding')";
            query(&self.app.database, statement) == "0"
        })
        .await;
        let state = self.app.sandbox.mailcow.state();
        for mailbox in state["mailboxes"].as_array().unwrap() {
            if mailbox["active"] != 1 {
                continue;
            }
            let address = mailbox["username"].as_str().unwrap();
            let number = address
                .strip_prefix('p')
                .and_then(|rest| rest.split('@').next());
            let number: usize = number.unwrap().parse().unwrap();
            let account = &self.accounts[self.current(number).expect("somebody's mailbox")];
            assert_eq!(Some(account.manager), self.holder, "{mailbox}");
            assert_eq!(
                account.seats[account.manager],
                Some(Seat::Active),
                "{mailbox}"
            );
            assert!(!self.suspended[account.manager], "{mailbox}");
            let member = self.member_of(account).await;
            assert!(mailbox["tags"].to_string().contains(&member), "{mailbox}");
        }
    }

    async fn member_of(&self, account: &Account) -> String {
        let path = format!("{}/{}", self.users(account.manager), account.person.id);
        let member: Value = self.root.get(&path).await.body;
        member["id"].as_str().unwrap().to_owned()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn nobody_gets_at_what_the_table_does_not_give_them(ops in proptest::collection::vec(op(), 8..20)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            world.apply(Op::Prove(0)).await;
            for op in ops {
                world.apply(op).await;
                world.check().await;
            }
            world.check_mail().await;
        });
    }
}
