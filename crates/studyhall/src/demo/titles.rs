//! Titles of todos, as people who study write them down.

use rand::{Rng, seq::IndexedRandom as _};

/// What people study.
pub(super) const SUBJECTS: [&str; 24] = [
    "linear algebra",
    "organic chemistry",
    "world history",
    "microeconomics",
    "Spanish",
    "data structures",
    "anatomy",
    "philosophy of science",
    "statistics",
    "operating systems",
    "French literature",
    "thermodynamics",
    "constitutional law",
    "music theory",
    "genetics",
    "compilers",
    "art history",
    "calculus",
    "developmental psychology",
    "Japanese",
    "electrodynamics",
    "academic writing",
    "databases",
    "cell biology",
];

const PARTNERS: [&str; 8] = [
    "Amara",
    "Jonas",
    "Priya",
    "Mateo",
    "Leila",
    "the study group",
    "the tutor",
    "Noah",
];

/// Draws a title.
pub(super) fn title(rng: &mut impl Rng, subject: &str) -> String {
    let partner = PARTNERS.choose(rng).copied().unwrap_or("Noah");
    let small = rng.random_range(1..=12);
    let large = rng.random_range(15..=320);
    match rng.random_range(0..16) {
        0 => format!("Read chapter {small} of the {subject} book"),
        1 => format!("Solve exercise sheet {small} in {subject}"),
        2 => format!("Go over the {subject} notes of week {small}"),
        3 => format!("Make flash cards for {subject}"),
        4 => format!("Hand in the {subject} assignment {small}"),
        5 => format!("Watch lecture {small} on {subject}"),
        6 => format!("Meet {partner} about the {subject} project"),
        7 => format!("Prepare questions for the {subject} tutorial"),
        8 => format!("Outline the {subject} essay"),
        9 => format!(
            "Revise pages {large} to {} for {subject}",
            large + small * 4
        ),
        10 => format!("Take the {subject} practice exam {small}"),
        11 => format!("Return {subject} books to the library"),
        12 => format!("Explain one idea of {subject} to {partner}"),
        13 => format!("Correct the mistakes of {subject} quiz {small}"),
        14 => format!("Book a room for {subject} with {partner}"),
        _ => format!("Learn {} new terms of {subject}", small * 5),
    }
}

/// What people say of their days.
pub(super) const NOTES: [&str; 16] = [
    "Good focus in the morning, slow after lunch.",
    "Finally understood the proof. Drew it three times.",
    "Too many interruptions. Library tomorrow.",
    "Two sheets done, one left for tomorrow.",
    "Tired, but kept the streak.",
    "Study group was worth it.",
    "Flash cards on the train work well.",
    "Did less than planned. The plan was too long.",
    "Mock exam: 71 %. Weak on the second half.",
    "Rewrote my notes from week one. They make sense now.",
    "Short day, family visit.",
    "Long day. No more than this tomorrow.",
    "Hoy por fin terminé el capítulo. Mañana repaso.",
    "مراجعة جيدة اليوم، وبقي فصل واحد.",
    "今日は集中できた。明日も同じ時間に。",
    "Deep work before breakfast. Best hours of the week 🌱",
];
