//! What the client and an ERP agree on, whether it is a stand-in or real.

use bheem_erp::{Cancellation, Client, ErrorKind, NewContact, NewSubscription, SubscriptionStatus};

/// Plans, and a subscription of `user_id`, who has none, from its beginning to its end.
pub(crate) async fn subscriptions(erp: &Client, user_id: &str) {
    let plans = erp.plans().await.unwrap();
    let plan = plans.first().expect("an ERP without plans sells nothing");
    let found = erp.find_plan_by_sku(&plan.sku).await.unwrap();
    assert_eq!(found.as_ref(), Some(plan));
    assert!(
        erp.find_plan_by_sku("NO-SUCH-PLAN")
            .await
            .unwrap()
            .is_none()
    );

    assert!(erp.subscription_of(user_id).await.unwrap().is_none());
    let plan_id = plan.id.clone().unwrap_or_else(|| plan.sku.clone());
    let new = NewSubscription::new(user_id, plan_id, "payment-1");
    let made = erp.create_subscription(&new).await.unwrap();
    let again = erp.create_subscription(&new).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    let found = erp
        .find_by_payment_reference(user_id, "payment-1")
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, made.id);
    assert!(
        erp.find_by_payment_reference(user_id, "payment-2")
            .await
            .unwrap()
            .is_none()
    );
    for _ in 0..2 {
        let active = erp.activate_subscription(&made.id).await.unwrap();
        assert_eq!(active.status, SubscriptionStatus::Active);
    }
    for _ in 0..2 {
        let ended = erp
            .cancel_subscription(&made.id, "too expensive", Cancellation::Immediate)
            .await
            .unwrap();
        assert_eq!(ended.status, SubscriptionStatus::Cancelled);
    }
    let absent = erp.activate_subscription("absent").await.unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);
    let unknown = NewSubscription::new(user_id, "no-such-plan", "payment-3");
    let unknown = erp.create_subscription(&unknown).await.unwrap_err();
    assert!(matches!(
        unknown.kind(),
        ErrorKind::Invalid | ErrorKind::NotFound
    ));
}

/// A contact with an address that nobody has.
pub(crate) async fn contacts(erp: &Client, email: &str) {
    assert!(erp.find_contact_by_email(email).await.unwrap().is_none());
    let mut new = NewContact::customer("John", "Smith", email);
    new.company_name = Some("Acme".to_owned());
    let made = erp.create_contact(&new).await.unwrap();
    let found = erp.find_contact_by_email(email).await.unwrap().unwrap();
    assert_eq!(found.id, made.id);
    let again = erp.create_contact(&new).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    let bad = NewContact::customer("John", "Smith", "no address");
    assert_eq!(
        erp.create_contact(&bad).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
}
