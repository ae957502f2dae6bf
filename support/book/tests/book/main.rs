//! Holds the book to the code, and plants every fault the checks know to see it caught.

mod fixture;
mod planted_in_code;
mod planted_in_prose;
mod planted_in_rendering;
mod the_book;
