//! Points in time: milliseconds since 1970 inside, RFC 3339 in UTC with whole seconds in documents.
//!
//! Own arithmetic, because the crate for it is ten times as large as what is needed here and it ships; a test holds the two equal.

/// A day in milliseconds.
pub const DAY: u64 = 86_400_000;

/// The last millisecond that RFC 3339 can name: the end of the year 9999.
const LAST: u64 = 253_402_300_799_999;

/// Writes a point in time (milliseconds since 1970) as RFC 3339, such as `2026-03-01T09:30:00Z`.
#[must_use]
pub fn rfc3339(millis: u64) -> String {
    let millis = millis.min(LAST);
    let (year, month, day) = date_of(millis / DAY);
    let second = millis % DAY / 1000;
    let mut text = String::with_capacity(20);
    for (number, digits, behind) in
        [(year, 4, '-'), (month, 2, '-'), (day, 2, 'T'), (second / 3600, 2, ':'), (second / 60 % 60, 2, ':'), (second % 60, 2, 'Z')]
    {
        for place in (0..digits).rev() {
            text.extend(char::from_digit(u32::try_from(number / 10_u64.pow(place) % 10).unwrap_or(0), 10));
        }
        text.push(behind);
    }
    text
}

/// Reads what [`rfc3339`] writes, in milliseconds since 1970.
/// Nothing, if it is written in any other form.
#[must_use]
pub fn millis(text: &str) -> Option<u64> {
    let number = |at: usize, digits: usize| {
        let part = text.get(at..at + digits)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u64>().ok())?
    };
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let days = days_to(year, month, day)?;
    let millis = days * DAY + (number(11, 2)? * 3600 + number(14, 2)? * 60 + number(17, 2)?) * 1000;
    // Whatever is not written the same again was no time, or not in this form.
    (rfc3339(millis) == text).then_some(millis)
}

/// Days since 1970 of a date of the Gregorian calendar. The year begins in March here, so that the leap day is its last.
fn days_to(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = if month > 2 { year } else { year.checked_sub(1)? };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.checked_sub(1)?;
    (year * 365 + year / 4 - year / 100 + year / 400 + of_year).checked_sub(EPOCH)
}

/// The days from the first of March of the year 0 to 1970.
const EPOCH: u64 = 719_468;

/// Year, month and day of a number of days since 1970.
const fn date_of(days: u64) -> (u64, u64, u64) {
    const CENTURIES: u64 = 146_097;
    let days = days + EPOCH;
    let (era, of_era) = (days / CENTURIES, days % CENTURIES);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + if month <= 2 { 1 } else { 0 }, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_written_and_read_back() {
        assert_eq!(rfc3339(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(millis("2000-02-29T00:00:00Z"), Some(951_782_400_000));
        assert_eq!(rfc3339(u64::MAX), "9999-12-31T23:59:59Z");
        for text in ["2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "", "soon", "1969-12-31T23:59:59Z", "2026-01-01T00:00:61Z"] {
            assert_eq!(millis(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn they_are_those_of_the_library(time in 0..=LAST) {
            let theirs = humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_millis(time)).to_string();
            prop_assert_eq!(rfc3339(time), theirs.as_str());
            prop_assert_eq!(millis(&theirs), Some(time / 1000 * 1000));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9TZ:-]{0,24}|\\PC{20}") {
            let _ = millis(&text);
        }
    }
}
