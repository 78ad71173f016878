//! What people who study ask each other.

/// A form that somebody may have made.
pub(super) struct Questionnaire {
    /// `{}` stands for a subject.
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) is_anonymous: bool,
    pub(super) allows_more: bool,
    pub(super) asked: &'static [Asked],
}

/// One question.
pub(super) struct Asked {
    pub(super) id: &'static str,
    pub(super) text: &'static str,
    pub(super) required: bool,
    pub(super) kind: Kind,
}

/// What its answer is.
pub(super) enum Kind {
    Line,
    Lines,
    One(&'static [&'static str]),
    Many(&'static [&'static str]),
    Scale(i32),
    Number,
    Day,
}

impl Asked {
    const fn must(id: &'static str, text: &'static str, kind: Kind) -> Self {
        Self {
            id,
            text,
            required: true,
            kind,
        }
    }

    const fn may(id: &'static str, text: &'static str, kind: Kind) -> Self {
        Self {
            id,
            text,
            required: false,
            kind,
        }
    }

    /// What is added to a form after it was opened.
    pub(super) const fn added() -> Self {
        Self::may(
            "anything-else",
            "Anything else that we should know?",
            Kind::Lines,
        )
    }
}

const DAYS: Kind = Kind::Many(&[
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
]);

/// Answers in words.
pub(super) const WORDS: [&str; 14] = [
    "More examples, please.",
    "It was fine as it is.",
    "A longer break in the middle.",
    "The second lecture was too fast for me.",
    "Meet in the small room, it is quieter.",
    "Share the notes before the session.",
    "I liked the mock exam.",
    "Fewer slides, more blackboard.",
    "Explain the proofs step by step.",
    "Start on time :)",
    "Más ejercicios resueltos.",
    "المزيد من الأمثلة من فضلكم",
    "例題をもっと増やしてほしいです。",
    "Nothing, keep going!",
];

/// All of them.
pub(super) static QUESTIONNAIRES: [Questionnaire; 6] = [
    Questionnaire {
        title: "Study group for {}: when and where?",
        description: "We meet once a week. Tick every day on which you could come.",
        is_anonymous: false,
        allows_more: false,
        asked: &[
            Asked::must("days", "On which days could you come?", DAYS),
            Asked::must(
                "time",
                "Which time suits you best?",
                Kind::One(&["Morning", "Noon", "Afternoon", "Evening"]),
            ),
            Asked::may("from", "From when on?", Kind::Day),
            Asked::may("wish", "What should we work on first?", Kind::Line),
        ],
    },
    Questionnaire {
        title: "How was the {} course?",
        description: "Anonymous. It helps those who teach it next term.",
        is_anonymous: true,
        allows_more: false,
        asked: &[
            Asked::must("overall", "How good was it, all in all?", Kind::Scale(5)),
            Asked::must(
                "pace",
                "The pace was",
                Kind::One(&["just right", "too fast", "too slow"]),
            ),
            Asked::may(
                "hours",
                "How many hours a week did you need beside the lectures?",
                Kind::Number,
            ),
            Asked::may("better", "What should be different next time?", Kind::Lines),
        ],
    },
    Questionnaire {
        title: "Mock exam in {}: how did it go?",
        description: "Say it honestly; we adapt the next one.",
        is_anonymous: true,
        allows_more: false,
        asked: &[
            Asked::must("hard", "How hard was it?", Kind::Scale(10)),
            Asked::must(
                "parts",
                "Which parts gave you trouble?",
                Kind::Many(&["Proofs", "Calculations", "Definitions", "Time"]),
            ),
            Asked::may("note", "One thing to practise together", Kind::Line),
        ],
    },
    Questionnaire {
        title: "Weekly check-in: {}",
        description: "Answer it every week, as often as you like.",
        is_anonymous: false,
        allows_more: true,
        asked: &[
            Asked::must("mood", "How did the week feel?", Kind::Scale(5)),
            Asked::must("sheets", "How many sheets did you finish?", Kind::Number),
            Asked::may("stuck", "Where are you stuck?", Kind::Lines),
        ],
    },
    Questionnaire {
        title: "Which book for {}?",
        description: "The library buys one of them.",
        is_anonymous: false,
        allows_more: false,
        asked: &[
            Asked::must(
                "book",
                "Which one do you use?",
                Kind::One(&[
                    "The blue one",
                    "The lecture notes",
                    "The old edition",
                    "None",
                ]),
            ),
            Asked::may("why", "Why?", Kind::Line),
        ],
    },
    Questionnaire {
        title: "Quiet hours in the study hall",
        description: "From next month on there are quiet hours. When should they be?",
        is_anonymous: true,
        allows_more: false,
        asked: &[
            Asked::must(
                "when",
                "When should it be quiet?",
                Kind::Many(&["Before noon", "Afternoon", "Evening", "Never"]),
            ),
            Asked::must("strict", "How strict should we be?", Kind::Scale(4)),
            Asked::may("since", "Since when do you come here?", Kind::Day),
        ],
    },
];
