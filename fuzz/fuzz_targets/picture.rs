//! Bytes as a picture: it is refused at some place in it, or comes out with nothing but what may stay, and stripping that again changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scruple::picture::{Format, Limits, Reason, is_clean, strip};

const LIMITS: Limits = Limits { bytes: usize::MAX, side: u32::MAX, pixels: u64::MAX };

fuzz_target!(|bytes: &[u8]| {
    try_out(bytes);
    try_out(&repaired(bytes));
});

fn try_out(bytes: &[u8]) {
    match strip(bytes, &LIMITS) {
        Ok(once) => {
            assert!(is_clean(&once.bytes), "something is left that should not be there");
            assert!(once.bytes.len() <= bytes.len(), "it grew");
            assert_eq!(Format::of(&once.bytes), Some(once.format));
            let twice = strip(&once.bytes, &LIMITS).expect("what was stripped can be stripped again");
            assert!(twice.bytes == once.bytes && twice.removed.is_empty(), "stripped again, it is another");
        }
        Err(refused) => {
            assert!(refused.at <= bytes.len(), "noticed behind the end");
            assert_ne!(refused.reason, Reason::NotClean, "the two walks disagree");
        }
    }
}

/// Bytes with the checksums of a PNG, or the length of a WebP, made right: hardly any change leaves them so.
fn repaired(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match Format::of(&bytes) {
        Some(Format::Webp) => {
            let length = (bytes.len() as u32 - 8).to_le_bytes();
            bytes[4..8].copy_from_slice(&length);
        }
        Some(Format::Png) => {
            let mut at = 8;
            while let Some(length) = bytes.get(at..at + 4) {
                let length = u32::from_be_bytes(length.try_into().expect("they are four")) as usize;
                let Some(content) = bytes.get(at + 4..at + 8 + length) else { break };
                let sum = checksum(content).to_be_bytes();
                at += length + 12;
                let Some(place) = bytes.get_mut(at - 4..at) else { break };
                place.copy_from_slice(&sum);
            }
        }
        _ => {}
    }
    bytes
}

/// CRC-32, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let bit = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), bit))
}
