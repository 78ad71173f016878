//! `cargo xtask check`: everything that must hold for the sources before the tests are worth running.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::ensure;
use clap::Args;

use crate::checks::{ALL, Check};
use crate::workspace::Workspace;

/// Check format, lints, documentation, crate arrows, tidiness and dependencies.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these checks; all of them unless named.
    names: Vec<String>,
}

/// Runs every check, whatever the ones before it say; fails when one of them does.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    let mut failed = 0;
    for check in chosen(&arguments.names)? {
        failed += usize::from(!report(check, &workspace));
    }
    if failed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    println!("{failed} of the checks failed");
    Ok(ExitCode::FAILURE)
}

fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Check>> {
    let known: Vec<_> = ALL.iter().map(|check| check.name).collect();
    for name in names {
        ensure!(
            known.contains(&name.as_str()),
            "there is no check {name:?}; there are: {}",
            known.join(", ")
        );
    }
    Ok(ALL
        .iter()
        .filter(|check| names.is_empty() || names.iter().any(|name| name == check.name))
        .collect())
}

/// Prints the verdict of one check and tells whether it is good.
fn report(check: &Check, workspace: &Workspace) -> bool {
    let start = Instant::now();
    let problems = match (check.run)(workspace) {
        Ok(findings) if findings.problems.is_empty() => {
            let note = findings
                .note
                .map(|note| format!(" ({note})"))
                .unwrap_or_default();
            println!(
                "ok      {}{note}, {:.1} s",
                check.name,
                start.elapsed().as_secs_f64()
            );
            return true;
        }
        Ok(findings) => findings.problems,
        Err(error) => vec![format!("it could not be done: {error:#}")],
    };
    println!("FAILED  {}", check.name);
    for problem in problems {
        println!("        {problem}");
    }
    println!("        to fix it: {}", check.fix);
    false
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn an_unknown_check_is_refused_and_none_means_all() {
        assert!(chosen(&["tidines".into()]).is_err());
        assert_eq!(chosen(&["tidiness".into()]).unwrap().len(), 1);
        assert!(chosen(&[]).unwrap().len() > 4);
    }
}
