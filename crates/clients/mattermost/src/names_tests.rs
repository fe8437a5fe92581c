use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

#[test]
fn what_fits_is_kept_and_what_does_not_says_where_it_is_from() {
    assert_eq!(team_name("acme"), "acme");
    assert_eq!(
        username("acme", "john.doe", &USERNAME_LENGTH),
        "john.doe.acme"
    );
    // These must never change: they are names of accounts that exist.
    assert_eq!(team_name("admin-club"), "t-admin-club-8jeitpn62hj2");
    assert_eq!(
        username("acme", "john+tag", &USERNAME_LENGTH),
        "john-tag-gdpt5322slol"
    );
    let long = "a-company-with-a-name-that-goes-on-and-on-and-on-and-will-never-end";
    assert!(team_name(long).starts_with("a-company-with-a-name-that-goes-on"));
    assert_eq!(username("acme", "john.doe", &OLD_USERNAME_LENGTH).len(), 13);
    assert!(username("acme", "john.doe.the.third", &OLD_USERNAME_LENGTH).starts_with("john.doe"));
}

#[test]
fn what_is_alike_stays_apart() {
    let mut seen = HashMap::new();
    for (tenant, local) in [
        ("acme", "a.b"),
        ("acme", "a+b"),
        ("acme", "a-b"),
        ("acme", "a_b"),
        ("acme", "A.b"),
        ("acme", "a b"),
        ("b.acme", "a"),
        ("acme", "a.b."),
        ("acme", ""),
        ("", "acme"),
        ("", ""),
        ("acme", "äöü"),
        ("acme", "äöä"),
        ("acme", "1"),
        ("acme", "u1"),
        ("emca", "1"),
        ("acme", "all"),
    ] {
        let name = username(tenant, local, &USERNAME_LENGTH);
        assert!(is_username(&name, &USERNAME_LENGTH), "{name}");
        let before = seen.insert(name.clone(), (tenant, local));
        assert_eq!(before, None, "{name}");
    }
    // The name of one tenant's user that was made to fit, as another's that fits by itself.
    let made = username("acme", "a+b", &USERNAME_LENGTH);
    assert_ne!(team_name(&made), made);
}

#[test]
fn what_mattermost_reserves_is_not_taken() {
    for name in [
        "api",
        "apiary",
        "help-desk",
        "a",
        "-a",
        "a-",
        "A",
        "a_b",
        "a.b",
        "",
    ] {
        assert!(!is_team_name(name), "{name}");
        let made = team_name(name);
        assert!(is_team_name(&made), "{made}");
    }
    for name in ["all", "here", "ab", "1abc", "a@b", "abC", ".abc", ""] {
        assert!(!is_username(name, &USERNAME_LENGTH), "{name}");
    }
    assert!(!is_username(&"a".repeat(23), &OLD_USERNAME_LENGTH));
}

proptest! {
    #[test]
    fn fuzz_every_name_is_taken(tenant in "\\PC{0,90}", local in "\\PC{0,90}") {
        let team = team_name(&tenant);
        prop_assert!(is_team_name(&team), "{}", team);
        for lengths in [&USERNAME_LENGTH, &OLD_USERNAME_LENGTH] {
            let name = username(&tenant, &local, lengths);
            prop_assert!(is_username(&name, lengths), "{}", name);
            prop_assert_eq!(&name, &username(&tenant, &local, lengths));
        }
    }

    #[test]
    fn fuzz_different_people_have_different_names(
        people in prop::collection::hash_set(("[a-c.-]{0,4}|[a-z-]{1,12}", "[a-cA-C0-1+._-]{0,4}|[a-z.+]{1,30}"), 2..300)
    ) {
        for lengths in [&USERNAME_LENGTH, &OLD_USERNAME_LENGTH] {
            let mut seen = HashMap::new();
            for (tenant, local) in &people {
                let name = username(tenant, local, lengths);
                let other = seen.insert(name.clone(), (tenant, local));
                prop_assert!(other.is_none(), "{} {:?} {:?}", name, other, (tenant, local));
            }
        }
        let tenants: std::collections::HashSet<&String> = people.iter().map(|(tenant, _)| tenant).collect();
        let names: std::collections::HashSet<String> = tenants.iter().map(|tenant| team_name(tenant)).collect();
        prop_assert_eq!(names.len(), tenants.len());
    }

    #[test]
    fn fuzz_a_name_that_was_made_is_nobody_elses(tenant in "[a-z]{1,8}", local in "[a-z+]{1,20}") {
        let made = username(&tenant, &local, &USERNAME_LENGTH);
        let team = team_name(&format!("{tenant}+"));
        prop_assert_ne!(team_name(&team), team);
        if let Some((before, slug)) = made.rsplit_once('.') {
            // Read back as a person of another tenant, it is that very person.
            if is_slug(slug) && (before, slug) != (local.as_str(), tenant.as_str()) {
                prop_assert_ne!(username(slug, before, &USERNAME_LENGTH), made.clone());
            }
        }
    }
}
