//! Holds the book to the code.

mod the_book;
