// src/lib.rs
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use maud::Markup;
