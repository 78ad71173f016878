//! The macro that makes a struct and its table out of one list.

/// Declares a program's settings: a struct with one [`Resolved`](crate::settings::Resolved) value each, and the table
/// of which flags, help, reference and schema are made. The documentation of a field is the help of its flag.
#[macro_export]
macro_rules! settings {
    (
        $(#[$meta:meta])*
        $vis:vis struct $config:ident in $file:literal or $file_variable:literal {
            $(
                $(#[doc = $help:literal])+
                $name:ident: $type:ty { $($field:ident: $value:expr),+ $(,)? }
            ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $config {
            /// The configuration file, when there is one.
            $vis file: Option<std::path::PathBuf>,
            $(
                $(#[doc = $help])+
                $vis $name: $crate::settings::Resolved<$type>,
            )+
        }

        impl $crate::settings::Settings for $config {
            const FILE: &'static str = $file;
            const FILE_VARIABLE: &'static str = $file_variable;
            const TABLE: &'static [$crate::settings::Setting] = &[
                $($crate::settings!(@setting $name $type [$($help)+] $($field: $value)+)),+
            ];

            fn read(
                sources: &$crate::settings::Sources<'_>,
            ) -> Result<Self, $crate::settings::ConfigError> {
                Ok(Self {
                    file: sources.file(),
                    $(
                        $name: sources.get(const {
                            &$crate::settings!(@setting $name $type [$($help)+] $($field: $value)+)
                        })?,
                    )+
                })
            }

            fn file(&self) -> Option<&std::path::Path> {
                self.file.as_deref()
            }

            fn shown(&self) -> Vec<$crate::settings::Shown> {
                vec![
                    $($crate::settings::Shown {
                        name: stringify!($name),
                        value: $crate::settings::Value::shown(&self.$name.value),
                        origin: self.$name.origin.clone(),
                    }),+
                ]
            }
        }
    };
    (@setting $name:ident $type:ty [$($help:literal)+] $($field:ident: $value:expr)+) => {
        $crate::settings::Setting {
            name: stringify!($name),
            help: &[$($help),+],
            kind: <$type as $crate::settings::Value>::KIND,
            $($field: $value,)+
            ..$crate::settings::Setting::NEW
        }
    };
}
