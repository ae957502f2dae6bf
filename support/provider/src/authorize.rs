//! Where people come, choose a name, and go back.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    asked::{Asked, PEOPLE},
    codes::Grant,
    known::Provider,
    pages, token,
};

/// The base64 of a SHA-256, without padding.
const CHALLENGE: usize = 43;

/// Shows the names.
pub(crate) async fn ask(
    State(provider): State<Arc<Provider>>,
    Query(asked): Query<Asked>,
) -> Response {
    let page = || pages::choose(&provider.client.id, &asked).into_response();
    refusal(&provider, &asked).unwrap_or_else(page)
}

/// What was chosen.
#[derive(Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    subject: String,
}

/// Sends back with a code whoever has chosen a name.
pub(crate) async fn choose(
    State(provider): State<Arc<Provider>>,
    Query(asked): Query<Asked>,
    Form(Choice { subject }): Form<Choice>,
) -> Response {
    if let Some(refusal) = refusal(&provider, &asked) {
        return refusal;
    }
    if !PEOPLE.contains(&subject.as_str()) {
        return back(&provider, &asked, ("error", "access_denied"));
    }
    let (redirect_uri, challenge) = (asked.redirect_uri.clone(), asked.code_challenge.clone());
    let grant = Grant { subject, redirect_uri, challenge, chosen: token::now() };
    match provider.codes.issue(grant) {
        Some(code) => back(&provider, &asked, ("code", &code)),
        None => back(&provider, &asked, ("error", "temporarily_unavailable")),
    }
}

/// The answer to what cannot be asked for. Nobody is sent to an address that is not the client's.
fn refusal(provider: &Provider, asked: &Asked) -> Option<Response> {
    let client = &provider.client;
    if asked.client_id != client.id || asked.redirect_uri != client.redirect_uri {
        let page = pages::refused("No such client, or it has another address.");
        return Some((StatusCode::BAD_REQUEST, page).into_response());
    }
    if asked.response_type != "code" {
        return Some(back(provider, asked, ("error", "unsupported_response_type")));
    }
    if asked.code_challenge_method != "S256" || asked.code_challenge.len() != CHALLENGE {
        return Some(back(provider, asked, ("error", "invalid_request")));
    }
    None
}

/// Leads back to the client, by an address or by a form.
fn back(provider: &Provider, asked: &Asked, outcome: (&str, &str)) -> Response {
    let said = [outcome, ("state", &asked.state), ("iss", &provider.issuer)];
    if asked.response_mode == "form_post" {
        return pages::form_post(&asked.redirect_uri, &said).into_response();
    }
    let said = serde_urlencoded::to_string(said).unwrap_or_default();
    Redirect::to(&format!("{}?{said}", asked.redirect_uri)).into_response()
}
