//! What a reader does with the steps and with the book, done in a real browser.

mod accessibility;
mod attributes;
mod behind_a_proxy;
mod book;
mod cookies;
mod devices;
mod forms;
mod framing;
mod lab;
mod leftovers;
mod pictures;
mod shop;
mod signing_out;
mod steps;
mod two_servers;
mod two_tabs;
