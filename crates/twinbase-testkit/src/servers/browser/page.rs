//! A page as the browser left it.

use std::path::PathBuf;

use tempfile::TempDir;

/// What a page became after its scripts had run.
#[derive(Debug)]
pub struct Page {
    /// Its document, written out as HTML.
    pub html: String,
    /// Its picture, a PNG file, which is removed with the page.
    pub screenshot: PathBuf,
    _folder: TempDir,
}

impl Page {
    pub(super) fn new(html: String, screenshot: PathBuf, folder: TempDir) -> Self {
        Self {
            html,
            screenshot,
            _folder: folder,
        }
    }
}
