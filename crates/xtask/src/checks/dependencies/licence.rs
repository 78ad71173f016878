//! SPDX licence expressions: whether what a package offers can be taken.

/// Whether `expression` can be satisfied with the `allowed` licences: one side of every `OR`, both of every `AND`.
/// What cannot be read is not allowed.
pub(super) fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    // Old packages write a slash for OR.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = Words {
        rest: spaced.split_whitespace().collect(),
        allowed,
    };
    words.any_of() == Some(true) && words.rest.is_empty()
}

struct Words<'a> {
    rest: Vec<&'a str>,
    allowed: &'a [String],
}

impl Words<'_> {
    fn any_of(&mut self) -> Option<bool> {
        let mut is_allowed = self.all_of()?;
        while self.take("OR") {
            is_allowed |= self.all_of()?;
        }
        Some(is_allowed)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut is_allowed = self.one()?;
        while self.take("AND") {
            is_allowed &= self.one()?;
        }
        Some(is_allowed)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let inner = self.any_of()?;
            return self.take(")").then_some(inner);
        }
        let mut licence = self.next()?.to_owned();
        if self.take("WITH") {
            licence = format!("{licence} WITH {}", self.next()?);
        }
        Some(self.allowed.contains(&licence))
    }

    fn take(&mut self, word: &str) -> bool {
        let is_next = self.rest.first() == Some(&word);
        if is_next {
            self.rest.remove(0);
        }
        is_next
    }

    fn next(&mut self) -> Option<&str> {
        (!self.rest.is_empty()).then(|| self.rest.remove(0))
    }
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[track_caller]
    fn check(expression: &str, expected: bool) {
        let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }

    #[test]
    fn one_side_of_or_is_enough_and_both_of_and_are_needed() {
        check("MIT", true);
        check("GPL-3.0", false);
        check("GPL-3.0 OR MIT", true);
        check("GPL-3.0/MIT", true);
        check("GPL-3.0 AND MIT", false);
        check("MIT AND Apache-2.0", true);
    }

    #[test]
    fn and_binds_closer_than_or_and_brackets_closer_still() {
        check("MIT OR GPL-3.0 AND BSD-3-Clause", true);
        check("(MIT OR GPL-3.0) AND BSD-3-Clause", false);
        check("(MIT OR GPL-3.0) AND Apache-2.0", true);
    }

    #[test]
    fn an_exception_is_a_licence_of_its_own() {
        check("Apache-2.0 WITH LLVM-exception", true);
        check("MIT WITH LLVM-exception", false);
    }

    #[test]
    fn what_cannot_be_read_is_not_allowed() {
        for expression in ["", "MIT OR", "(MIT", "MIT)", "MIT Apache-2.0", "AND MIT"] {
            check(expression, false);
        }
    }
}
