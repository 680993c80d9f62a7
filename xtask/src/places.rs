//! Where things are: the paths of the repository that more than one command needs.

use std::env;
use std::path::{Path, PathBuf};

/// The root of the repository. Asked for at run time, so that a moved checkout does not use the old place.
pub fn root() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// What xtask itself keeps between runs: stamps, the lock, generated settings.
pub fn state() -> PathBuf {
    root().join("target").join("xtask")
}

/// The sources of the extension, with the generated wasm inside.
pub fn extension() -> PathBuf {
    root().join("extension")
}

/// What JavaScript has of the guard: the one door to it, for the extension and for the package alike.
pub fn guard() -> PathBuf {
    extension().join("guard")
}

/// The generated wasm and its glue.
pub fn wasm() -> PathBuf {
    guard().join("wasm")
}

/// The generated types of the documents.
pub fn document_types() -> PathBuf {
    guard().join("types")
}

/// The JSON Schemas of the documents.
pub fn schemas() -> PathBuf {
    root().join("www").join("schema")
}

/// What only the npm package has.
pub fn npm() -> PathBuf {
    root().join("npm")
}

/// The fuzz targets: a workspace of its own.
pub fn fuzz() -> PathBuf {
    root().join("fuzz")
}

/// What is handed out.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The tests. `browser` among them also holds the node scripts that steer a browser.
pub fn tests() -> PathBuf {
    root().join("tests")
}

/// The path from the root of the repository, for people.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// A script of an npm package, to be run by `node` itself: the shims beside it differ from system to system.
pub fn node_package(script: &str) -> PathBuf {
    root().join("node_modules").join(script)
}

/// Finds a program on the search path.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}
