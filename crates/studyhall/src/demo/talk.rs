//! What friends who study write to each other.

use super::dice::Dice;

const OPENERS: [&str; 18] = [
    "Are you at the library?",
    "Did you get anywhere with {}?",
    "Free for {} tonight?",
    "I am stuck on the {} sheet. Question 3.",
    "How did the exam go?",
    "Good morning! Session at nine?",
    "Which chapter is next in {}?",
    "I just passed you on the board :)",
    "Want to swap notes on {}?",
    "Do we meet on Thursday?",
    "My streak is at risk. Send help.",
    "Can you explain {} to me like I am five?",
    "Is the {} deadline really on Friday?",
    "Coffee before the lecture?",
    "¿Repasamos {} mañana?",
    "هل أنت في المكتبة اليوم؟",
    "一緒に勉強しない？",
    "Booked a room for {}, 14:00.",
];

const ANSWERS: [&str; 20] = [
    "Yes.",
    "Not today, tomorrow?",
    "In ten minutes.",
    "Thanks, that helped!",
    "Same here.",
    "Look at page 84, the example there is the same.",
    "I will send you my notes.",
    "Haha, no.",
    "Ok, see you there.",
    "Give me half an hour, the timer is running.",
    "Try it with the other substitution first.",
    "I think so. The tutor said the same.",
    "👍",
    "Only if you bring the snacks.",
    "The second part is much easier.",
    "Done! One point for me.",
    "نعم، بعد ساعة.",
    "Claro, a las seis.",
    "もちろん！",
    "No idea. Let us ask in the group.",
];

/// What is said in turn of a conversation.
pub(super) fn line(dice: &mut Dice, turn: usize, subjects: &[&'static str]) -> String {
    let lines: &[&str] = if turn == 0 { &OPENERS } else { &ANSWERS };
    dice.words(lines).replace("{}", dice.words(subjects))
}
