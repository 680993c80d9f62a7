//! Leaves out of the wasm what a panic would say.
//!
//! A panic of guard or desk reaches nobody as words: in a browser the standard library writes them nowhere, and the instance ends with a trap, which is all
//! that the worker looks for. The words, and where in the sources each was said, would ship all the same, for the standard library comes compiled. So whatever
//! ends in a panic traps at once, as it does where the library is built with `panic=immediate-abort`.

use anyhow::{Context, Result};
use walrus::ir::{Instr, Unreachable, Value};
use walrus::{ConstExpr, DataKind, FunctionKind, LocalFunction, Module};

/// What the names of functions that end in a panic have in them. A function of such a name is emptied only if it never returns.
const ENDINGS: [&str; 14] = [
    "4core9panicking",
    "6option13expect_failed",
    "6option13unwrap_failed",
    "6result13unwrap_failed",
    "slice_index_fail",
    "slice_error_fail",
    "len_mismatch_fail",
    "assert_failed",
    "panic_already_",
    "panic_access_error",
    "panic_poisoned",
    "capacity_overflow",
    "7raw_vec12handle_error",
    "18handle_alloc_error",
];

/// What is reached from those alone.
const HANDLER: &str = "std9panicking13panic_handler";

/// The module without its panics' words.
pub fn silence(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::from_buffer(wasm).context("what was compiled is no wasm")?;
    for function in module.funcs.iter_mut() {
        let name = function.name.as_deref().unwrap_or_default();
        let (ends, handles) = (ENDINGS.iter().any(|part| name.contains(part)), name.contains(HANDLER));
        if let FunctionKind::Local(local) = &mut function.kind
            && (handles || ends && never_returns(local))
        {
            let entry = local.entry_block();
            let body = &mut local.block_mut(entry).instrs;
            body.clear();
            body.push((Instr::Unreachable(Unreachable {}), Default::default()));
        }
    }
    let segments: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
    for id in segments {
        let data = module.data.get_mut(id);
        if let DataKind::Active { offset: ConstExpr::Value(Value::I32(offset)), .. } = data.kind {
            forget_places(&mut data.value, u32::try_from(offset).context("a segment lies nowhere")?);
        }
    }
    Ok(module.emit_wasm())
}

/// Whether a function ends where nothing can be reached: the compiler puts that behind a call that does not return.
fn never_returns(function: &LocalFunction) -> bool {
    let body = &function.block(function.entry_block()).instrs;
    let returns = body.iter().any(|(instr, _)| matches!(instr, Instr::Return(_)));
    !returns && matches!(body.last(), Some((Instr::Unreachable(_), _)))
}

/// Empties the places in sources that panics name: a pointer to the path and its length, then line and column.
fn forget_places(data: &mut [u8], offset: u32) {
    let mut places = Vec::new();
    for at in (0..data.len().saturating_sub(15)).filter(|at| (*at + offset as usize).is_multiple_of(4)) {
        let word = |number: usize| {
            let bytes = data.get(at + 4 * number..at + 4 * number + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
        };
        let (Some(pointer), Some(length), Some(line), Some(column)) = (word(0), word(1), word(2), word(3)) else { continue };
        let Some(begin) = pointer.checked_sub(offset as usize) else { continue };
        let path = begin..begin.saturating_add(length);
        let is_path = data.get(path.clone()).is_some_and(|path| path.ends_with(b".rs") && path.is_ascii());
        if is_path && (1..100_000).contains(&line) && (1..1000).contains(&column) {
            places.extend([at..at + 16, path]);
        }
    }
    for place in places {
        if let Some(bytes) = data.get_mut(place) {
            bytes.fill(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_and_everything_else_stays() {
        let mut data = Vec::new();
        data.extend(b"src/a.rsabcd");
        for word in [1000_u32, 8, 12, 5, 1008, 4, 12, 5] {
            data.extend(word.to_le_bytes());
        }
        let before = data.clone();
        forget_places(&mut data, 1000);
        assert_eq!(data[..8], [0; 8]);
        assert_eq!(data[8..12], *b"abcd");
        assert_eq!(data[12..28], [0; 16]);
        assert_eq!(data[28..], before[28..]);
    }
}
