//! Makes the adapters ready to ship: without what only people and tests read of them, and without white space.

use std::path::Path;
use std::{env, fs};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let out = env::var("OUT_DIR")?;
    println!("cargo::rerun-if-changed=src/site");
    for entry in fs::read_dir("src/site")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_name().ok_or("a file without a name")?;
            fs::write(Path::new(&out).join(name), shipped(&fs::read_to_string(&path)?)?)?;
        }
    }
    Ok(())
}

fn shipped(text: &str) -> Result<String, Failure> {
    let mut adapter: serde_json::Value = serde_json::from_str(text)?;
    let parts = adapter.as_object_mut().ok_or("an adapter is an object")?;
    for part in ["$schema", "cases"] {
        parts.remove(part);
    }
    Ok(serde_json::to_string(&adapter)?)
}
