//! Each operation against each misbehaving peer.

use bheem_cloudflare::{Batch, NewRecord, RecordFilter, RecordPatch, ZoneFilter};
use bheem_http_kit::testing::{Route, misbehaving_peers};

use crate::client;

const RECORD: &str = r#"{"success": true, "errors": [], "result": {"id": "r1", "name": "a.test", "type": "TXT", "content": "\"x\""}}"#;
const ZONE: &str = r#"{"success": true, "errors": [], "result": {"id": "z1", "name": "a.test", "status": "active"}}"#;
const TOKEN: &str =
    r#"{"success": true, "errors": [], "result": {"id": "t1", "status": "active"}}"#;
const LIST: &str = r#"{"success": true, "errors": [], "result": [], "result_info": {"page": 1, "total_pages": 1}}"#;
const BATCH: &str = r#"{"success": true, "errors": [], "result": {"posts": []}}"#;

macro_rules! case {
    ($method:literal $path:literal $body:ident, |$cloudflare:ident| $call:expr) => {
        misbehaving_peers(
            Route {
                method: $method,
                path: $path,
                body: Some($body),
            },
            |peer| async move {
                let $cloudflare = client(&peer);
                $call.await
            },
        )
        .await;
    };
}

#[tokio::test]
async fn zones_understand_misbehaviour() {
    case!("GET" "/client/v4/zones" LIST, |it| it.zones().page(&ZoneFilter::default(), 1));
    case!("GET" "/client/v4/zones" LIST, |it| it.zones().find_by_name("a.test"));
    case!("GET" "/client/v4/zones" LIST, |it| it.zones().find_zone_for("b.a.test"));
    case!("GET" "/client/v4/zones/z1" ZONE, |it| it.zones().find("z1"));
    case!("GET" "/client/v4/user/tokens/verify" TOKEN, |it| it.tokens().verify());
    case!("GET" "/client/v4/accounts/a1/tokens/verify" TOKEN, |it| it.tokens().verify_for_account("a1"));
}

#[tokio::test]
async fn records_understand_misbehaviour() {
    let new = || NewRecord::txt("a.test", "x");
    let batch = || Batch::default().post(NewRecord::txt("a.test", "x"));
    case!("GET" "/client/v4/zones/z1/dns_records" LIST, |it| it.records("z1").page(&RecordFilter::default(), 1));
    case!("GET" "/client/v4/zones/z1/dns_records" LIST, |it| it.records("z1").all(RecordFilter::default()));
    case!("GET" "/client/v4/zones/z1/dns_records" LIST, |it| it.records("z1").find_identical(&new()));
    case!("GET" "/client/v4/zones/z1/dns_records/r1" RECORD, |it| it.records("z1").find("r1"));
    case!("POST" "/client/v4/zones/z1/dns_records" RECORD, |it| it.records("z1").create(&new()));
    case!("PATCH" "/client/v4/zones/z1/dns_records/r1" RECORD, |it| it.records("z1").update("r1", &RecordPatch::text("y")));
    case!("PUT" "/client/v4/zones/z1/dns_records/r1" RECORD, |it| it.records("z1").replace("r1", &new()));
    case!("DELETE" "/client/v4/zones/z1/dns_records/r1" RECORD, |it| it.records("z1").delete("r1"));
    case!("POST" "/client/v4/zones/z1/dns_records/batch" BATCH, |it| it.records("z1").batch(&batch()));
}
