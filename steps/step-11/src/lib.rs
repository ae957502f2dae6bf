//! The tea shop, with forms that only its own pages can send.

pub mod accounts;
mod basket;
mod cookie;
mod error;
mod flash;
mod forms;
pub mod lifetime;
mod member;
pub mod naive;
mod page;
mod password;
pub mod secret;
mod sign_in;
mod sign_out;
pub mod strict;
pub mod sweep;
mod tries;
mod visitor;

use axum::{
    Router,
    extract::{Query, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware,
    response::{Redirect, Response},
    routing::{get, post},
};
use maud::Markup;
use tower_sessions::{Session, SessionStore, cookie::Key};

use crate::{
    accounts::Accounts,
    basket::{Order, Shopper},
    error::Error,
    flash::{Flash, Said},
    forms::{Nothing, OwnForm},
    lifetime::Choice,
    member::Member,
    page::Shop,
    sign_in::Door,
    strict::Strict,
    visitor::Visitor,
};

// ANCHOR: app
/// The server: a tea shop that keeps its sessions in `store`, signs their identifiers
/// with `key`, and lets in whom `accounts` knows.
pub fn app<Store: SessionStore + Clone>(
    store: Store,
    key: Key,
    accounts: impl Accounts,
) -> Router {
    with_sessions(pages().merge(forms()), store, key)
        .layer(middleware::from_fn(forms::same_origin))
        .with_state(Door::new(accounts))
}

// ANCHOR_END: app

// ANCHOR: routes
/// What can be looked at. Nothing changes by that.
fn pages() -> Router<Door> {
    Router::new()
        .route("/", get(shop))
        .route("/about", get(about))
        .route("/start-over", get(start_over_form))
        .route("/member", get(members_page))
        .route("/sign-in", get(sign_in::form))
        .route("/register", get(sign_in::new_form))
        .fallback(not_found)
}

/// What can be done.
fn forms() -> Router<Door> {
    Router::new()
        .route("/basket", post(add))
        .route("/basket/take", post(take))
        .route("/start-over", post(start_over))
        .route("/remember", post(remember))
        .route("/sign-in", post(sign_in::sign_in))
        .route("/register", post(sign_in::register))
        .route("/sign-out", post(sign_out::sign_out))
}
// ANCHOR_END: routes

fn with_sessions<Store: SessionStore + Clone>(
    routes: Router<Door>,
    store: Store,
    key: Key,
) -> Router<Door> {
    routes
        .layer(middleware::from_fn(forms::keep))
        .layer(middleware::from_fn(lifetime::keep))
        .layer(cookie::sessions(Strict::new(store)).with_signed(key))
        .layer(middleware::map_response(error::explain))
        .layer(middleware::map_response(cookie::mend))
        .layer(middleware::map_response(no_store))
}

/// Every page here is made for one visitor: no cache may keep it for another.
async fn no_store(mut response: Response) -> Response {
    let value = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}

async fn shop(
    shopper: Shopper,
    visitor: Visitor,
    session: Session,
    said: Result<Query<Said>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Markup, Error> {
    let id = shopper.id().map(|id| id.to_string());
    Ok(page::shop(&Shop {
        visitor: &visitor,
        basket: &shopper.basket,
        remembered: lifetime::remembered(&session).await?,
        flash: flash::take(&session, said).await?,
        sent: &page::sent(&headers),
        held: &page::held(id.as_deref(), &shopper.basket),
    }))
}

// ANCHOR: add
async fn add(
    mut shopper: Shopper,
    OwnForm(order): OwnForm<Order>,
) -> Result<Redirect, Error> {
    shopper.add(order.tea).await?;
    flash::say(shopper.session(), "/", Flash::Added(order.tea)).await
}
// ANCHOR_END: add

async fn take(
    mut shopper: Shopper,
    OwnForm(order): OwnForm<Order>,
) -> Result<Redirect, Error> {
    shopper.take(order.tea).await?;
    flash::say(shopper.session(), "/", Flash::TakenOut(order.tea)).await
}

async fn remember(
    session: Session,
    OwnForm(choice): OwnForm<Choice>,
) -> Result<Redirect, Error> {
    lifetime::remember(&session, choice.remember).await?;
    Ok(Redirect::to("/"))
}

async fn about() -> Markup {
    page::about()
}

async fn start_over_form(visitor: Visitor) -> Markup {
    page::start_over(&visitor)
}

async fn start_over(
    session: Session,
    _: OwnForm<Nothing>,
) -> Result<Redirect, Error> {
    basket::empty(&session).await?;
    Ok(Redirect::to("/"))
}

async fn members_page(
    member: Member,
    visitor: Visitor,
    session: Session,
    said: Result<Query<Said>, QueryRejection>,
) -> Result<Markup, Error> {
    let flash = flash::take(&session, said).await?;
    Ok(page::member(&member, &visitor, flash.as_ref()))
}

async fn not_found() -> (StatusCode, Markup) {
    (StatusCode::NOT_FOUND, page::not_found())
}
