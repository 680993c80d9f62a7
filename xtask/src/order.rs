//! Puts the functions of a module of wasm in an order that gzip likes.
//!
//! gzip looks back 32 KB at most, and what lies nearer costs it fewer bits. The optimiser orders functions by how often they are called; here those that are
//! alike come to stand near each other. Nothing else changes: the same functions do the same, under other numbers.

use std::collections::VecDeque;

use anyhow::{Context, Result, anyhow};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, CustomSection, FunctionSection, IndirectNameMap, Module, NameMap, NameSection};
use wasmparser::{CodeSectionReader, CustomSectionReader, FunctionSectionReader, KnownCustom, Name, Parser, Payload, TypeRef};

use crate::size::gzip_size;

/// Functions with a lower number keep their place, imports counted: their number is one byte long in a call, and the optimiser gave those numbers to the
/// functions that are called most.
const KEPT: usize = 128;

/// Functions are alike that have sequences of bytes of these lengths in common: short ones are many, long ones save more.
const LENGTHS: [usize; 2] = [4, 7];

/// The bytes of code at the end of the chain that the next function shall be like.
const NEAR: usize = 4096;

/// A sequence that more functions have says nothing about where one of them belongs.
const COMMON: usize = 120;

/// What a sequence weighs that one function has. Whole numbers, so that what was added can be taken away again.
const WEIGHT: f64 = (1_u32 << 20) as f64;

/// Counted with the bytes of every function, so that tiny ones are not like everything.
const LEAST: f64 = 20.0;

/// The module with its functions in the better order, or as it was if the order makes its gzip no smaller. What names functions by number, names sections
/// included, names the same ones. The same bytes give the same result.
///
/// # Errors
///
/// If it is no WebAssembly module, or has a custom section that may name functions or places in code in a way that is not known here.
pub fn ordered(wasm: &[u8]) -> Result<Vec<u8>> {
    let found = Functions::find(wasm).context("a module that cannot be read cannot be put in order")?;
    let kept = KEPT.saturating_sub(found.imported).min(found.bodies.len());
    let order = chain(&found.bodies, kept);
    let mut result = Module::new();
    Renumbering::new(found.imported, order)?
        .parse_core_module(&mut result, Parser::new(0), wasm)
        .map_err(explained)
        .context("a module cannot be put in order")?;
    let result = result.finish();
    Ok(if gzip_size(&result)? < gzip_size(wasm)? { result } else { wasm.to_vec() })
}

/// What has to be known of a module before its functions are ordered.
struct Functions<'a> {
    /// How many come from outside. They have the first numbers.
    imported: usize,
    bodies: Vec<&'a [u8]>,
}

impl<'a> Functions<'a> {
    fn find(wasm: &'a [u8]) -> Result<Self> {
        let mut found = Functions { imported: 0, bodies: Vec::new() };
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        found.imported += usize::from(matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => found.bodies.push(body.as_bytes()),
                _ => {}
            }
        }
        Ok(found)
    }
}

/// The order of the bodies: the first `kept` stay, and each further one is the most alike to what stands right before it.
fn chain(bodies: &[&[u8]], kept: usize) -> Vec<usize> {
    let mut chain = Chain::new(bodies);
    let mut order: Vec<usize> = (0..kept).collect();
    for function in &order {
        chain.append(*function);
    }
    let mut left: Vec<usize> = (kept..bodies.len()).collect();
    // Backwards, as the last of equals is taken: that is the one which stood first.
    while let Some((at, _)) =
        left.iter().enumerate().rev().max_by(|(_, one), (_, other)| chain.fit(**one).total_cmp(&chain.fit(**other)))
    {
        let next = left.remove(at);
        chain.append(next);
        order.push(next);
    }
    order
}

/// A sequence of bytes that some functions have.
struct Piece {
    weight: u64,
    functions: Vec<usize>,
    /// How many of them are near the end of the chain.
    near: usize,
}

/// Functions in a row, and how well each function would follow.
struct Chain {
    lengths: Vec<usize>,
    pieces: Vec<Piece>,
    /// By function, its places in `pieces`.
    has: Vec<Vec<usize>>,
    /// By function, the weight of its pieces that are near.
    likeness: Vec<u64>,
    near: VecDeque<usize>,
    near_bytes: usize,
}

