//! The tea shop, where members see their devices and end what they do not know.

mod edge;
mod error;
mod members;
pub mod moving;
mod pages;
mod reason;
mod routes;
mod session;
#[cfg(not(target_family = "wasm"))]
pub mod settings;
mod shop;
mod store;
mod tokens;
pub mod watch;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};
use tower_sessions::SessionStore;

use crate::{
    edge::{
        address, cors,
        limits::Limits,
        origin,
        places::{self, Places},
        site::Site,
    },
    members::{door::Door, member},
    session::{body, cookie, forms, secret::Ring, strangers},
    store::{
        accounts::Accounts,
        again,
        front::{self, Front},
        orders::Orders,
        sessions::Sessions,
        watched::Watched,
    },
    tokens::{issuer::Issuer, refresh},
    watch::{Watch, health, requests},
};
pub use crate::{
    edge::{capacity, provider, site},
    members::{devices, step_up},
    session::{key_file, lifetime, secret},
    store::{accounts, name, orders, sessions, sweep},
};
#[cfg(not(target_family = "wasm"))]
pub use crate::{
    edge::{handed, serve},
    store::{account_file, apart, memcached, postgres, redis, sqlite},
};

/// The server: a tea shop that keeps its sessions in `store`, signs their identifiers
/// with the keys of `ring`, lets in whom `members` knows, and keeps there what they order.
/// It stands where `site` says, and `watch` tells how it is.
pub fn app<Store: Sessions + Clone>(
    store: Store,
    ring: Ring,
    members: impl Accounts + Orders,
    site: Site,
    watch: Watch,
) -> Router {
    let site = Arc::new(site);
    let (metrics, capacity) = (&watch.metrics, site.capacity);
    let places = Places::new(capacity, metrics);
    let bodies = (capacity, metrics.clone());
    let members = Watched::new(members, metrics);
    let store = Front::new(Watched::new(store, metrics), metrics);
    let limits = Arc::new(Limits::new(metrics));
    let provider = site.provider.clone();
    let issuer = Arc::new(Issuer::new(ring.clone(), &site));
    let giver = issuer.clone();
    let door =
        Door::new(members, store.clone(), limits.clone(), provider, giver, metrics);
    let health = health::routes(watch.stopping.clone(), store.clone());
    let inside = |routes: Router<Door>| {
        let few = middleware::from_fn_with_state(limits.clone(), strangers::limit);
        with_sessions(routes.layer(few), door.clone(), store.clone())
    };
    let frontends = cors::layer(&site, forms::TOKEN);
    let browsers = inside(gets().merge(posts()))
        .merge(inside(api()).layer(frontends))
        // Asks nothing of the store, and so it is there when the store is not.
        .route("/about", get(routes::shop::about))
        .route("/signed-in", post(routes::elsewhere::by_post))
        .layer(middleware::from_fn_with_state(ring, cookie::keep));
    let by_token = middleware::from_fn_with_state(issuer, refresh::keep);
    browsers
        .merge(inside(programs()).layer(by_token))
        .merge(bearers())
        .layer((
            middleware::from_fn_with_state(watch, requests::tell),
            middleware::map_response_with_state(site.clone(), pages::headers::add),
            middleware::from_fn(pages::errors::explain),
            middleware::from_fn_with_state(site.clone(), address::find),
            middleware::from_fn_with_state(site, origin::same_origin),
            middleware::from_fn_with_state(bodies, body::whole),
            middleware::from_fn_with_state(places, places::take),
        ))
        // Asked all the time, and so not told.
        .merge(health)
        .with_state(door)
}

/// What can be looked at. Nothing changes by that.
fn gets() -> Router<Door> {
    Router::new()
        .route("/", get(routes::shop::page))
        .route("/start-over", get(routes::shop::start_over_form))
        .route("/member", get(routes::member::page))
        .route("/devices", get(routes::devices::list))
        .route("/confirm", get(routes::step_up::form))
        .route("/password", get(routes::password::form))
        .route("/administrator", get(routes::administrator::page))
        .route("/sign-in", get(routes::sign_in::form))
        .route("/register", get(routes::sign_in::new_form))
        .fallback(routes::shop::not_found)
}

/// What can be done.
fn posts() -> Router<Door> {
    Router::new()
        .route("/basket", post(routes::shop::add))
        .route("/basket/take", post(routes::shop::take))
        .route("/start-over", post(routes::shop::start_over))
        .route("/remember", post(routes::shop::remember))
        .route("/sign-in", post(routes::sign_in::sign_in))
        .route("/sign-in/elsewhere", post(routes::elsewhere::sign_in))
        // A link of the provider's. What it brings along is good once.
        .route("/signed-in", get(routes::elsewhere::come_back))
        .route("/register", post(routes::sign_in::register))
        .route("/sign-out", post(routes::sign_out::sign_out))
        .route("/checkout", post(routes::shop::check_out))
        .route("/devices/end", post(routes::devices::end))
        .route("/devices/end-others", post(routes::devices::end_others))
        .route("/confirm", post(routes::step_up::confirm))
        .route("/confirm/elsewhere", post(routes::elsewhere::confirm))
        .route("/password", post(routes::password::change))
        .route("/administrator/end", post(routes::administrator::end))
        .route("/administrator/end-all", post(routes::administrator::end_all))
        .route("/administrator/disable", post(routes::administrator::disable))
        .route("/administrator/enable", post(routes::administrator::enable))
}

/// What pages of other origins may ask for, if the site names them.
fn api() -> Router<Door> {
    Router::new()
        .route("/api/basket", get(routes::api::basket))
        .route("/api/basket", post(routes::api::add))
}

/// What a member's program sends: to sign in, and then with the refresh token, behind which
/// its session stands.
fn programs() -> Router<Door> {
    Router::new()
        .route("/api/tokens", post(routes::tokens::begin))
        .route("/api/tokens/refresh", post(routes::tokens::refresh))
        .route("/api/tokens/end", post(routes::tokens::end))
}

/// What it asks for with the access token. Around these routes there is no session.
fn bearers() -> Router<Door> {
    Router::new()
        .route("/api/orders", get(routes::tokens::orders))
        .route("/api/administrator", get(routes::tokens::administrator))
}

fn with_sessions<Store: SessionStore + Clone>(
    routes: Router<Door>,
    door: Door,
    store: Store,
) -> Router<Door> {
    // The first one is the outermost. One by one, they would be boxes in boxes, which each
    // request copies.
    routes.layer((
        middleware::from_fn_with_state(door.metrics.clone(), again::serve),
        middleware::from_fn(front::own_up),
        cookie::sessions(store),
        middleware::from_fn(lifetime::keep),
        middleware::from_fn(forms::keep),
        middleware::from_fn_with_state(door, member::ask),
    ))
}
