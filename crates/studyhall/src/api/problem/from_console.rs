//! From problems of the operations API to ours. Exhaustive: a new kind must choose.

use twinbase_console::ProblemKind;

use super::{Code, Fault, Problem};

impl From<twinbase_console::Problem> for Problem {
    fn from(problem: twinbase_console::Problem) -> Self {
        let code = match problem.kind {
            ProblemKind::MalformedJson => Code::MalformedJson,
            ProblemKind::MalformedBody => Code::MalformedBody,
            ProblemKind::InvalidParameter => Code::InvalidParameter,
            ProblemKind::NotFound => Code::NotFound,
            ProblemKind::OperationEnded => Code::OperationEnded,
            ProblemKind::PayloadTooLarge => Code::PayloadTooLarge,
            ProblemKind::UnsupportedMediaType => Code::UnsupportedMediaType,
            ProblemKind::InvalidFields => Code::InvalidFields,
            ProblemKind::Busy => Code::Busy,
            ProblemKind::Contention => Code::Contention,
            ProblemKind::PrimaryUnavailable => Code::PrimaryUnavailable,
            ProblemKind::Internal => Code::Internal,
        };
        let mut ours = Self::new(code, problem.detail);
        let errors = problem.errors.into_iter();
        ours.0.errors = errors
            .map(|fault| Fault {
                pointer: fault.pointer,
                parameter: fault.parameter,
                detail: fault.detail,
            })
            .collect();
        ours
    }
}