impl Chain {
    fn new(bodies: &[&[u8]]) -> Self {
        let mut sequences: Vec<(&[u8], usize)> = Vec::new();
        for (function, body) in bodies.iter().enumerate() {
            sequences.extend(LENGTHS.into_iter().flat_map(|length| body.windows(length)).map(|sequence| (sequence, function)));
        }
        sequences.sort_unstable();
        sequences.dedup();

        let mut pieces = Vec::new();
        let mut has = vec![Vec::new(); bodies.len()];
        for users in sequences.chunk_by(|(one, _), (other, _)| one == other) {
            if !(2..=COMMON).contains(&users.len()) {
                continue;
            }
            let functions: Vec<usize> = users.iter().map(|(_, function)| *function).collect();
            for function in &functions {
                if let Some(places) = has.get_mut(*function) {
                    places.push(pieces.len());
                }
            }
            // Square roots are the same on every machine, other powers may not be.
            pieces.push(Piece { weight: (WEIGHT / (functions.len() as f64).sqrt().sqrt()) as u64, functions, near: 0 });
        }
        let lengths = bodies.iter().map(|body| body.len()).collect();
        Chain { lengths, pieces, has, likeness: vec![0; bodies.len()], near: VecDeque::new(), near_bytes: 0 }
    }

    fn length(&self, function: usize) -> usize {
        self.lengths.get(function).copied().unwrap_or_default()
    }

    /// Greater is better. Not by the byte: a long function that repeats much should come before it is too far away.
    fn fit(&self, function: usize) -> f64 {
        let likeness = self.likeness.get(function).copied().unwrap_or_default();
        likeness as f64 / (self.length(function) as f64 + LEAST).sqrt()
    }

    fn append(&mut self, function: usize) {
        self.weigh(function, true);
        self.near.push_back(function);
        self.near_bytes += self.length(function);
        while let Some(first) = self.near.front().copied()
            && self.near_bytes - self.length(first) >= NEAR
        {
            self.near.pop_front();
            self.near_bytes -= self.length(first);
            self.weigh(first, false);
        }
    }

    /// Notes what becomes near with a function, or no longer is.
    fn weigh(&mut self, function: usize, comes: bool) {
        for place in self.has.get(function).into_iter().flatten() {
            let Some(piece) = self.pieces.get_mut(*place) else { continue };
            // Each counts once, however many have it.
            let others = if comes { piece.near } else { piece.near - 1 };
            piece.near = if comes { others + 1 } else { others };
            if others > 0 {
                continue;
            }
            for user in &piece.functions {
                if let Some(likeness) = self.likeness.get_mut(*user) {
                    *likeness = if comes { *likeness + piece.weight } else { *likeness - piece.weight };
                }
            }
        }
    }
}

/// Writes a module anew with its functions in another order.
struct Renumbering {
    /// By place, which of the module's own functions comes there.
    order: Vec<usize>,
    /// By old number, the new one; imports included.
    numbers: Vec<u32>,
}

type Renumbered<T> = Result<T, reencode::Error<String>>;

impl Renumbering {
    fn new(imported: usize, order: Vec<usize>) -> Result<Self> {
        let mut numbers = (0..u32::try_from(imported + order.len())?).collect::<Vec<_>>();
        for (place, function) in order.iter().enumerate() {
            if let Some(number) = numbers.get_mut(imported + function) {
                *number = u32::try_from(imported + place)?;
            }
        }
        Ok(Renumbering { order, numbers })
    }

    /// What stands for the functions, in the new order.
    fn in_order<T: Clone>(&self, what: &str, items: Vec<T>) -> Renumbered<Vec<T>> {
        if items.len() != self.order.len() {
            return Err(reencode::Error::UserError(format!("it has {} {what} for {} functions", items.len(), self.order.len())));
        }
        Ok(self.order.iter().filter_map(|function| items.get(*function)).cloned().collect())
    }

    /// Names of what functions have. The format wants them by rising number.
    fn names_inside(&mut self, map: wasmparser::IndirectNameMap<'_>) -> Renumbered<IndirectNameMap> {
        let mut sorted = Vec::new();
        for naming in map {
            let naming = naming?;
            let mut names = NameMap::new();
            for inner in naming.names {
                let inner = inner?;
                names.append(inner.index, inner.name);
            }
            sorted.push((self.function_index(naming.index)?, names));
        }
        sorted.sort_by_key(|(number, _)| *number);
        let mut result = IndirectNameMap::new();
        for (number, names) in &sorted {
            result.append(*number, names);
        }
        Ok(result)
    }
}

impl Reencode for Renumbering {
    type Error = String;

    fn function_index(&mut self, number: u32) -> Renumbered<u32> {
        let new = usize::try_from(number).ok().and_then(|number| self.numbers.get(number));
        new.copied().ok_or_else(|| reencode::Error::UserError(format!("it names function {number} and has {}", self.numbers.len())))
    }

