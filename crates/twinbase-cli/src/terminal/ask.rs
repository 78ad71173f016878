//! Questions to a person, and notes beside the data.

use std::io::{self, IsTerminal as _, Write as _};

use super::{Failure, mask::masked};

/// Says something on stderr.
pub fn say(text: &str) {
    // Nobody is left to be told when stderr is gone.
    writeln!(io::stderr(), "{}", masked(text)).ok();
}

/// Asks a question that only a plain yes answers. Without a terminal there is nobody to ask: that is an
/// error of usage with this remedy, and it never hangs.
pub async fn ask(question: &str, remedy: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new(
            format!("{question} Nobody can be asked: stdin is not a terminal"),
            remedy,
        )
        .of_usage());
    }
    write!(io::stderr(), "{} [y/N] ", masked(question)).ok();
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let answer = answer.await.ok().and_then(Result::ok).unwrap_or_default();
    Ok(is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_plain_yes_is_a_yes() {
        for answer in ["y\n", "Y\n", "yes", " YES \r\n"] {
            assert!(is_yes(answer), "{answer:?}");
        }
        for answer in ["", "\n", "n\n", "yep\n", "yes please\n", "1\n"] {
            assert!(!is_yes(answer), "{answer:?}");
        }
    }
}
