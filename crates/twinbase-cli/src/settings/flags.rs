//! The settings as flags of a command line.

use std::{
    fmt,
    marker::PhantomData,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

use super::{Kind, Setting, Settings};

const HEADING: &str = "Configuration";

/// The id of the flag that names the configuration file.
const FILE: &str = "config";

/// What the command line says of the settings `C`.
pub struct Flags<C> {
    file: Option<PathBuf>,
    values: Vec<(&'static str, String)>,
    settings: PhantomData<C>,
}

impl<C> Flags<C> {
    /// The configuration file that is named.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The settings that are given, by name.
    pub(super) fn values(&self) -> &[(&'static str, String)] {
        &self.values
    }
}

impl<C> fmt::Debug for Flags<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values may be secrets.
        let names: Vec<_> = self.values.iter().map(|(name, _)| name).collect();
        f.debug_tuple("Flags").field(&names).finish()
    }
}

impl<C: Settings> Args for Flags<C> {
    fn augment_args(command: Command) -> Command {
        let help = format!(
            "The configuration file [env: {}] [default: {}, if it exists]",
            C::FILE_VARIABLE,
            C::FILE
        );
        let file = Arg::new(FILE)
            .long(FILE)
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help(help);
        let flags = C::TABLE.iter().map(flag);
        command.args(
            std::iter::once(file)
                .chain(flags)
                .map(|flag| flag.global(true).help_heading(HEADING)),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn flag(setting: &Setting) -> Arg {
    let default = match setting.default {
        "" => String::new(),
        default => format!(" [default: {default}]"),
    };
    let (summary, details) = (setting.summary(), setting.details());
    let short = format!("{summary} [env: {}]{default}", setting.variable);
    let long = format!(
        "{summary} [env: {}]{default}\n\n{details}",
        setting.variables()
    );
    let flag = Arg::new(setting.name)
        .long(setting.name.replace('_', "-"))
        .value_name(setting.value)
        .help(short)
        .long_help(long.trim_end().to_owned());
    let flag = match setting.short {
        Some(letter) => flag.short(letter),
        None => flag,
    };
    match setting.kind {
        Kind::Switch => flag
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Kind::Text | Kind::Number => flag,
    }
}

impl<C: Settings> FromArgMatches for Flags<C> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let value = |setting: &Setting| {
            let value = matches.get_one::<String>(setting.name)?;
            Some((setting.name, value.clone()))
        };
        Ok(Self {
            file: matches.get_one(FILE).cloned(),
            values: C::TABLE.iter().filter_map(value).collect(),
            settings: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
