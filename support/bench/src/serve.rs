//! The server that is measured.

use std::{
    future,
    io::{self, Read},
    net::SocketAddr,
    path::Path,
    thread,
};

use axum::Router;
use step_24::{capacity::Capacity, watch::Watch};
use tokio::{net::TcpListener, runtime, sync::oneshot};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{plain, shops, stores};

/// Serves on a free port, which it prints, until its standard input ends. `place` is where the store
/// keeps its records, and `folder` has room for what else there is.
pub(crate) fn until_told(name: &str, place: &str, folder: &Path) -> Result<(), String> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|why| why.to_string())?.block_on(async {
        if let Some(step) = number(name) {
            log(step);
            let watch = Watch::default();
            let app = shops::app(name, place, folder, watch.clone()).await?;
            return serve(app, (step >= 24).then_some(watch)).await;
        }
        let app = match plain::app(name) {
            Some(app) => app,
            None => stores::app(name, place).await?,
        };
        serve(app, None).await
    })
}

/// Of which step this is the server, if of one.
fn number(name: &str) -> Option<u32> {
    name.strip_prefix("step ")?.get(..2)?.parse().ok()
}

/// With a watch, as step 24 does it: it has a way of its own.
async fn serve(app: Router, watch: Option<Watch>) -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|why| why.to_string())?;
    println!("{}", listener.local_addr().map_err(|why| why.to_string())?.port());
    let (end, ended) = oneshot::channel::<()>();
    thread::spawn(move || {
        // Nothing is ever written to it.
        let _ = io::stdin().read(&mut [0]);
        drop(end);
    });
    let served = async {
        if let Some(watch) = watch {
            let capacity = Capacity::default();
            step_24::serve::serve(listener, app, capacity, watch, future::pending()).await;
            return Ok(());
        }
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, app).await
    };
    tokio::select! {
        served = served => served.map_err(|why| why.to_string()),
        _ = ended => Ok(()),
    }
}

/// As the program of this step does, if it has a log.
fn log(step: u32) {
    let of_the_library = match step {
        ..4 => return,
        4..20 => LevelFilter::INFO,
        _ => LevelFilter::WARN,
    };
    let told = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("tower_sessions", of_the_library);
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    tracing_subscriber::registry().with(lines).with(told).init();
}