    fn parse_function_section(&mut self, functions: &mut FunctionSection, section: FunctionSectionReader<'_>) -> Renumbered<()> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for index in self.in_order("types", types)? {
            functions.function(self.type_index(index)?);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, section: CodeSectionReader<'_>) -> Renumbered<()> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for body in self.in_order("bodies", bodies)? {
            self.parse_function_body(code, body)?;
        }
        Ok(())
    }

    fn custom_section<'a>(&mut self, section: CustomSectionReader<'a>) -> Renumbered<CustomSection<'a>> {
        // Debug information, relocations and hints for branches say where in the code something is.
        if !matches!(section.as_known(), KnownCustom::Producers(_)) && section.name() != "target_features" {
            return Err(reencode::Error::UserError(format!(
                "nobody knows what its section `{}` says about functions",
                section.name()
            )));
        }
        Ok(reencode::utils::custom_section(self, section))
    }

    fn parse_custom_name_subsection(&mut self, names: &mut NameSection, section: Name<'_>) -> Renumbered<()> {
        match section {
            Name::Function(map) => {
                let mut sorted = Vec::new();
                for naming in map {
                    let naming = naming?;
                    sorted.push((self.function_index(naming.index)?, naming.name));
                }
                sorted.sort_unstable();
                let mut result = NameMap::new();
                for (number, name) in sorted {
                    result.append(number, name);
                }
                names.functions(&result);
            }
            Name::Local(map) => names.locals(&self.names_inside(map)?),
            Name::Label(map) => names.labels(&self.names_inside(map)?),
            other => reencode::utils::parse_custom_name_subsection(self, names, other)?,
        }
        Ok(())
    }
}

