//! The laws of importing another replica's counts: bytes that anybody may have sent.

use switchback_units::Timestamp;
use switchback_uptime::{Features, Origin, Settings, Uptime, Version};

/// When the seeds were made.
const NOW: u64 = 1_795_000_060_000;

/// No bytes panic an import or pass its bounds; what is refused changes nothing, what is taken is taken once, and what was
/// taken can be exported and read again.
pub fn import(bytes: &[u8]) {
    let mut settings = Settings::default();
    settings.max_endpoints = 32;
    settings.max_imported_cells = 64;
    let now = Timestamp::from_millis(NOW);
    let uptime = Uptime::with_origin(settings, Origin { replica: u64::MAX, incarnation: 1 });
    let taken = uptime.import(bytes, now);
    assert!(uptime.len() <= 32);
    if let Err(error) = taken {
        assert!(error.offset() <= bytes.len(), "{error}: beyond the end");
        assert!(uptime.is_empty(), "{error}: and something was taken");
    } else {
        let again = uptime.import(bytes, now).expect("it was taken before");
        assert_eq!(again.calls, 0, "counted twice");
    }
    for endpoint in uptime.endpoints() {
        let _ = endpoint.check(Features::BASE, now);
    }
    let (blob, _) = uptime.export_since(Version::NONE, now);
    let other = Uptime::new(Settings::default());
    assert!(other.import(&blob, now).is_ok(), "what is exported is read");
}
