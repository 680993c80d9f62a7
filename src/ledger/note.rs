//! Signed notes (c2sp.org/signed-note): a text, an empty line, and a line for each key that signed it.
//!
//! A note is put together by hand here, because that ships; it is read and verified by the tools only.

use sha2::{Digest, Sha256};

use crate::digest::{base64, from_hex, hex};

/// The signature type of Ed25519.
const ED25519: u8 = 1;

/// What stands before each signature: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// The signature of a key over the text of a note, before it is written.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// The name of the key: not empty, without white space and plus signs.
    pub name: &'a str,
    /// The public key of Ed25519 (RFC 8032).
    pub key: &'a [u8; 32],
    /// The signature.
    pub signature: &'a [u8; 64],
}

/// What a key of Ed25519 is found by: four bytes of SHA-256 over its name, its type and itself.
#[must_use]
pub fn key_id(name: &str, key: &[u8; 32]) -> [u8; 4] {
    let [a, b, c, d, ..]: [u8; 32] =
        Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key).finalize().into();
    [a, b, c, d]
}

/// A key as whoever checks signatures is given it: `name+id+key`.
#[must_use]
pub fn verifier_key(name: &str, key: &[u8; 32]) -> String {
    [name, "+", &hex(&key_id(name, key)), "+", &base64(&[&[ED25519], key.as_slice()].concat())].concat()
}

