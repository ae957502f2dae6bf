//! What express-session does, option by option and method by method: the left column of the
//! book's comparison.

mod recordings;
