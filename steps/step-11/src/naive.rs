//! Forms with less than this chapter's two checks, for the attacks of this chapter. Leave this
//! file out of a server of yours.

use axum::{
    Form, Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::{self, Next},
    response::{Redirect, Response},
    routing::post,
};
use serde::Deserialize;
use tower_sessions::{Session, SessionStore, cookie::Key};

use crate::{
    error::Error,
    gets,
    members::{
        accounts::Accounts, credentials::Credentials, door::Door, visitor::Visitor,
    },
    pages::{errors, headers},
    posts,
    routes::{shop, sign_in},
    session::forms::{self, OwnForm},
    shop::basket::{Order, Shopper, Tea},
    with_sessions,
};

/// What a naive server asks of a form.
#[derive(Clone, Copy, Debug)]
pub enum Guard {
    /// Nothing: the session's cookie is `SameSite=Lax`, and that is to be enough.
    SameSite,
    /// That it comes from its own origin, as far as the browser tells.
    Origin,
    /// The token of the session.
    Token,
    /// A token that stands in the form and in a cookie.
    DoubleSubmit,
}

/// The shop of this chapter with one check, or none.
pub fn app<Store: SessionStore + Clone>(
    guard: Guard,
    store: Store,
    key: Key,
    accounts: impl Accounts,
) -> Router {
    let routes = match guard {
        Guard::SameSite | Guard::Origin => gets().merge(unguarded()),
        Guard::Token => gets().merge(posts()),
        Guard::DoubleSubmit => doubled(),
    };
    let app = with_sessions(routes, store, key);
    let app = match guard {
        Guard::Origin => app.layer(middleware::from_fn(forms::same_origin)),
        _ => app,
    };
    app.layer(middleware::map_response(errors::explain))
        .layer(middleware::map_response(headers::add))
        .with_state(Door::new(accounts))
}

fn unguarded() -> Router<Door> {
    Router::new()
        .route("/basket", post(add))
        .route("/sign-in", post(sign_in))
        .route("/register", post(register))
}

async fn add(
    shopper: Shopper,
    Form(order): Form<Order>,
) -> Result<Redirect, Error> {
    shop::add(shopper, OwnForm(order)).await
}

async fn sign_in(
    door: State<Door>,
    session: Session,
    visitor: Visitor,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Error> {
    sign_in::sign_in(door, session, visitor, OwnForm(credentials)).await
}

async fn register(
    door: State<Door>,
    session: Session,
    visitor: Visitor,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Error> {
    sign_in::register(door, session, visitor, OwnForm(credentials)).await
}

// ANCHOR: double_submit
fn doubled() -> Router<Door> {
    gets()
        .route("/basket", post(add_doubled))
        .route("/register", post(register))
        .layer(middleware::from_fn(with_cookie))
}

#[derive(Deserialize)]
struct Doubled {
    tea: Tea,
    token: String,
}

async fn add_doubled(
    shopper: Shopper,
    headers: HeaderMap,
    Form(Doubled { tea, token }): Form<Doubled>,
) -> Result<Redirect, Error> {
    if cookie(&headers) != Some(&token) {
        return Err(Error::Foreign("the form and the cookie differ"));
    }
    shop::add(shopper, OwnForm(Order { tea })).await
}

/// Hands out the token of the page in a cookie as well.
async fn with_cookie(visitor: Visitor, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(token) = visitor.token {
        let cookie = format!("csrf={token}; Path=/; SameSite=Lax");
        let cookie = HeaderValue::try_from(cookie).expect("a token is plain");
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
// ANCHOR_END: double_submit

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies.split("; ").find_map(|pair| pair.strip_prefix("csrf="))
}
