//! `scruple strip`.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use scruple::cli::Failure;

use super::{plant, sample, stripped};

/// A folder of which nobody else knows, for as long as this is held.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("scruple-strip-{name}-{}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn at(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(words: &[&str]) -> Result<String, Failure> {
    let words: Vec<String> = ["strip"].iter().chain(words).map(|word| (*word).to_owned()).collect();
    scruple::cli::run(&words)
}

fn photo() -> Vec<u8> {
    plant::exif_into_jpeg(&sample("baseline.jpg"), &plant::exif(6, true))
}

#[test]
fn a_copy_is_written_beside_the_picture() {
    let folder = Folder::new("beside");
    let path = folder.file("photo.jpg", &photo());
    let told = run(&[&path]).unwrap();
    assert_eq!(fs::read(folder.at("photo.clean.jpg")).unwrap(), stripped(&photo()).bytes);
    assert_eq!(fs::read(&path).unwrap(), photo(), "the picture itself stays");
    assert_eq!(folder.names(), ["photo.clean.jpg", "photo.jpg"]);
    for part in ["jpeg, 24 x 16 pixels", "left out: Exif data", "turned clockwise by 90 degrees", "(orientation 6)", "wrote "] {
        assert!(told.contains(part), "{told}");
    }
    assert!(!told.contains("canary"), "{told}");
    // Once more: the copy is replaced.
    run(&[&path]).unwrap();
    let told = run(&[&folder.at("photo.clean.jpg"), "--out", &folder.at("again")]).unwrap();
    assert!(told.contains("nothing had to be left out"), "{told}");
    assert_eq!(fs::read(folder.at("again")).unwrap(), stripped(&photo()).bytes);
}

#[test]
fn the_report_is_json() {
    let folder = Folder::new("json");
    let path = folder.file("photo.jpg", &photo());
    let report: serde_json::Value = serde_json::from_str(&run(&[&path, "--json", "--out", &folder.at("b.jpg")]).unwrap()).unwrap();
    assert_eq!(report["format"], "jpeg");
    assert_eq!(report["orientation"], 6);
    assert_eq!(report["out"], folder.at("b.jpg"));
    assert_eq!(report["removed"][0]["what"], "exif");
    assert_eq!(report["before"], photo().len());
    let broken = folder.file("broken.jpg", &photo()[..100]);
    let Err(Failure::Found(told)) = run(&[&broken, "--json"]) else { panic!("it is not refused") };
    let report: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(report["refused"], "truncated");
    assert!(report["at"].is_u64());
}

#[test]
fn a_refused_picture_leaves_no_file() {
    let folder = Folder::new("refused");
    let path = folder.file("photo.jpg", &photo()[..photo().len() - 1]);
    let Err(Failure::Work(told)) = run(&[&path]) else { panic!("it is not refused") };
    assert!(told.contains("it ends too early (at byte "), "{told}");
    let heif = folder.file("photo.heic", b"\0\0\0\x18ftypheic");
    assert!(matches!(run(&[&heif]), Err(Failure::Work(told)) if told.contains("HEIC")));
    assert_eq!(folder.names(), ["photo.heic", "photo.jpg"]);
}

#[test]
fn the_picture_itself_is_never_written_over() {
    let folder = Folder::new("over");
    let path = folder.file("photo.jpg", &photo());
    let detour = Path::new(&path).parent().unwrap().join(".").join("photo.jpg");
    for out in [path.as_str(), detour.to_str().unwrap()] {
        assert!(matches!(run(&[&path, "--out", out]), Err(Failure::Usage(_))));
    }
    // Another name of the same file becomes a file of its own.
    let linked = folder.at("linked.jpg");
    fs::hard_link(&path, &linked).unwrap();
    let _ = run(&[&path, "--out", &linked]);
    assert_eq!(fs::read(&path).unwrap(), photo());
    assert!(matches!(run(&[&path, "--out", &folder.at("nowhere/a.jpg")]), Err(Failure::Work(_))));
    assert!(matches!(run(&[]), Err(Failure::Usage(_))));
    assert!(matches!(run(&[&folder.at("none.jpg")]), Err(Failure::Work(_))));
}
