//! Runs mdBook on the book, into a temporary folder, and keeps what it wrote and what it said.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Write as _};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use tempfile::TempDir;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::html::{self, Piece};

/// The rendered book.
pub struct Rendered {
    /// The HTML pages by path, as in `03-the-session-layer.html`.
    pub pages: BTreeMap<String, RenderedPage>,
    /// The other files: style sheets, images, scripts.
    pub files: BTreeSet<String>,
    /// Every warning and error of mdBook.
    pub messages: Vec<String>,
}

/// One rendered page.
pub struct RenderedPage {
    /// Its tags and texts.
    pub pieces: Vec<Piece>,
    /// Its ids, each as often as it occurs.
    pub ids: Vec<String>,
}

impl RenderedPage {
    fn parse(text: &str) -> Self {
        let pieces = html::pieces(text);
        let ids = html::tags(&pieces)
            .filter_map(|tag| tag.attribute("id").map(ToString::to_string))
            .collect();
        Self { pieces, ids }
    }

    /// The chapter, without mdBook's own furniture around it.
    pub fn main(&self) -> &[Piece] {
        html::main_part(&self.pieces)
    }

    /// Whether a link can jump to `#id`.
    pub fn has_id(&self, id: &str) -> bool {
        self.ids.iter().any(|one| one == id)
    }
}

/// Renders the book in the folder `root` with mdBook's own library.
pub fn render(root: &Path) -> Rendered {
    let mut rendered =
        Rendered { pages: BTreeMap::new(), files: BTreeSet::new(), messages: Vec::new() };
    let said = Said::default();
    let result = tracing::subscriber::with_default(Listener(said.clone()), || build(root));
    rendered.messages = said.take();
    match result {
        Err(error) => rendered.messages.push(format!("mdBook gave up: {error:#}")),
        Ok(folder) => {
            if let Err(error) = read(folder.path(), "", &mut rendered) {
                rendered.messages.push(format!("what mdBook wrote cannot be read: {error}"));
            }
        }
    }
    rendered
}

fn build(root: &Path) -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let mut mdbook = MDBook::load(root)?;
    mdbook.config.build.build_dir = folder.path().to_path_buf();
    forget_what_nobody_checks(&mut mdbook.config)?;
    mdbook.build()?;
    Ok(folder)
}

/// The search index takes most of the time, and the page to print holds the others once more.
fn forget_what_nobody_checks(config: &mut Config) -> Result<()> {
    if let Some(mut html) = config.get::<toml::Table>("output.html")? {
        html.remove("search");
        html.insert("print".to_owned(), toml::toml! { enable = false }.into());
        config.set("output.html", html)?;
    }
    Ok(())
}

fn read(folder: &Path, prefix: &str, rendered: &mut Rendered) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{path}/"), rendered)?;
        } else if path.ends_with(".html") {
            let page = RenderedPage::parse(&fs::read_to_string(entry.path())?);
            rendered.pages.insert(path, page);
        } else {
            rendered.files.insert(path);
        }
    }
    Ok(())
}

/// What mdBook said so far.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<String>>>);

impl Said {
    fn push(&self, message: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Listens to warnings and errors only.
struct Listener(Said);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let mut message = Message::default();
        event.record(&mut message);
        self.0.push(message.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Writing to a String does not fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}
