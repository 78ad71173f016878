//! What a change does with a field that may be empty.

/// Leaving a field as it is, emptying it, and filling it are three different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edit<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It has no value any more.
    Clear,
    /// It has this value.
    Set(T),
}

impl<T> Edit<T> {
    /// The value, for something new, that has nothing to keep.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Keep | Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The field's value after the change.
    pub fn applied<U: Clone>(&self, current: Option<&U>, stored: impl Fn(&T) -> U) -> Option<U> {
        match self {
            Self::Keep => current.cloned(),
            Self::Clear => None,
            Self::Set(value) => Some(stored(value)),
        }
    }
}
