//! What the browser visits, served in this process.

use std::{
    collections::BTreeSet,
    fs, mem,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, runtime::Runtime};

/// A server on a free loopback port. It ends when it is dropped.
pub struct Server {
    port: u16,
    runtime: Runtime,
}

impl Server {
    /// Serves an axum app.
    pub fn start(app: Router) -> Self {
        Self::start_with(|_| app)
    }

    /// Serves an axum app that is told its own address.
    pub fn start_with(app: impl FnOnce(&str) -> Router) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener =
            runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let app = app(&format!("http://localhost:{port}"));
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        runtime.spawn(axum::serve(listener, app).into_future());
        Self { port, runtime }
    }

    /// The address of a path on this server.
    pub fn url(&self, path: &str) -> String {
        self.url_at("localhost", path)
    }

    /// The address of a path on this server, by another name of this computer.
    pub fn url_at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    /// Waits for a future, such as a call of the server's store.
    pub fn wait_for<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

/// The files of a folder, and which of those that were asked for it does not have.
#[derive(Clone)]
pub(crate) struct Files {
    folder: PathBuf,
    missing: Arc<Mutex<BTreeSet<String>>>,
}

impl Files {
    pub(crate) fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), missing: Arc::default() }
    }

    pub(crate) fn app(&self) -> Router {
        Router::new().fallback(file).with_state(self.clone())
    }

    pub(crate) fn missing(&self) -> BTreeSet<String> {
        mem::take(&mut self.missing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self, path: &str) -> Option<Bytes> {
        // mdBook's own names need no decoding, and a path that leaves the folder has no answer.
        let inside = !path.split('/').any(|part| part == "..");
        let path =
            if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
        let file = self.folder.join(path.trim_start_matches('/'));
        inside.then(|| fs::read(file).ok()).flatten().map(Bytes::from)
    }
}

async fn file(State(files): State<Files>, uri: Uri) -> Response {
    let path = uri.path();
    match files.read(path) {
        Some(bytes) => ([(header::CONTENT_TYPE, content_type(path))], bytes).into_response(),
        None => {
            let mut missing = files.missing.lock().unwrap_or_else(PoisonError::into_inner);
            missing.insert(path.to_owned());
            StatusCode::NOT_FOUND.into_response()
        }
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "" | "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