/// The library's error, with what the reader said about it.
fn explained(error: reencode::Error<String>) -> anyhow::Error {
    match error {
        reencode::Error::ParseError(error) => error.into(),
        other => anyhow!("{other}"),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    use wasm_encoder::{
        CodeSection, CustomSection, ElementSection, Elements, EntityType, ExportKind, ExportSection, Function, FunctionSection,
        ImportSection, IndirectNameMap, Instruction, Module, NameMap, NameSection, RefType, StartSection, TableSection, TableType,
        TypeSection, ValType,
    };
    use wasmparser::{ElementItems, KnownCustom, Name, Operator, Parser, Payload, Validator};

    use super::*;

    const IMPORTED: u32 = 2;

    /// Takes nothing; takes two numbers; returns one.
    const TYPES: [(&[ValType], &[ValType]); 3] = [(&[], &[]), (&[ValType::I32, ValType::I64], &[]), (&[], &[ValType::I32])];

    fn type_of(own: u32) -> u32 {
        if own == 7 { 0 } else { own % 3 }
    }

    /// A module of so many own functions and more sections that name them. Each says which it is by the first constant in it, and calls others. Every
    /// `families`th function is of the same kind as the first, so that what is alike stands far apart.
    fn module(own: u32, families: u32) -> Module {
        let mut types = TypeSection::new();
        for (takes, returns) in TYPES {
            types.ty().function(takes.iter().copied(), returns.iter().copied());
        }
        let mut imports = ImportSection::new();
        imports.import("outside", "ask", EntityType::Function(0));
        imports.import("outside", "tell", EntityType::Function(2));
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for number in 0..own {
            functions.function(type_of(number));
            code.function(&body(number, own, number % families));
        }
        let mut tables = TableSection::new();
        tables.table(TableType { element_type: RefType::FUNCREF, table64: false, minimum: 64, maximum: None, shared: false });
        let mut exports = ExportSection::new();
        let mut elements = ElementSection::new();
        let chosen: Vec<u32> = (0..own).step_by(11).map(|own| IMPORTED + own).collect();
        for number in &chosen {
            exports.export(&format!("export {number}"), ExportKind::Func, *number);
        }
        elements.active(Some(0), &wasm_encoder::ConstExpr::i32_const(1), Elements::Functions(Cow::Borrowed(&chosen)));
        let mut names = NameSection::new();
        let (mut of_functions, mut of_locals) = (NameMap::new(), IndirectNameMap::new());
        for number in 0..own {
            of_functions.append(IMPORTED + number, &format!("function {number}"));
            if type_of(number) == 1 {
                let mut inner = NameMap::new();
                inner.append(0, &format!("local of {number}"));
                of_locals.append(IMPORTED + number, &inner);
            }
        }
        names.functions(&of_functions);
        names.locals(&of_locals);

        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables).section(&exports);
        module.section(&StartSection { function_index: IMPORTED + 7 }).section(&elements).section(&code).section(&names);
        module
    }

    fn body(number: u32, own: u32, family: u32) -> Function {
        let mut body = Function::new([(1, ValType::I32)]);
        body.instruction(&Instruction::I32Const(number as i32)).instruction(&Instruction::Drop);
        let mut noise = family.wrapping_mul(2_654_435_761) | 1;
        for _ in 0..40 {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            body.instruction(&Instruction::I32Const(noise as i32)).instruction(&Instruction::Drop);
        }
        for called in [number + 1, number * 7 + 3, number * number + 5].map(|called| called % own) {
            let (takes, returns) = TYPES[type_of(called) as usize];
            if !takes.is_empty() {
                body.instruction(&Instruction::I32Const(1)).instruction(&Instruction::I64Const(2));
            }
            body.instruction(&Instruction::Call(IMPORTED + called));
            if !returns.is_empty() {
                body.instruction(&Instruction::Drop);
            }
        }
        body.instruction(&Instruction::Call(0));
        if type_of(number) == 2 {
            body.instruction(&Instruction::Call(1));
        }
        body.instruction(&Instruction::End);
        body
    }

    /// A module as it is whatever numbers its functions have: they are called by the first constant in them, and imported ones by their number below 0.
    #[derive(Debug, PartialEq)]
    struct Meaning {
        /// Type, what is done, and what is called.
        functions: BTreeMap<i64, (u32, Vec<String>, Vec<i64>)>,
        exports: Vec<(String, i64)>,
        elements: Vec<i64>,
        start: Option<i64>,
        names: BTreeMap<i64, String>,
        locals: BTreeMap<i64, String>,
        /// The functions as they come. This alone may change.
        order: Vec<i64>,
    }

    /// Reads a module without any of what is tested.
    fn meaning(wasm: &[u8]) -> Meaning {
        Validator::new().validate_all(wasm).unwrap();
        let payloads: Vec<_> = Parser::new(0).parse_all(wasm).map(Result::unwrap).collect();
        let mut types = Vec::new();
        let mut bodies = Vec::new();
        for payload in &payloads {
            match payload {
                Payload::FunctionSection(section) => types.extend(section.clone().into_iter().map(Result::unwrap)),
                Payload::CodeSectionEntry(body) => {
                    bodies.push(body.get_operators_reader().unwrap().into_iter().map(Result::unwrap).collect::<Vec<_>>());
                }
                _ => {}
            }
        }
        let mut called: Vec<i64> = (1..=i64::from(IMPORTED)).map(|number| -number).collect();
        called.extend(bodies.iter().map(|body| match body.first() {
            Some(Operator::I32Const { value }) => i64::from(*value),
            other => panic!("a function begins with {other:?}"),
        }));
        let name = |number: u32| called[number as usize];

        let mut meaning = Meaning {
            functions: BTreeMap::new(),
            exports: Vec::new(),
            elements: Vec::new(),
            start: None,
            names: BTreeMap::new(),
            locals: BTreeMap::new(),
            order: called[IMPORTED as usize..].to_vec(),
        };
        for ((index, body), function) in types.iter().zip(&bodies).zip(&meaning.order) {
            let (calls, does): (Vec<_>, Vec<_>) = body.iter().partition(|operator| matches!(operator, Operator::Call { .. }));
            let calls = calls.into_iter().map(|call| match call {
                Operator::Call { function_index } => name(*function_index),
                _ => unreachable!(),
            });
            let does = does.into_iter().map(|operator| format!("{operator:?}"));
            let before = meaning.functions.insert(*function, (*index, does.collect(), calls.collect()));
            assert!(before.is_none(), "function {function} stands twice");
        }
        for payload in payloads {
            match payload {
                Payload::ExportSection(section) => {
                    meaning
                        .exports
                        .extend(section.into_iter().map(Result::unwrap).map(|export| (export.name.to_owned(), name(export.index))));
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        let ElementItems::Functions(items) = element.unwrap().items else { panic!("elements are expressions") };
                        meaning.elements.extend(items.into_iter().map(|item| name(item.unwrap())));
                    }
                }
                Payload::StartSection { func, .. } => meaning.start = Some(name(func)),
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(section) = section.as_known() else { continue };
                    for subsection in section {
                        match subsection.unwrap() {
                            Name::Function(map) => {
                                let names: Vec<_> = map.into_iter().map(Result::unwrap).collect();
                                assert!(names.is_sorted_by_key(|naming| naming.index), "names are out of order");
                                meaning.names.extend(names.iter().map(|naming| (name(naming.index), naming.name.to_owned())));
                            }
                            Name::Local(map) => {
                                let functions: Vec<_> = map.into_iter().map(Result::unwrap).collect();
                                assert!(functions.is_sorted_by_key(|function| function.index), "names of locals are out of order");
                                for function in functions {
                                    let inner = function.names.into_iter().next().unwrap().unwrap();
                                    meaning.locals.insert(name(function.index), inner.name.to_owned());
                                }
                            }
                            _ => panic!("there are other names"),
                        }
                    }
                }
                _ => {}
            }
        }
        meaning
    }

    #[test]
    fn what_is_alike_comes_together_and_nothing_else_changes() {
        let before = module(480, 160).finish();
        let after = ordered(&before).unwrap();
        let (smaller, larger) = (gzip_size(&after).unwrap(), gzip_size(&before).unwrap());
        assert!(smaller * 10 < larger * 9, "{smaller} of {larger}");

        let (mut was, mut is) = (meaning(&before), meaning(&after));
        assert_eq!((was.functions.len(), was.exports.len(), was.elements.len(), was.start), (480, 44, 44, Some(7)));
        let (old, new) = (std::mem::take(&mut was.order), std::mem::take(&mut is.order));
        assert_eq!(was, is);
        assert_ne!(old, new);
        let kept = KEPT - IMPORTED as usize;
        assert_eq!(old[..kept], new[..kept]);
        let beside = |order: &[i64]| order[kept..].windows(2).filter(|pair| pair[0] % 160 == pair[1] % 160).count();
        assert_eq!(beside(&old), 0);
        assert!(beside(&new) > 100, "{new:?}");
    }

    #[test]
    fn the_order_depends_on_the_module_alone_and_a_second_time_makes_nothing_larger() {
        let before = module(300, 100).finish();
        let once = ordered(&before).unwrap();
        assert_eq!(once, ordered(&before).unwrap());
        let twice = ordered(&once).unwrap();
        assert!(gzip_size(&twice).unwrap() <= gzip_size(&once).unwrap());
        assert_eq!(once.len(), twice.len());
    }

    #[test]
    fn a_module_that_gains_nothing_stays_as_it_was() {
        let few = module(100, 50).finish();
        assert_eq!(ordered(&few).unwrap(), few);
        let none = Module::new().finish();
        assert_eq!(ordered(&none).unwrap(), none);
    }

    #[test]
    fn equals_keep_their_order() {
        assert_eq!(chain(&[b"same body", b"same body", b"same body", b"same body"], 1), [0, 1, 2, 3]);
        assert_eq!(chain(&[b"", b"a", b"bc"], 0), [0, 1, 2]);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let error = |wasm: &[u8]| format!("{:#}", ordered(wasm).unwrap_err());
        assert!(error(b"<html>").starts_with("a module that cannot be read cannot be put in order: "), "{}", error(b"<html>"));
        assert!(error(b"").contains("cannot be read"));

        let mut marked = module(9, 3);
        marked.section(&CustomSection { name: "metadata.code.branch_hint".into(), data: Cow::Borrowed(&[0]) });
        let error = error(&marked.finish());
        assert_eq!(
            error,
            "a module cannot be put in order: nobody knows what its section `metadata.code.branch_hint` says about functions"
        );
    }

    #[test]
    fn a_function_that_is_not_there_is_named() {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut code = CodeSection::new();
        let mut body = Function::new([]);
        body.instruction(&Instruction::Call(5)).instruction(&Instruction::End);
        code.function(&body);
        let wasm = Module::new().section(&types).section(&functions).section(&code).clone().finish();
        let error = format!("{:#}", ordered(&wasm).unwrap_err());
        assert_eq!(error, "a module cannot be put in order: it names function 5 and has 1");

        functions.function(0);
        let wasm = Module::new().section(&types).section(&functions).section(&code).clone().finish();
        let error = format!("{:#}", ordered(&wasm).unwrap_err());
        assert!(error.contains("2 types for 1 functions") || error.contains("inconsistent"), "{error}");
    }

    #[test]
    fn damage_breaks_nothing() {
        let whole = module(4, 2).finish();
        for end in 0..whole.len() {
            // What ends between two sections may still be read.
            if let Ok(same) = ordered(&whole[..end]) {
                assert_eq!(same, whole[..end]);
            }
        }
        let mut refused = 0;
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            refused += usize::from(ordered(&damaged).is_err());
        }
        assert!(refused > 0);
    }
}
