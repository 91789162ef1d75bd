//! How one setting is read from TOML or from the environment, and written back.

use std::{net::SocketAddr, path::PathBuf};

use salon_core::image::protection::RuleFormat;
use salon_identity::{Network, Secret};
use salon_outbound::Scheme;
use salon_store::HashAlgo;
use toml::{Value, de::DeValue};

/// A kind of value that a setting can have.
pub(crate) trait Setting: Sized {
    /// Reads what the file has; `Err` says what was expected.
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String>;
    /// Reads what the environment has.
    fn from_text(text: &str) -> Result<Self, String>;
    /// As it would stand in the file; `None` for a setting that is not set.
    fn to_toml(&self) -> Option<Value>;
}

/// A setting whose text is the same in the file (as a string) and in the environment.
macro_rules! text_setting {
    ($type:ty, $expected:literal, $parse:expr, $show:expr) => {
        impl Setting for $type {
            fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
                Self::from_text(value.as_str().ok_or_else(|| format!("expected {}", $expected))?)
            }

            fn from_text(text: &str) -> Result<Self, String> {
                let parse: fn(&str) -> Option<Self> = $parse;
                parse(text).ok_or_else(|| format!("expected {}, found {text:?}", $expected))
            }

            fn to_toml(&self) -> Option<Value> {
                let show: fn(&Self) -> String = $show;
                Some(Value::String(show(self)))
            }
        }
    };
}

text_setting!(String, "a string", |text| Some(text.to_owned()), |value| value.clone());
text_setting!(PathBuf, "a path", |text| Some(PathBuf::from(text)), |value| value.display().to_string());
text_setting!(SocketAddr, "an address with a port, such as \"127.0.0.1:9292\"", |text| text.parse().ok(), |value| {
    value.to_string()
});
text_setting!(Network, "a network, such as \"10.0.0.0/8\"", |text| text.parse().ok(), |value| value.to_string());

text_setting!(Scheme, "http or https", Scheme::parse, |value| value.as_str().to_owned());

text_setting!(HashAlgo, "one of md5, sha1, sha224, sha256, sha384, sha512", HashAlgo::parse, |value| value
    .as_str()
    .to_owned());

impl Setting for Secret {
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        value.as_str().map(|text| Self::new(text.to_owned())).ok_or_else(|| "expected a string".to_owned())
    }

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self::new(text.to_owned()))
    }

    /// Never shown.
    fn to_toml(&self) -> Option<Value> {
        Some(Value::String(if self.reveal().is_empty() { String::new() } else { "***".to_owned() }))
    }
}

impl Setting for bool {
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| "expected true or false".to_owned())
    }

    fn from_text(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(format!("expected true or false, found {text:?}")),
        }
    }

    fn to_toml(&self) -> Option<Value> {
        Some(Value::Boolean(*self))
    }
}

macro_rules! number_setting {
    ($($type:ty),*) => {$(
        impl Setting for $type {
            fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
                let number = value.as_integer().ok_or_else(|| "expected a whole number".to_owned())?;
                let parsed = <$type>::from_str_radix(number.as_str(), number.radix()).ok();
                parsed.ok_or_else(|| format!("expected a whole number from {} to {}", <$type>::MIN, i64::MAX.min(<$type>::MAX as i64).max(1)))
            }

            fn from_text(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("expected a whole number, found {text:?}"))
            }

            fn to_toml(&self) -> Option<Value> {
                Some(Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX)))
            }
        }
    )*};
}

number_setting!(u16, u32, u64, i64);

/// A quota, where Glance writes a negative number for "no limit".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota(pub(crate) Option<u64>);

impl Setting for Quota {
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        i64::from_toml(value).map(|number| Self(u64::try_from(number).ok()))
    }

    fn from_text(text: &str) -> Result<Self, String> {
        i64::from_text(text).map(|number| Self(u64::try_from(number).ok()))
    }

    fn to_toml(&self) -> Option<Value> {
        Some(Value::Integer(self.0.map_or(-1, |number| i64::try_from(number).unwrap_or(i64::MAX))))
    }
}

/// Bytes, where 0 means "no limit", as in `user_storage_quota`; a unit may follow (`10GB`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Storage(pub(crate) Option<u64>);

impl Setting for Storage {
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        match value.as_str() {
            Some(text) => Self::from_text(text),
            None => u64::from_toml(value).map(|bytes| Self((bytes > 0).then_some(bytes))),
        }
    }

    fn from_text(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected bytes, or a number with a unit (B, KB, MB, GB, TB), found {text:?}");
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let unit = text.get(digits.len()..).unwrap_or_default().to_ascii_uppercase();
        let shift = match unit.as_str() {
            "" | "B" => 0,
            "KB" => 10,
            "MB" => 20,
            "GB" => 30,
            "TB" => 40,
            _ => return Err(wrong()),
        };
        let number: u64 = digits.trim().parse().map_err(|_| wrong())?;
        let bytes = number.checked_mul(1 << shift).ok_or_else(wrong)?;
        Ok(Self((bytes > 0).then_some(bytes)))
    }

    fn to_toml(&self) -> Option<Value> {
        Some(Value::Integer(i64::try_from(self.0.unwrap_or(0)).unwrap_or(i64::MAX)))
    }
}

impl<T: Setting> Setting for Option<T> {
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        T::from_toml(value).map(Some)
    }

    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { T::from_text(text).map(Some) }
    }

    fn to_toml(&self) -> Option<Value> {
        self.as_ref().and_then(T::to_toml)
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
        match value.as_array() {
            Some(items) => items.iter().map(|item| T::from_toml(item.get_ref())).collect(),
            // Glance's files separate items by commas; a single string is read the same way.
            None => match value.as_str() {
                Some(text) => Self::from_text(text),
                None => Err("expected a list".to_owned()),
            },
        }
    }

    fn from_text(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::from_text).collect()
    }

    fn to_toml(&self) -> Option<Value> {
        Some(Value::Array(self.iter().filter_map(T::to_toml).collect()))
    }
}

/// A choice among few words.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl Setting for $name {
            fn from_toml(value: &DeValue<'_>) -> Result<Self, String> {
                Self::from_text(value.as_str().unwrap_or_default())
            }

            fn from_text(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(format!("expected one of {}", [$($word),*].join(", "))),
                }
            }

            fn to_toml(&self) -> Option<Value> {
                Some(Value::String(self.word().to_owned()))
            }
        }
    };
}

choice! {
    /// Who says who is calling.
    IdentityMode {
        /// This server, from its own catalog.
        BuiltIn = "built-in",
        /// A Keystone.
        Keystone = "keystone",
        /// An authenticating gateway in front.
        Proxy = "proxy",
    }
}

choice! {
    /// What the keys of a property protection file hold.
    ProtectionFormat {
        /// Names of roles.
        Roles = "roles",
        /// The name of one policy rule.
        Policies = "policies",
    }
}

impl From<ProtectionFormat> for RuleFormat {
    fn from(format: ProtectionFormat) -> Self {
        match format {
            ProtectionFormat::Roles => Self::Roles,
            ProtectionFormat::Policies => Self::Policies,
        }
    }
}

choice! {
    /// What the answer about a message that is not there is, when it is to be taken back.
    RedactUnknown {
        /// Success: there is nothing of it to be seen.
        Ok = "ok",
        /// That it is not there.
        NotFound = "not-found",
    }
}

choice! {
    /// The shape of log lines.
    LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}
