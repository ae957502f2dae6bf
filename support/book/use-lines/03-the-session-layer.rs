// src/lib.rs
use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use maud::Markup;
use tower_sessions::{Session, SessionManagerLayer, SessionStore, session};
