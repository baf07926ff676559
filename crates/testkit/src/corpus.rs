use std::path::PathBuf;
use switchback_ir::Protocol;

/// A recorded request, response, stream or error.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The protocol that it was recorded in.
    pub protocol: Protocol,
    /// The name of its file.
    pub file: String,
    /// The body.
    pub body: Vec<u8>,
}

/// The folder of shared data: `SWITCHBACK_SHARED`, else beside the workspace. Nothing where it is not there, which is
/// said on standard output and is an error in CI.
pub fn shared() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("SWITCHBACK_SHARED").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no shared data at {}", folder.display());
    println!("skipped: no shared data at {}", folder.display());
    None
}

/// Every recorded request, in the order of protocols and file names.
pub fn requests() -> Vec<Recording> {
    recordings("request")
}

/// Every recording of a kind (`request`, `response`, `stream` or `error`), in the order of protocols and file names.
pub fn recordings(kind: &str) -> Vec<Recording> {
    let Some(shared) = shared() else { return Vec::new() };
    let folders = [
        ("chat", Protocol::Chat),
        ("chat-compat", Protocol::Chat),
        ("responses", Protocol::Responses),
        ("messages", Protocol::Messages),
    ];
    let mut all = Vec::new();
    for (folder, protocol) in folders {
        let folder = shared.join("corpus").join(folder).join(kind);
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        all.extend(paths.into_iter().map(|path| {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            Recording { protocol, file, body: std::fs::read(&path).unwrap() }
        }));
    }
    all
}
