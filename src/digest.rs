//! SHA-256, and how a hash is written.

use sha2::{Digest, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

/// What a text is called by: the SHA-256 of its bytes, as in `sha256:...`.
#[must_use]
pub fn named(text: &str) -> String {
    ["sha256:", &hex(&Sha256::digest(text.as_bytes()))].concat()
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 }));
        }
    }
    text
}

/// Bytes in base64 with padding (RFC 4648, section 4). Own code, because it ships: three bytes are four digits. Only the tools read it back.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(part.get(at).copied().unwrap_or(0)));
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit) & 63) as u8;
            text.push(char::from(match value {
                _ if digit > part.len() => b'=',
                0..26 => b'A' + value,
                26..52 => b'a' + value - 26,
                52..62 => b'0' + value - 52,
                62 => b'+',
                _ => b'/',
            }));
        }
    }
    text
}

/// A hash from base64, in its one form.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn hash_from_base64(text: &str) -> Option<Hash> {
    use base64ct::{Base64, Encoding};

    let mut hash = [0; 32];
    let length = Base64::decode(text, &mut hash).ok()?.len();
    (length == hash.len()).then_some(hash)
}

/// A hash from its 64 lower-case hexadecimal digits.
#[must_use]
pub fn from_hex(text: &str) -> Option<Hash> {
    let half = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut hash = [0; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != hash.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
        *byte = half(*high)? << 4 | half(*low)?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        // RFC 4648, section 10.
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    proptest! {
        #[test]
        fn base64_is_that_of_the_library(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(base64(&bytes), Base64::encode_string(&bytes));
            prop_assert_eq!(hash_from_base64(&base64(&bytes)), <Hash>::try_from(bytes.as_slice()).ok());
        }
    }
}
