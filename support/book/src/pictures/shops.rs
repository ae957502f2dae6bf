//! The shops whose layers are drawn, chapter by chapter, and what each layer does.

use crate::pictures::rings::Line::{self, Answer, Exit, Note};
use crate::pictures::rings::{Ring, Shop};

/// Every shop that is drawn.
pub const ALL: [Shop; 5] = [
    Shop {
        name: "layers-04",
        step: 4,
        layers: &[Ring {
            name: "SessionManagerLayer",
            says: &[READS, SAVES, Exit("out: the save fails", 500, FAILS_AT_THE_END)],
        }],
        inside: &[
            Ring {
                name: "Visitor",
                says: &[
                    Note("in: loads the session's visits"),
                    Exit(
                        "the store is out of reach",
                        503,
                        "a_store_out_of_reach_is_told_apart_and_nothing_is_lost",
                    ),
                    Exit(
                        "the data does not fit the type",
                        500,
                        "a_row_that_does_not_fit_is_kept_until_the_visitor_starts_over",
                    ),
                ],
            },
            Ring { name: "home", says: &[Note("counts the visit"), Answer("its page", 200)] },
        ],
    },
    Shop {
        name: "layers-09",
        step: 9,
        layers: &[EXPLAIN, NO_STORE, MEND, ONLY_OURS, SESSIONS_OF_9, LIFETIME],
        inside: &[
            Ring {
                name: EXTRACTORS,
                says: &[
                    NOT_SIGNED_IN,
                    Exit(
                        "the store is out of reach",
                        503,
                        "a_store_out_of_reach_loses_no_basket",
                    ),
                ],
            },
            Ring {
                name: HANDLER,
                says: &[
                    Exit(
                        "a wrong password",
                        403,
                        "an_unknown_name_and_a_wrong_password_get_the_same_answer",
                    ),
                    Exit(
                        "too many tries",
                        429,
                        "after_five_wrong_passwords_nobody_gets_in_for_a_minute",
                    ),
                    ITS_ANSWER,
                ],
            },
        ],
    },
    Shop {
        name: "layers-10",
        step: 10,
        layers: &[EXPLAIN, NO_STORE, MEND, ONLY_OURS, SESSIONS, LIFETIME],
        inside: &[
            Ring { name: EXTRACTORS, says: &[NOT_SIGNED_IN] },
            Ring { name: HANDLER, says: &[OUT_OF_REACH, ITS_ANSWER] },
        ],
    },
    Shop {
        name: "layers-11",
        step: 11,
        layers: &[
            HEADERS,
            EXPLAIN,
            SAME_ORIGIN,
            WHOLE,
            ONLY_OURS,
            MEND,
            SESSIONS,
            LIFETIME,
            TOKEN,
        ],
        inside: &[
            Ring { name: EXTRACTORS, says: &[NOT_SIGNED_IN, NOT_OUR_FORM, OUT_OF_REACH] },
            Ring { name: HANDLER, says: &[ITS_ANSWER] },
        ],
    },
    Shop {
        name: "layers-12",
        step: 12,
        layers: &[
            HEADERS,
            EXPLAIN,
            SAME_ORIGIN,
            WHOLE,
            ONLY_OURS,
            MEND,
            SESSIONS,
            LIFETIME,
            TOKEN,
            Ring { name: "member::ask", says: &[Note("in: asks the account"), OUT_OF_REACH] },
        ],
        inside: &[
            Ring {
                name: EXTRACTORS,
                says: &[
                    NOT_SIGNED_IN,
                    Exit(
                        "Fresh: an old password",
                        403,
                        "devices_are_ended_with_a_fresh_password_only",
                    ),
                    NOT_OUR_FORM,
                ],
            },
            Ring { name: HANDLER, says: &[ITS_ANSWER] },
        ],
    },
];

const READS: Line = Note("in: no call to the store yet");
const SAVES: Line = Note("out: saves, sets the cookie");
const FAILS_AT_THE_END: &str = "a_store_that_fails_at_the_end_gives_an_empty_500";

const EXPLAIN: Ring =
    Ring { name: "pages::errors::explain", says: &[Note("out: gives an error its page")] };
const NO_STORE: Ring =
    Ring { name: "no_store", says: &[Note("out: forbids caches to keep it")] };
const HEADERS: Ring =
    Ring { name: "pages::headers::add", says: &[Note("out: adds headers to every answer")] };
const SAME_ORIGIN: Ring = Ring {
    name: "forms::same_origin",
    says: &[Exit(
        "in: a form of another origin",
        403,
        "nothing_can_be_done_from_another_origin_even_with_the_token",
    )],
};
const WHOLE: Ring = Ring {
    name: "body::whole",
    says: &[
        Exit(
            "in: the form is too long",
            413,
            "a_form_longer_than_8_kilobytes_is_refused_before_the_store_is_asked",
        ),
        Exit(
            "in: the form is too slow",
            408,
            "a_form_that_does_not_come_to_its_end_is_given_up_after_10_seconds",
        ),
    ],
};
const ONLY_OURS: Ring =
    Ring { name: "cookie::only_ours", says: &[Note("in: lets only our cookie through")] };
const MEND: Ring = Ring { name: "cookie::mend", says: &[Note("out: mends the cookie")] };
const SESSIONS_OF_9: Ring = Ring {
    name: "cookie::sessions",
    says: &[READS, SAVES, Exit("out: the save fails", 500, FAILS_AT_THE_END)],
};
const SESSIONS: Ring = Ring {
    name: "cookie::sessions",
    says: &[
        READS,
        SAVES,
        Exit(
            "out: the session has ended",
            500,
            "a_strict_store_lets_no_slow_request_bring_the_session_back",
        ),
    ],
};
const LIFETIME: Ring =
    Ring { name: "lifetime::keep", says: &[Note("out: moves the session's end")] };
const TOKEN: Ring = Ring { name: "forms::keep", says: &[Note("out: gives it a form token")] };

const EXTRACTORS: &str = "the extractors";
const HANDLER: &str = "the handler";
const NOT_SIGNED_IN: Line =
    Exit("Member: not signed in", 303, "only_members_see_the_page_for_members");
const NOT_OUR_FORM: Line =
    Exit("OwnForm: a wrong token", 403, "the_token_changes_when_somebody_signs_in");
const OUT_OF_REACH: Line = Exit(
    "the store is out of reach",
    503,
    "nobody_is_told_goodbye_whose_session_could_not_be_ended",
);
const ITS_ANSWER: Line = Answer("its answer", 200);
