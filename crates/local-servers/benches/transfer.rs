//! 2 GiB up to a real WebDAV server and down again: how fast, and with how much memory.
//!
//! Fails if the memory of this process, which is that of the client, grows by 64 MB or more, or if a byte comes back
//! that was not sent. The server is a process of its own; the content is computed, never held.

use std::{
    error::Error,
    io::{self, Write as _},
    time::{Duration, Instant},
};

use bheem_local_servers::{tools, wsgidav::WsgiDav};
use bheem_webdav::{Auth, Bytes, Client, DavPath, PutOptions};
use futures::TryStreamExt as _;

const SIZE: u64 = 2 << 30;
const BLOCK: usize = 64 * 1024;
const LIMIT_KB: u64 = 64 * 1000;

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo test` runs benches too, to see that they begin.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measure())
}

async fn measure() -> Result<(), Box<dyn Error>> {
    let Some(program) = tools("wsgidav").await? else {
        return say("left out: WsgiDAV cannot be installed here");
    };
    let server = WsgiDav::start(&program).await?;
    let auth = Auth::basic(server.user(), server.password().clone());
    let files = Client::builder(server.base_url(), auth)
        .timeout(Duration::from_mins(2))
        .build()?;
    let path = DavPath::parse("large.bin")?;
    // Connections and tables that are made once are no part of a transfer.
    files.find(&path).await?;
    let before = peak_kb()?;

    let began_at = Instant::now();
    let blocks = (0..SIZE / u64::try_from(BLOCK)?).map(|number| Ok::<_, io::Error>(block(number)));
    let put = files
        .put_stream_with(
            &path,
            futures::stream::iter(blocks),
            Some(SIZE),
            &PutOptions::new(),
        )
        .await?;
    report("upload", began_at.elapsed())?;
    let after_upload = peak_kb()?;

    let began_at = Instant::now();
    let download = files.get_stream(&path).await?;
    if !put.is_new || download.size_bytes() != Some(SIZE) {
        return Err("the server has something else".into());
    }
    let mut expected = Expected::default();
    let mut content = std::pin::pin!(download.into_stream());
    while let Some(piece) = content.try_next().await? {
        if !expected.is_next(&piece) {
            return Err(format!("another byte came back before {}", expected.at).into());
        }
    }
    if expected.at != SIZE {
        return Err(format!("{} bytes came back", expected.at).into());
    }
    report("download", began_at.elapsed())?;
    let after = peak_kb()?;

    say(&format!(
        "memory: {before} kB before, {} kB more while uploading, {} kB more in all",
        after_upload - before,
        after - before
    ))?;
    if after - before >= LIMIT_KB {
        return Err("that is too much memory".into());
    }
    Ok(())
}

/// Bytes that are different everywhere (the step of `SplitMix64`).
fn block(number: u64) -> Bytes {
    let words = u64::try_from(BLOCK / 8).unwrap_or_default();
    let mut bytes = Vec::with_capacity(BLOCK);
    for word in 0..words {
        let mut z = number
            .wrapping_mul(words)
            .wrapping_add(word)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^= z >> 27;
        bytes.extend_from_slice(&z.to_le_bytes());
    }
    Bytes::from(bytes)
}

/// What is to come back.
#[derive(Default)]
struct Expected {
    at: u64,
    left: Bytes,
}

impl Expected {
    fn is_next(&mut self, mut piece: &[u8]) -> bool {
        while !piece.is_empty() {
            if self.left.is_empty() {
                let size = u64::try_from(BLOCK).unwrap_or(u64::MAX);
                self.left = block(self.at / size);
            }
            let length = piece.len().min(self.left.len());
            let (now, later) = piece.split_at(length);
            if self.left.split_to(length) != now {
                return false;
            }
            piece = later;
            self.at += u64::try_from(length).unwrap_or_default();
        }
        true
    }
}

/// The most memory that this process ever had (`VmHWM`).
fn peak_kb() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_ascii_whitespace().next());
    Ok(number.ok_or("no VmHWM")?.parse()?)
}

fn report(what: &str, took: Duration) -> Result<(), Box<dyn Error>> {
    let mib = (SIZE >> 20) * 1000 / u64::try_from(took.as_millis().max(1))?;
    say(&format!(
        "{what}: {} MiB in {:.1} s, {mib} MiB/s",
        SIZE >> 20,
        took.as_secs_f64()
    ))
}

fn say(text: &str) -> Result<(), Box<dyn Error>> {
    writeln!(io::stdout(), "{text}")?;
    Ok(())
}
