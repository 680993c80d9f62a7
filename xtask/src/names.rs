//! Takes the hashes out of the names by which a module of wasm and its glue know each other.
//!
//! `wasm-bindgen` puts a hash behind a name, so that modules of several crates can be linked. What ships is linked: there the hashes tell nobody anything, and
//! are what gzip can do least about. `__wbg_add_c133d31369f0ece2` becomes `add`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use walrus::Module;

/// The digits of a hash.
const DIGITS: usize = 16;

/// The module, and each text of its glue, with the shorter names. The same module gives the same names.
///
/// # Errors
///
/// If it is no wasm, or the glue does not have what the module asks for or gives.
pub fn shorten(wasm: &[u8], glue: &mut [String]) -> Result<Vec<u8>> {
    let mut module = Module::from_buffer(wasm).context("what was bound is no wasm")?;
    let known: BTreeSet<String> = glue.iter().flat_map(|text| words(text)).map(str::to_owned).collect();
    let mut renamed = BTreeMap::new();
    // What is imported is a member of an object. What is exported may be a function of the glue too, beside whatever else it has.
    let imports: Vec<_> = module.imports.iter_mut().map(|import| &mut import.name).collect();
    rename(imports, BTreeSet::new(), &known, &mut renamed)?;
    let exports: Vec<_> = module.exports.iter_mut().map(|export| &mut export.name).collect();
    rename(exports, known.clone(), &known, &mut renamed)?;
    for text in glue {
        *text = replaced(text, &renamed);
    }
    Ok(module.emit_wasm())
}

/// Gives each of these names its shorter one, which is not among those that are taken, and notes which it had.
fn rename(
    names: Vec<&mut String>,
    mut taken: BTreeSet<String>,
    known: &BTreeSet<String>,
    renamed: &mut BTreeMap<String, String>,
) -> Result<()> {
    taken.extend(names.iter().map(|name| (*name).clone()));
    for name in names {
        let Some(meaning) = meaning(name) else { continue };
        if !known.contains(name) {
            bail!("the glue knows nothing of `{name}`");
        }
        let mut new = meaning.to_owned();
        for nth in 2.. {
            if taken.insert(new.clone()) {
                break;
            }
            new = format!("{meaning}_{nth}");
        }
        renamed.insert(core::mem::replace(name, new.clone()), new);
    }
    Ok(())
}

/// What a name says without its hash and what all names have in common: nothing, if it has no hash.
fn meaning(name: &str) -> Option<&str> {
    let end = name.len().checked_sub(DIGITS)?;
    let is_hash = name.get(end..)?.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
    let before = name.get(..end)?;
    let before = before.strip_suffix("__h").or_else(|| before.strip_suffix('_')).filter(|_| is_hash)?;
    let before = before.strip_prefix("__wbg_").unwrap_or(before);
    let before =
        before.strip_prefix("wasm_bindgen__convert__closures").or_else(|| before.strip_prefix("__wbindgen")).unwrap_or(before);
    Some(before.trim_start_matches('_'))
}

/// Whether a letter may stand in a name of JavaScript, as far as the glue uses them.
fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$')
}

/// The names in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter| !is_of_word(letter)).filter(|word| !word.is_empty())
}

/// A text with other names.
fn replaced(text: &str, renamed: &BTreeMap<String, String>) -> String {
    let (mut result, mut rest) = (String::with_capacity(text.len()), text);
    while !rest.is_empty() {
        let end = rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        result.push_str(renamed.get(word).map_or(word, String::as_str));
        let between = behind.find(is_of_word).unwrap_or(behind.len());
        result.push_str(&behind[..between]);
        rest = &behind[between..];
    }
    result
}

#[cfg(test)]
mod tests {
    use walrus::{FunctionBuilder, ValType};

    use super::*;

    /// A module that imports and exports functions of these names.
    fn module(imports: &[&str], exports: &[&str]) -> Vec<u8> {
        let mut module = Module::default();
        let kind = module.types.add(&[ValType::I32], &[]);
        for name in imports {
            module.add_import_func("./x_bg.js", name, kind);
        }
        for name in exports {
            let function = FunctionBuilder::new(&mut module.types, &[], &[]).finish(Vec::new(), &mut module.funcs);
            module.exports.add(name, function);
        }
        module.emit_wasm()
    }

    fn names(wasm: &[u8]) -> (Vec<String>, Vec<String>) {
        let module = Module::from_buffer(wasm).unwrap();
        (
            module.imports.iter().map(|import| import.name.clone()).collect(),
            module.exports.iter().map(|export| export.name.clone()).collect(),
        )
    }

    #[test]
    fn module_and_glue_agree_on_the_shorter_names() {
        let imports = [
            "__wbg_add_c133d31369f0ece2",
            "__wbg_add_d133d31369f0ece2",
            "__wbg___wbindgen_throw_4c88d8bf264fd984",
            "__wbg_close_now",
        ];
        let exports = ["wasm_bindgen__convert__closures_____invoke__h5e84aab8614c9381", "engine_new"];
        let mut glue = [
            "__wbg_add_c133d31369f0ece2: (a) => a.add, __wbg_add_d133d31369f0ece2: 1, __wbg___wbindgen_throw_4c88d8bf264fd984: 2, __wbg_close_now: 3\n".to_owned(),
            "wasm.wasm_bindgen__convert__closures_____invoke__h5e84aab8614c9381(engine_new, invoke);".to_owned(),
        ];
        let wasm = shorten(&module(&imports, &exports), &mut glue).unwrap();
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&wasm), (owned(&["add", "add_2", "throw", "__wbg_close_now"]), owned(&["invoke_2", "engine_new"])));
        assert_eq!(glue, ["add: (a) => a.add, add_2: 1, throw: 2, __wbg_close_now: 3\n", "wasm.invoke_2(engine_new, invoke);"]);
    }

    #[test]
    fn a_name_the_glue_does_not_have_is_told() {
        let error = shorten(&module(&["__wbg_add_c133d31369f0ece2"], &[]), &mut ["add".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "the glue knows nothing of `__wbg_add_c133d31369f0ece2`");
        assert!(shorten(b"<html>", &mut []).is_err());
    }

    #[test]
    fn what_has_no_hash_keeps_its_name() {
        for name in
            ["memory", "engine_new", "__wbindgen_malloc", "__wbg_engine_free", "c133d31369f0ece2", "x_C133d31369f0ece2", "_h"]
        {
            assert_eq!(meaning(name), None, "{name}");
        }
        assert_eq!(meaning("__wbg_instanceof_Crypto_4818ba561e7c4951"), Some("instanceof_Crypto"));
    }
}
