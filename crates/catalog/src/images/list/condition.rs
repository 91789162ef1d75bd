//! Filters as conditions on a row of `images i`.

use salon_core::{
    Timestamp,
    image::list::{Comparison, Filter, NumberField, TextField, TimeField},
};

use super::{Bound, row};

/// Filters that an index answers by itself, so that the list stays short work.
pub(super) fn is_indexed(filter: &Filter) -> bool {
    match filter {
        Filter::Text(TextField::Owner, _) => true,
        Filter::Text(field, _) => names_few(filter) || *field == TextField::Name,
        _ => false,
    }
}

/// Filters that name few images by their nature.
pub(super) fn names_few(filter: &Filter) -> bool {
    matches!(filter, Filter::Text(TextField::Id | TextField::Checksum | TextField::OsHashValue, _))
}

/// Adds the condition of one filter.
pub(super) fn add(filter: &Filter, text: &mut String, bound: &mut Bound) {
    text.push_str(" AND ");
    match filter {
        Filter::Text(TextField::Name, names) => {
            one_of("i.name", names, text, bound);
            text.push_str(" AND i.has_name = 1");
        }
        Filter::Text(TextField::DiskFormat, formats) => format("i.disk_format", formats, text, bound),
        Filter::Text(TextField::ContainerFormat, formats) => format("i.container_format", formats, text, bound),
        Filter::Text(TextField::Id, values) => one_of("i.id", values, text, bound),
        Filter::Text(TextField::Status, values) => one_of("i.status", values, text, bound),
        Filter::Text(TextField::Checksum, values) => one_of("i.checksum", values, text, bound),
        Filter::Text(TextField::OsHashValue, values) => one_of("i.os_hash_value", values, text, bound),
        Filter::Text(TextField::OsHashAlgo, values) => one_of("i.os_hash_algo", values, text, bound),
        Filter::Text(TextField::Owner, values) => one_of("i.owner", values, text, bound),
        Filter::NumberIs(field, value) => number(*field, "=", *value, text, bound),
        Filter::NumberMin(field, value) => number(*field, ">=", *value, text, bound),
        Filter::NumberMax(field, value) => number(*field, "<=", *value, text, bound),
        Filter::Time(field, comparison, instant) => time(*field, *comparison, *instant, text, bound),
        Filter::Protected(protected) => {
            text.push_str("i.protected = ?");
            bound.int(i64::from(*protected));
        }
        Filter::Tag(tag) => {
            text.push_str("EXISTS (SELECT 1 FROM image_tags f WHERE f.tag = ? AND f.image_id = i.id)");
            bound.text(tag.clone());
        }
        Filter::Property(name, value) => {
            text.push_str(
                "EXISTS (SELECT 1 FROM image_properties f \
                 WHERE f.name = ? AND f.value_hash = ? AND f.image_id = i.id AND f.value = ?)",
            );
            bound.text(name.clone());
            bound.int(row::value_hash(value));
            bound.text(value.clone());
        }
    }
}

fn one_of(column: &str, values: &[String], text: &mut String, bound: &mut Bound) {
    match values {
        [] => text.push_str("1 = 0"),
        [one] => {
            text.push_str(&format!("{column} = ?"));
            bound.text(one.clone());
        }
        several => {
            text.push_str(&format!("{column} IN ({})", vec!["?"; several.len()].join(", ")));
            for value in several {
                bound.text(value.clone());
            }
        }
    }
}

/// An empty format in the row is none at all, which equals nothing.
fn format(column: &str, values: &[String], text: &mut String, bound: &mut Bound) {
    one_of(column, values, text, bound);
    text.push_str(&format!(" AND {column} <> ''"));
}

fn number(field: NumberField, sign: &str, value: i64, text: &mut String, bound: &mut Bound) {
    let column = match field {
        NumberField::Size => "i.size",
        NumberField::VirtualSize => "i.virtual_size",
        NumberField::MinRam => "i.min_ram",
        NumberField::MinDisk => "i.min_disk",
    };
    text.push_str(&format!("{column} {sign} ?"));
    bound.int(value);
    if field == NumberField::Size {
        // A missing size is -1 in the row, and equals nothing.
        text.push_str(" AND i.size >= 0");
    }
}

/// Answers show whole seconds, so an instant stands for its whole second.
fn time(field: TimeField, comparison: Comparison, instant: Timestamp, text: &mut String, bound: &mut Bound) {
    let column = match field {
        TimeField::CreatedAt => "i.created_at",
        TimeField::UpdatedAt => "i.updated_at",
    };
    let begin = instant.seconds().saturating_mul(1_000_000);
    let end = begin.saturating_add(1_000_000);
    match comparison {
        Comparison::Gt => text.push_str(&format!("{column} >= ?")),
        Comparison::Gte => text.push_str(&format!("{column} >= ?")),
        Comparison::Lt => text.push_str(&format!("{column} < ?")),
        Comparison::Lte => text.push_str(&format!("{column} < ?")),
        Comparison::Eq => text.push_str(&format!("({column} >= ? AND {column} < ?)")),
        Comparison::Neq => text.push_str(&format!("({column} < ? OR {column} >= ?)")),
        Comparison::After => text.push_str(&format!("{column} > ?")),
    }
    match comparison {
        Comparison::Gt | Comparison::Lte => bound.int(end),
        Comparison::Gte | Comparison::Lt => bound.int(begin),
        Comparison::Eq | Comparison::Neq => {
            bound.int(begin);
            bound.int(end);
        }
        Comparison::After => bound.int(instant.0),
    }
}
