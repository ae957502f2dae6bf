//! The tea shop, with members who sign in.

pub mod accounts;
mod basket;
mod cookie;
mod error;
pub mod lifetime;
mod member;
pub mod naive;
mod page;
mod password;
pub mod secret;
mod sign_in;
pub mod sweep;
mod tries;

use axum::{
    Form, Router,
    extract::rejection::FormRejection,
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
    lifetime::Choice,
    member::Member,
    sign_in::Door,
};

/// The server: a tea shop that keeps its sessions in `store`, signs their identifiers
/// with `key`, and lets in whom `accounts` knows.
pub fn app<Store: SessionStore + Clone>(
    store: Store,
    key: Key,
    accounts: impl Accounts,
) -> Router {
    let sign_in = get(sign_in::form).post(sign_in::sign_in);
    let register = get(sign_in::new_form).post(sign_in::register);
    let doors =
        Router::new().route("/sign-in", sign_in).route("/register", register);
    shop_with(doors, store, key).with_state(Door::new(accounts))
}

fn shop_with<Store: SessionStore + Clone>(
    doors: Router<Door>,
    store: Store,
    key: Key,
) -> Router<Door> {
    doors
        .route("/", get(shop))
        .route("/about", get(about))
        .route("/basket", post(add))
        .route("/basket/take", post(take))
        .route("/start-over", post(start_over))
        .route("/remember", post(remember))
        .route("/member", get(members_page))
        .route("/sign-out", post(sign_out))
        .fallback(not_found)
        .layer(middleware::from_fn(lifetime::keep))
        .layer(cookie::sessions(store).with_signed(key))
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
    session: Session,
    headers: HeaderMap,
) -> Result<Markup, Error> {
    let id = shopper.id().map(|id| id.to_string());
    let held = page::held(id.as_deref(), &shopper.basket);
    let remembered = lifetime::remembered(&session).await?;
    let name = member::name(&session).await?;
    let sent = page::sent(&headers);
    Ok(page::shop(&shopper.basket, name.as_deref(), remembered, &sent, &held))
}

async fn add(
    mut shopper: Shopper,
    order: Result<Form<Order>, FormRejection>,
) -> Result<Redirect, Error> {
    let Form(order) = order?;
    shopper.add(order.tea).await?;
    Ok(Redirect::to("/"))
}

async fn take(
    mut shopper: Shopper,
    order: Result<Form<Order>, FormRejection>,
) -> Result<Redirect, Error> {
    let Form(order) = order?;
    shopper.take(order.tea).await?;
    Ok(Redirect::to("/"))
}

async fn remember(
    session: Session,
    choice: Result<Form<Choice>, FormRejection>,
) -> Result<Redirect, Error> {
    let Form(choice) = choice?;
    lifetime::remember(&session, choice.remember).await?;
    Ok(Redirect::to("/"))
}

async fn about() -> Markup {
    page::about()
}

async fn start_over(session: Session) -> Result<Redirect, Error> {
    basket::empty(&session).await?;
    Ok(Redirect::to("/"))
}

// ANCHOR: members_page
async fn members_page(member: Member) -> Markup {
    page::member(&member.name)
}
// ANCHOR_END: members_page

async fn sign_out(session: Session) -> Result<Redirect, Error> {
    session.flush().await?;
    Ok(Redirect::to("/"))
}

async fn not_found() -> (StatusCode, Markup) {
    (StatusCode::NOT_FOUND, page::not_found())
}
