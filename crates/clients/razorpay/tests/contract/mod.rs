//! What the client and a Razorpay account agree on, whether the account is a stand-in or real.

use bheem_razorpay::{
    Client, ErrorKind, Filter, NewOrder, NewRefund, OrderStatus, PaymentStatus, Reason,
};
use futures::{StreamExt as _, TryStreamExt as _};

/// Orders, which cost nothing. `unique` makes receipts that were never used.
pub(crate) async fn orders(razorpay: &Client, unique: &str, receipts_are_unique: bool) {
    let receipt = format!("{unique}-1");
    let new = NewOrder::new(49_900, "INR", &receipt).note("tenant", "acme");
    assert!(
        razorpay
            .orders()
            .find_by_receipt(&receipt)
            .await
            .unwrap()
            .is_none()
    );
    let order = razorpay.orders().ensure(&new).await.unwrap();
    assert_eq!(
        (order.amount, order.status.clone()),
        (49_900, OrderStatus::Created)
    );
    assert_eq!(order.notes["tenant"], "acme");
    assert_eq!(razorpay.orders().ensure(&new).await.unwrap().id, order.id);
    if receipts_are_unique {
        let again = razorpay.orders().create(&new).await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Conflict);
    }
    let found = razorpay.orders().find(&order.id).await.unwrap().unwrap();
    assert_eq!(found.receipt.as_deref(), Some(receipt.as_str()));
    assert!(
        razorpay
            .orders()
            .payments(&order.id)
            .await
            .unwrap()
            .is_empty()
    );

    assert!(
        razorpay
            .orders()
            .find("order_absent")
            .await
            .unwrap()
            .is_none()
    );
    let absent = razorpay
        .orders()
        .payments("order_absent")
        .await
        .unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);
    let small = NewOrder::new(1, "INR", format!("{unique}-2"));
    let small = razorpay.orders().create(&small).await.unwrap_err();
    assert_eq!(small.kind(), ErrorKind::Invalid);

    let more = NewOrder::new(10_000, "INR", format!("{unique}-3"));
    let newest = razorpay.orders().ensure(&more).await.unwrap();
    let mut filter = Filter::default();
    filter.count = Some(1);
    let page = razorpay.orders().page(&filter, 0).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let listed: Vec<_> = razorpay
        .orders()
        .stream(filter)
        .take(2)
        .try_collect()
        .await
        .unwrap();
    let ids: Vec<_> = listed.iter().map(|order| order.id.as_str()).collect();
    assert_eq!(ids, [newest.id.as_str(), order.id.as_str()]);
}

/// What follows when somebody has paid an order of 49,900 paise; the amount is authorised and not captured.
pub(crate) async fn payments(razorpay: &Client, order_id: &str, payment_id: &str, unique: &str) {
    let payment = razorpay.payments().find(payment_id).await.unwrap().unwrap();
    assert_eq!(payment.status, PaymentStatus::Authorized);
    let early = NewRefund::full(format!("{unique}-early"));
    let early = razorpay
        .payments()
        .refund(payment_id, &early)
        .await
        .unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Invalid);
    let wrong = razorpay
        .payments()
        .capture(payment_id, 1, "INR")
        .await
        .unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Invalid);
    let captured = razorpay
        .payments()
        .capture(payment_id, 49_900, "INR")
        .await
        .unwrap();
    assert_eq!(
        (captured.status, captured.captured),
        (PaymentStatus::Captured, true)
    );
    let again = razorpay
        .payments()
        .capture(payment_id, 49_900, "INR")
        .await
        .unwrap_err();
    assert!(matches!(
        again,
        bheem_razorpay::Error::Refused {
            reason: Reason::AlreadyCaptured,
            ..
        }
    ));
    let order = razorpay.orders().find(order_id).await.unwrap().unwrap();
    assert_eq!(
        (order.status, order.amount_paid, order.amount_due),
        (OrderStatus::Paid, 49_900, 0)
    );
    assert_eq!(
        razorpay.orders().payments(order_id).await.unwrap()[0].id,
        payment_id
    );
    let absent = razorpay
        .payments()
        .capture("pay_absent", 1, "INR")
        .await
        .unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);
    assert!(
        razorpay
            .payments()
            .find("pay_absent")
            .await
            .unwrap()
            .is_none()
    );
}

/// Giving back a captured payment of 49,900 paise.
pub(crate) async fn refunds(razorpay: &Client, payment_id: &str, unique: &str) {
    let part = NewRefund::partial(format!("{unique}-part"), 900);
    let refund = razorpay.payments().refund(payment_id, &part).await.unwrap();
    assert_eq!(
        (refund.amount, refund.payment_id.as_str()),
        (900, payment_id)
    );
    let too_much = NewRefund::partial(format!("{unique}-too-much"), 49_900);
    let too_much = razorpay
        .payments()
        .refund(payment_id, &too_much)
        .await
        .unwrap_err();
    assert_eq!(too_much.kind(), ErrorKind::Invalid);
    let rest = NewRefund::full(format!("{unique}-rest"));
    let rest = razorpay.payments().refund(payment_id, &rest).await.unwrap();
    assert_eq!(rest.amount, 49_000);
    let over = NewRefund::full(format!("{unique}-over"));
    let over = razorpay
        .payments()
        .refund(payment_id, &over)
        .await
        .unwrap_err();
    assert_eq!(over.kind(), ErrorKind::Conflict);
    let receipt = format!("{unique}-part");
    let found = razorpay
        .payments()
        .find_refund_by_receipt(payment_id, &receipt)
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, refund.id);
    let nobody = razorpay
        .payments()
        .find_refund_by_receipt(payment_id, "nobody")
        .await
        .unwrap();
    assert!(nobody.is_none());
    assert!(
        razorpay
            .payments()
            .find_refund(&rest.id)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        razorpay
            .payments()
            .find_refund("rfnd_absent")
            .await
            .unwrap()
            .is_none()
    );
    let listed: Vec<_> = razorpay
        .payments()
        .stream(Filter::default())
        .take(1)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(listed[0].status, PaymentStatus::Refunded);
}
