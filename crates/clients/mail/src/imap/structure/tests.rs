//! One message, read as a whole and by what a server tells of its parts, is the same message.

use std::{collections::HashMap, fmt::Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;

use super::*;
use crate::{
    imap::value::{Parser, Raw},
    message::{
        Headers, MessageView, ViewOptions, parse_message, parse_structure, parts::PartPath,
        view::Texts,
    },
};

#[derive(Clone, Debug)]
enum Node {
    Leaf {
        kind: &'static str,
        parameters: String,
        disposition: String,
        encoding: &'static str,
        body: Vec<u8>,
    },
    Multi(&'static str, Vec<Node>),
}

/// As it is on the wire, and where the bodies of its parts are.
fn write(
    node: &Node,
    path: &mut Vec<u16>,
    raw: &mut Vec<u8>,
    bodies: &mut HashMap<PartPath, Vec<u8>>,
) {
    match node {
        Node::Leaf {
            kind,
            parameters,
            disposition,
            encoding,
            body,
        } => {
            let mut header = format!("Content-Type: {kind}{parameters}\r\n");
            if !disposition.is_empty() {
                write!(header, "Content-Disposition: {disposition}\r\n").unwrap();
            }
            write!(header, "Content-Transfer-Encoding: {encoding}\r\n\r\n").unwrap();
            raw.extend(header.into_bytes());
            raw.extend(body);
            bodies.insert(PartPath::of(path), body.clone());
        }
        Node::Multi(kind, children) => {
            let boundary = format!(
                "b{}",
                path.iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(".")
            );
            raw.extend(
                format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n")
                    .into_bytes(),
            );
            for (child, number) in children.iter().zip(1_u16..) {
                raw.extend(format!("--{boundary}\r\n").into_bytes());
                path.push(number);
                write(child, path, raw, bodies);
                path.pop();
                raw.extend(b"\r\n");
            }
            raw.extend(format!("--{boundary}--\r\n").into_bytes());
        }
    }
}

/// `; name="value"; …` as a server tells it.
fn told(parameters: &str) -> String {
    let pairs: Vec<String> = parameters
        .split("; ")
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| format!("\"{name}\" \"{}\"", value.trim_matches('"')))
        .collect();
    if pairs.is_empty() {
        "NIL".to_owned()
    } else {
        format!("({})", pairs.join(" "))
    }
}

fn tell(node: &Node, out: &mut String) {
    match node {
        Node::Leaf {
            kind,
            parameters,
            disposition,
            encoding,
            body,
        } => {
            let (one, two) = kind.split_once('/').unwrap();
            write!(
                out,
                "(\"{one}\" \"{two}\" {} NIL NIL \"{encoding}\" {}",
                told(parameters),
                body.len()
            )
            .unwrap();
            if one == "text" {
                out.push_str(" 1");
            }
            let (word, rest) = disposition.split_once(';').unwrap_or((disposition, ""));
            match word {
                "" => out.push_str(" NIL NIL NIL NIL)"),
                word => write!(out, " NIL (\"{word}\" {}) NIL NIL)", told(rest)).unwrap(),
            }
        }
        Node::Multi(kind, children) => {
            out.push('(');
            for child in children {
                tell(child, out);
            }
            write!(out, " \"{kind}\" NIL NIL NIL NIL)").unwrap();
        }
    }
}

fn leaf() -> impl Strategy<Value = Node> {
    let kind = prop_oneof![
        4 => Just("text/plain"), 3 => Just("text/html"), 1 => Just("text/calendar"), 1 => Just("image/png"),
        1 => Just("application/pdf"),
    ];
    let charset = prop_oneof![
        Just(""),
        Just("; charset=utf-8"),
        Just("; charset=\"us-ascii\""),
        Just("; charset=iso-2022-jp"),
        Just("; charset=cp932"),
        Just("; charset=windows-1252"),
        Just("; charset=utf-8; format=flowed"),
        Just("; charset=utf-8; format=flowed; delsp=yes"),
    ];
    let name = prop_oneof![
        3 => Just(""), 1 => Just("; name=\"a b.txt\""), 1 => Just("; name=\"=?utf-8?Q?Pr=C3=BC?= =?utf-8?Q?fung?=\""),
        1 => Just("; name*=UTF-8''%e2%82%ac"), 1 => Just("; name*0=\"=?utf-8?B?TcO8bmNo\"; name*1=\"ZW4ucGRm?=\""),
        1 => Just("; name*0*=iso-2022-jp''%1B$BF%7CK%5C%1B(B; name*1=.pdf"), 1 => Just("; name=\"naïve\""),
    ];
    let disposition = prop_oneof![
        3 => Just(""), 1 => Just("inline"), 1 => Just("attachment"), 1 => Just("attachment; filename=\"x y.pdf\""),
        1 => Just("inline; filename=\"=?iso-8859-1?Q?gr=FC=DFe?=\""), 1 => Just("ATTACHMENT; FILENAME=z"),
    ];
    let encoding = prop_oneof![
        Just("base64"),
        Just("quoted-printable"),
        Just("8bit"),
        Just("BASE64"),
        Just("x-odd")
    ];
    let text = prop_oneof![
        "[a-zäöü€ <>&;=_\t-]{0,40}".prop_map(String::into_bytes),
        Just(b"caf\xe9 \x80".to_vec()),
        Just(b"\x1b$B%a!<%k\x1b(B".to_vec()),
        Just(b"<meta charset=windows-1252><p>\x80".to_vec()),
        Just("> a \r\n> b \r\nc \r\nd\r\n-- \r\ne".as_bytes().to_vec()),
    ];
    (
        kind,
        charset,
        name,
        disposition,
        encoding,
        text,
        any::<bool>(),
    )
        .prop_map(
            |(kind, charset, name, disposition, encoding, text, is_cut)| {
                let body = match encoding.to_ascii_lowercase().as_str() {
                    "base64" if is_cut => {
                        let (one, two) = text.split_at(text.len() / 2);
                        format!("{}\r\n{}", STANDARD.encode(one), STANDARD.encode(two)).into_bytes()
                    }
                    "base64" => format!("{}!", STANDARD.encode(text)).into_bytes(),
                    "quoted-printable" => text
                        .iter()
                        .fold(String::new(), |out, byte| format!("{out}={byte:02X}"))
                        .into_bytes(),
                    _ => text,
                };
                Node::Leaf {
                    kind,
                    parameters: format!("{charset}{name}"),
                    disposition: disposition.to_owned(),
                    encoding,
                    body,
                }
            },
        )
}

fn message() -> impl Strategy<Value = Node> {
    let kinds = prop_oneof![
        Just("mixed"),
        Just("alternative"),
        Just("related"),
        Just("report"),
        Just("x-odd")
    ];
    leaf().prop_recursive(3, 12, 4, move |inner| {
        (kinds.clone(), prop::collection::vec(inner, 1..4))
            .prop_map(|(kind, children)| Node::Multi(kind, children))
    })
}

fn by_parts(
    node: &Node,
    header: &[u8],
    bodies: HashMap<PartPath, Vec<u8>>,
) -> (Structure, MessageView) {
    let mut text = String::new();
    tell(node, &mut text);
    let raw = Raw {
        text: text.into_bytes(),
        ..Raw::default()
    };
    let values = Parser::new(raw).values().unwrap();
    let structure = Structure::read(&values[0]);
    let mut texts = HashMap::new();
    for (path, body) in bodies {
        let part = structure.part(&path).unwrap();
        texts.insert(path, (part.decode_text(body), false));
    }
    let texts = Texts::of(&structure, &texts);
    let view = MessageView::assemble(
        Headers::parse(header),
        texts,
        &structure,
        &ViewOptions::new(),
    );
    (structure, view)
}

proptest! {
    #[test]
    fn fuzz_both_ways_of_reading_agree(
        node in message(),
        subject in prop_oneof![Just("=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?="), Just("=?cp932?B?k/qWew==?= x"), Just("plain ü")],
    ) {
        let header = format!("Subject: {subject}\r\nFrom: =?iso-8859-1?Q?J=FC?= <a@b.test>\r\nDate: 1 Jul 2025 10:00 EST\r\n");
        let (mut raw, mut bodies) = (header.clone().into_bytes(), HashMap::new());
        write(&node, &mut Vec::new(), &mut raw, &mut bodies);
        let (structure, told) = by_parts(&node, format!("{header}\r\n").as_bytes(), bodies);
        let whole = parse_message(&raw, &ViewOptions::new()).unwrap();
        prop_assert_eq!(&parse_structure(&raw).unwrap(), &structure, "{}", String::from_utf8_lossy(&raw));
        prop_assert_eq!(&whole, &told, "{}", String::from_utf8_lossy(&raw));
        // Nothing is neither shown nor offered.
        let shown = structure.shown(true).len() + structure.shown(false).len();
        prop_assert!(structure.parts.is_empty() || shown > 0 || structure.attachments().count() > 0);
    }
}
