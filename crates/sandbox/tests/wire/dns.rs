use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream, UdpSocket},
};

use bheem_sandbox::{Fault, FaultAction, PublishedRecord, Sandbox};
use hickory_proto::{
    op::{Message, Query, ResponseCode},
    rr::{Name, RecordType},
};
use serde_json::json;

use crate::support::client;

fn query(name: &str, record_type: RecordType) -> Vec<u8> {
    let mut message = Message::query();
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), record_type));
    message.to_vec().unwrap()
}

fn udp(address: SocketAddr, name: &str, record_type: RecordType) -> Message {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(address).unwrap();
    socket.send(&query(name, record_type)).unwrap();
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).unwrap();
    Message::from_vec(&buffer[..length]).unwrap()
}

fn tcp(address: SocketAddr, name: &str, record_type: RecordType) -> Message {
    let mut stream = TcpStream::connect(address).unwrap();
    let body = query(name, record_type);
    stream
        .write_all(&u16::try_from(body.len()).unwrap().to_be_bytes())
        .unwrap();
    stream.write_all(&body).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut buffer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut buffer).unwrap();
    Message::from_vec(&buffer).unwrap()
}

fn answers(message: &Message) -> Vec<String> {
    message
        .answers
        .iter()
        .map(|record| record.data.to_string())
        .collect()
}

#[tokio::test]
async fn what_was_published_over_http_is_answered_over_udp_and_tcp() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let url = format!("{}/__sandbox/records", sandbox.dns.control_url);
    let records = json!([
        {"name": "a.test", "type": "TXT", "value": "bheem-verify=1"},
        {"name": "a.test", "type": "TXT", "value": "v=spf1 mx ~all"},
        {"name": "a.test", "type": "MX", "value": "mail.a.test", "priority": 20},
        {"name": "www.a.test", "type": "CNAME", "value": "host.a.test"},
        {"name": "host.a.test", "type": "A", "value": "192.0.2.1"},
    ]);
    let response = client().put(&url).json(&records).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let address = sandbox.dns.address;
    for ask in [udp, tcp] {
        let texts = ask(address, "A.test.", RecordType::TXT);
        assert_eq!(answers(&texts), ["bheem-verify=1", "v=spf1 mx ~all"]);
        assert!(texts.metadata.authoritative);
        assert_eq!(
            answers(&ask(address, "a.test.", RecordType::MX)),
            ["20 mail.a.test."]
        );
        assert_eq!(
            answers(&ask(address, "www.a.test.", RecordType::A)),
            ["host.a.test.", "192.0.2.1"]
        );
    }
}

#[tokio::test]
async fn nothing_of_the_type_is_no_error_and_nothing_of_the_name_is_nxdomain() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let address = sandbox.dns.address;
    sandbox
        .dns
        .publish(&[PublishedRecord::new("a.test", "TXT", "x")])
        .unwrap();
    let empty = udp(address, "a.test.", RecordType::MX);
    assert_eq!(
        (empty.metadata.response_code, empty.answers.len()),
        (ResponseCode::NoError, 0)
    );
    let missing = udp(address, "b.test.", RecordType::TXT);
    assert_eq!(missing.metadata.response_code, ResponseCode::NXDomain);
    assert_eq!(missing.authorities.len(), 1, "the zone's SOA");
    assert_eq!(sandbox.dns.unpublish("a.test", None).unwrap(), 1);
    let gone = udp(address, "a.test.", RecordType::TXT);
    assert_eq!(gone.metadata.response_code, ResponseCode::NXDomain);
}

#[tokio::test]
async fn a_loop_of_aliases_is_a_failure_and_not_an_endless_answer() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let records = [
        PublishedRecord::new("a.test", "CNAME", "b.test"),
        PublishedRecord::new("b.test", "CNAME", "a.test"),
    ];
    sandbox.dns.publish(&records).unwrap();
    let answer = udp(sandbox.dns.address, "a.test.", RecordType::A);
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
}

#[tokio::test]
async fn records_that_are_none_are_refused_as_a_whole() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let url = format!("{}/__sandbox/records", sandbox.dns.control_url);
    let records = json!([
        {"name": "a.test", "type": "TXT", "value": "x"},
        {"name": "a.test", "type": "A", "value": "not an address"},
    ]);
    let response = client().put(&url).json(&records).send().await.unwrap();
    assert_eq!(response.status(), 422);
    assert_eq!(sandbox.dns.peer.state()["records"], json!([]));
}

#[tokio::test]
async fn queries_meet_faults_by_name() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let address = sandbox.dns.address;
    let records = [PublishedRecord::new("a.test", "TXT", "x")];
    sandbox.dns.publish(&records).unwrap();
    sandbox.dns.peer.fault(Fault {
        method: Some("QUERY".to_owned()),
        path_prefix: "a.test".to_owned(),
        action: FaultAction::Fail,
        ..Fault::default()
    });
    let other = udp(address, "b.test.", RecordType::TXT);
    assert_eq!(other.metadata.response_code, ResponseCode::NXDomain);
    let failed = udp(address, "A.test.", RecordType::TXT);
    assert_eq!(failed.metadata.response_code, ResponseCode::ServFail);
    assert_eq!(answers(&udp(address, "a.test.", RecordType::TXT)), ["x"]);
}
