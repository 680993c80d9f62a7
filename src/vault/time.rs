//! Points in time: milliseconds since 1970 inside, RFC 3339 in UTC with whole seconds in documents.

use std::time::{Duration, SystemTime};

/// A day in milliseconds.
pub const DAY: u64 = 86_400_000;

/// The last millisecond that RFC 3339 can name: the end of the year 9999.
const LAST: u64 = 253_402_300_799_999;

/// Writes a point in time (milliseconds since 1970) as RFC 3339, such as `2026-03-01T09:30:00Z`.
#[must_use]
pub fn rfc3339(millis: u64) -> String {
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(millis.min(LAST));
    humantime::format_rfc3339_seconds(time).to_string()
}

/// Reads what [`rfc3339`] writes, in milliseconds since 1970.
pub(super) fn millis(text: &str) -> Option<u64> {
    let since = humantime::parse_rfc3339(text).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_and_read_back() {
        assert_eq!(rfc3339(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(millis("2000-02-29T00:00:00Z"), Some(951_782_400_000));
        assert_eq!(rfc3339(u64::MAX), "9999-12-31T23:59:59Z");
        for text in ["2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "", "soon", "1969-12-31T23:59:59Z"] {
            assert_eq!(millis(text), None, "{text}");
        }
    }
}
