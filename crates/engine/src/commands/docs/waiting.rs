//! What the texts of commands that wait for a key have in common.

use super::super::spec::{Arg, ArgKind};

pub const TIMEOUT: Arg = Arg { name: "timeout", kind: ArgKind::Double, ..Arg::NONE };

pub const KEYS_AND_TIMEOUT: &[Arg] = &[Arg { name: "key", kind: ArgKind::Key, multiple: true, ..Arg::NONE }, TIMEOUT];

pub const DOUBLE_TIMEOUT: &[(&str, &str)] = &[("6.0.0", "`timeout` is interpreted as a double instead of an integer.")];
