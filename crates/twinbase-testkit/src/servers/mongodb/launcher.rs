//! mongo-java-server with the project's launcher: MongoDB's wire protocol where MongoDB itself cannot be had.
//!
//! The sources are in the project's `testserver` folder. They are compiled once, into a folder named after their content.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};

use super::Recipe;
use crate::process::Child;
use crate::servers::search;

/// The first time, Maven loads its own parts as well.
const BUILD: Duration = Duration::from_mins(5);
/// The launcher's class; a command line that names it is the test server's.
pub(super) const MAIN: &str = "twinbase.testserver.Main";
/// A small machine runs several private servers at once, and each lives for seconds: cheap threads, no second compiler.
const PRIVATE: [&str; 3] = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx1g"];
/// The shared server has all of a run's documents in memory. A collector that stops it for them would be what a
/// benchmark measures: 60 to 260 ms every few seconds.
const SHARED: [&str; 3] = ["-XX:+UseZGC", "-XX:TieredStopAtLevel=1", "-Xmx2g"];

/// A compiled launcher.
#[derive(Clone, Debug)]
pub struct Launcher {
    folder: PathBuf,
}

impl Launcher {
    /// The programs that building and running it takes, as far as this machine lacks them.
    pub fn missing_programs() -> Vec<&'static str> {
        ["java", "javac", "mvn"]
            .into_iter()
            .filter(|name| search::on_path(&[name]).is_none())
            .collect()
    }

    /// Compiles `sources` into a folder below `cache`, unless that has been done before.
    ///
    /// # Errors
    /// When Java or Maven is missing, or one of them fails.
    pub async fn prepare(sources: &Path, cache: &Path) -> anyhow::Result<Self> {
        let lacking = Self::missing_programs();
        ensure!(
            lacking.is_empty(),
            "not on the PATH: {}",
            lacking.join(", ")
        );
        let files = source_files(sources)?;
        let folder = cache.join(content_hash(&files)?);
        if !folder.is_dir() {
            fs::create_dir_all(cache).with_context(|| format!("make {}", cache.display()))?;
            // Built beside its place and moved there whole, so that a run which is interrupted leaves nothing half done.
            let building = tempfile::Builder::new()
                .prefix("building-")
                .tempdir_in(cache)
                .context("make a folder")?;
            build(&files, building.path()).await?;
            if let Err(error) = fs::rename(building.path(), &folder) {
                // Another run was faster.
                ensure!(
                    folder.is_dir(),
                    "move the launcher to {}: {error}",
                    folder.display()
                );
            }
        }
        Ok(Self { folder })
    }

    /// A server that forgets everything when it ends.
    pub fn in_memory(&self) -> Recipe {
        self.recipe(SHARED, &[])
    }

    /// A server that keeps what it has acknowledged.
    pub fn durable(&self) -> Recipe {
        self.recipe(PRIVATE, &["--h2", "{data}/store.mv"])
    }

    fn recipe(&self, jvm: [&str; 3], more: &[&str]) -> Recipe {
        let class_path = format!("{0}/lib/*:{0}/classes", self.folder.display());
        let start = ["-cp", &class_path, MAIN, "--port", "{port}"];
        Recipe::new([&["java"], &jvm[..], &start, more].concat())
    }
}

async fn build(files: &[PathBuf], target: &Path) -> anyhow::Result<()> {
    let pom = files
        .iter()
        .find(|file| file.ends_with("pom.xml"))
        .context("the launcher has no pom.xml")?;
    let mut maven = Command::new("mvn");
    maven
        .args(["--quiet", "--batch-mode", "--file"])
        .arg(pom)
        .arg("dependency:copy-dependencies");
    for (property, folder) in [("outputDirectory", "lib"), ("build.directory", "maven")] {
        maven.arg(format!("-D{property}={}", target.join(folder).display()));
    }
    Child::run(&mut maven, None, BUILD)
        .await
        .context("fetch mongo-java-server with Maven")?;
    let mut javac = Command::new("javac");
    javac
        .args(["--release", "17", "-cp"])
        .arg(target.join("lib/*"))
        .arg("-d")
        .arg(target.join("classes"));
    javac.args(files.iter().filter(|file| has_extension(file, "java")));
    Child::run(&mut javac, None, BUILD)
        .await
        .context("compile the launcher of mongo-java-server")?;
    Ok(())
}

/// `pom.xml` and the Java files, in a fixed order.
fn source_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let read = || format!("read {}", folder.display());
    for entry in fs::read_dir(folder).with_context(read)? {
        let path = entry.with_context(read)?.path();
        if path.is_dir() {
            files.extend(source_files(&path)?);
        } else if has_extension(&path, "java") || has_extension(&path, "xml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension == wanted)
}

fn content_hash(files: &[PathBuf]) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    for file in files {
        let content = fs::read(file).with_context(|| format!("read {}", file.display()))?;
        // The length keeps the end of one file from passing for the start of the next.
        hash.update(content.len().to_le_bytes());
        hash.update(content);
    }
    Ok(format!("{:x}", hash.finalize())[..16].to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{content_hash, source_files};

    #[test]
    fn a_changed_source_is_compiled_again_and_other_files_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let hash = || content_hash(&source_files(folder.path()).unwrap()).unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("pom.xml"), "<project/>").unwrap();
        fs::write(folder.path().join("src/Main.java"), "class Main {}").unwrap();
        let first = hash();
        fs::write(folder.path().join("README.md"), "changed").unwrap();
        assert_eq!(hash(), first);
        fs::write(folder.path().join("src/Main.java"), "class Main { }").unwrap();
        assert_ne!(hash(), first);
    }
}