/// A note: its text, which ends with a new line, and its signatures.
#[must_use]
pub fn signed(text: &str, signatures: &[Signing<'_>]) -> String {
    let mut note = [text, "\n"].concat();
    for Signing { name, key, signature } in signatures {
        let signature = base64(&[key_id(name, key).as_slice(), signature.as_slice()].concat());
        note.extend([DASH, name, " ", &signature, "\n"]);
    }
    note
}

/// A note with one signature, which comes in 128 lower-case hexadecimal digits. Nothing, if it is none.
#[must_use]
pub fn signed_once(text: &str, name: &str, key: &[u8; 32], signature: &str) -> Option<String> {
    let mut bytes = [0; 64];
    let (low, high) = bytes.split_at_mut(32);
    low.copy_from_slice(&from_hex(signature.get(..64)?)?);
    high.copy_from_slice(&from_hex(signature.get(64..)?)?);
    Some(signed(text, &[Signing { name, key, signature: &bytes }]))
}

#[cfg(not(target_arch = "wasm32"))]
pub use reading::{Note, NoteFault, Signature, VerifierKey, check_text};

#[cfg(not(target_arch = "wasm32"))]
mod reading {
    use base64ct::{Base64, Encoding};
    use ed25519_dalek::VerifyingKey;

    use super::{DASH, ED25519, key_id, verifier_key};
    use crate::digest::hex;

    /// The longest note that is read, in bytes.
    const LONGEST: usize = 1_000_000;

    /// The most signatures that are read. The specification asks for 16.
    const MOST_SIGNATURES: usize = 100;

    /// What is wrong with a note, a checkpoint or a key.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct NoteFault(pub String);

    impl core::fmt::Display for NoteFault {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str(&self.0)
        }
    }

    impl core::error::Error for NoteFault {}

    fn fault<T>(what: impl Into<String>) -> Result<T, NoteFault> {
        Err(NoteFault(what.into()))
    }

    /// A note as it was written. Nothing in it counts before [`Note::verify`].
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Note {
        /// What was signed, with the new line at its end.
        pub text: String,
        /// The signatures, in order.
        pub signatures: Vec<Signature>,
    }

    /// A line with a signature.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Signature {
        /// The name of the key.
        pub name: String,
        /// The id of the key.
        pub id: [u8; 4],
        /// The signature, of whatever type the key is.
        pub bytes: Vec<u8>,
    }

    /// Checks what every note must be: UTF-8 of a bounded length, without control characters other than new lines.
    ///
    /// # Errors
    /// What is wrong, and at which byte.
    pub fn check_text(bytes: &[u8]) -> Result<&str, NoteFault> {
        if bytes.len() > LONGEST {
            return fault(format!("it is longer than {LONGEST} bytes"));
        }
        let text = match str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return fault(format!("it is not UTF-8 at byte {}", error.valid_up_to())),
        };
        match text.bytes().position(|byte| byte < b' ' && byte != b'\n') {
            Some(at) => fault(format!("there is a control character at byte {at}")),
            None => Ok(text),
        }
    }

    impl Note {
        /// Reads a note.
        ///
        /// # Errors
        /// What in its form is wrong.
        pub fn parse(bytes: &[u8]) -> Result<Self, NoteFault> {
            let note = check_text(bytes)?;
            // The text may have empty lines of its own: the last one counts.
            let Some((text, lines)) = note.rsplit_once("\n\n") else {
                return fault("there is no empty line before signatures");
            };
            let Some(lines) = lines.strip_suffix('\n') else {
                return fault("there are no signatures, or their last line does not end");
            };
            let mut signatures = Vec::new();
            for line in lines.split('\n') {
                if signatures.len() == MOST_SIGNATURES {
                    return fault(format!("there are more than {MOST_SIGNATURES} signatures"));
                }
                signatures.push(Signature::parse(line)?);
            }
            Ok(Self { text: [text, "\n"].concat(), signatures })
        }

        /// The keys, of those that are known, that signed it. Signatures of others are ignored.
        ///
        /// # Errors
        /// If a signature in the name of a known key is not its signature.
        pub fn verify<'k>(&self, known: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, NoteFault> {
            let mut signers: Vec<&VerifierKey> = Vec::new();
            for signature in &self.signatures {
                for key in known.iter().filter(|key| key.name == signature.name && key.id == signature.id) {
                    let bytes = signature.bytes.as_slice().try_into().map(|bytes| ed25519_dalek::Signature::from_bytes(&bytes));
                    if !bytes.is_ok_and(|bytes| key.key.verify_strict(self.text.as_bytes(), &bytes).is_ok()) {
                        return fault(format!("the signature of `{}` does not fit the text", key.name));
                    }
                    if !signers.contains(&key) {
                        signers.push(key);
                    }
                }
            }
            Ok(signers)
        }
    }

    impl Signature {
        fn parse(line: &str) -> Result<Self, NoteFault> {
            let Some((name, signature)) = line.strip_prefix(DASH).and_then(|line| line.split_once(' ')) else {
                return fault("a line of signatures is not an em dash, a name and a signature");
            };
            if !is_name(name) {
                return fault("the name of a key is empty, or has white space or a plus sign in it");
            }
            match Base64::decode_vec(signature).as_deref() {
                Ok([a, b, c, d, rest @ ..]) if !rest.is_empty() => {
                    Ok(Self { name: name.to_owned(), id: [*a, *b, *c, *d], bytes: rest.to_vec() })
                }
                Ok(_) => fault(format!("the signature of `{name}` is too short")),
                Err(_) => fault(format!("the signature of `{name}` is not base64")),
            }
        }
    }

    fn is_name(name: &str) -> bool {
        !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
    }

    /// A key that verifies signatures of Ed25519.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct VerifierKey {
        name: String,
        id: [u8; 4],
        key: VerifyingKey,
    }

    impl VerifierKey {
        /// Reads a key in the form `name+id+key`.
        ///
        /// # Errors
        /// What in its form is wrong, or that it is of another type.
        pub fn parse(text: &str) -> Result<Self, NoteFault> {
            let mut parts = text.splitn(3, '+');
            let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
                return fault("a key has the form `name+id+key`");
            };
            if !is_name(name) {
                return fault("the name of the key is empty or has white space in it");
            }
            let key: [u8; 32] = match Base64::decode_vec(key).as_deref() {
                Ok([ED25519, key @ ..]) => match key.try_into() {
                    Ok(key) => key,
                    Err(_) => return fault("a key of Ed25519 has 32 bytes"),
                },
                Ok(_) => return fault("only keys of Ed25519 are known here"),
                Err(_) => return fault("the key is not base64"),
            };
            let own_id = key_id(name, &key);
            if hex(&own_id) != id {
                return fault(format!("the id of the key should be {}", hex(&own_id)));
            }
            match VerifyingKey::from_bytes(&key) {
                Ok(key) if !key.is_weak() => Ok(Self { name: name.to_owned(), id: own_id, key }),
                _ => fault("this is no key of Ed25519"),
            }
        }

        /// Its name.
        #[must_use]
        pub fn name(&self) -> &str {
            &self.name
        }
    }

    impl core::fmt::Display for VerifierKey {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str(&verifier_key(&self.name, self.key.as_bytes()))
        }
    }
}
