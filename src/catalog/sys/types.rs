//! Arrow types in the words of SQL and JDBC: the name, the code of `java.sql.Types`, and sizes.

use datafusion::arrow::datatypes::DataType;

/// A type as `sys_tablecolumns` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SqlType {
    /// `DataTypeName`.
    pub(super) name: &'static str,
    /// `DataType`: the constant of `java.sql.Types`.
    pub(super) code: i32,
    /// Bytes of a number or instant, characters of a text at most.
    pub(super) length: Option<i32>,
    /// Characters that a value takes at most when it is written out.
    pub(super) display: Option<i32>,
    /// Digits of a number, characters of a text, date or timestamp.
    pub(super) precision: Option<i32>,
    /// Digits after the point; of a second for timestamps.
    pub(super) scale: Option<i32>,
}

const fn plain(name: &'static str, code: i32) -> SqlType {
    SqlType { name, code, length: None, display: None, precision: None, scale: None }
}

const fn sized(name: &'static str, code: i32, [length, display, precision]: [i32; 3]) -> SqlType {
    SqlType { length: Some(length), display: Some(display), precision: Some(precision), ..plain(name, code) }
}

const fn whole(name: &'static str, code: i32, sizes: [i32; 3]) -> SqlType {
    SqlType { scale: Some(0), ..sized(name, code, sizes) }
}

/// The SQL type of an Arrow type. Text has no length of its own, so it gets the longest that a value can have; lists,
/// structs and what is rarer have no size.
pub(super) fn sql_type(data_type: &DataType) -> SqlType {
    match data_type {
        DataType::Null => plain("NULL", 0),
        DataType::Boolean => sized("BOOLEAN", 16, [1, 5, 1]),
        DataType::Int8 => whole("TINYINT", -6, [1, 4, 3]),
        DataType::Int16 | DataType::UInt8 => whole("SMALLINT", 5, [2, 6, 5]),
        DataType::Int32 | DataType::UInt16 => whole("INTEGER", 4, [4, 11, 10]),
        DataType::Int64 | DataType::UInt32 => whole("BIGINT", -5, [8, 20, 19]),
        DataType::UInt64 => whole("DECIMAL", 3, [8, 20, 20]),
        DataType::Float16 | DataType::Float32 => sized("REAL", 7, [4, 14, 7]),
        DataType::Float64 => sized("DOUBLE", 8, [8, 24, 15]),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            let digits = i32::from(*precision);
            let sizes = [digits, digits + 2, digits];
            SqlType { scale: Some(i32::from(*scale)), ..sized("DECIMAL", 3, sizes) }
        }
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => sized("VARCHAR", 12, [i32::MAX; 3]),
        DataType::Binary | DataType::BinaryView | DataType::LargeBinary | DataType::FixedSizeBinary(_) => {
            sized("VARBINARY", -3, [i32::MAX; 3])
        }
        DataType::Date32 | DataType::Date64 => sized("DATE", 91, [4, 10, 10]),
        DataType::Time32(_) | DataType::Time64(_) => {
            SqlType { scale: Some(6), ..sized("TIME", 92, [8, 15, 15]) }
        }
        // 2026-01-02T03:04:05.000000Z
        DataType::Timestamp(..) => SqlType { scale: Some(6), ..sized("TIMESTAMP", 93, [8, 27, 27]) },
        DataType::List(_)
        | DataType::ListView(_)
        | DataType::LargeList(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(..) => plain("LIST", 2003),
        DataType::Struct(_) => plain("STRUCT", 2002),
        DataType::Dictionary(_, values) => sql_type(values),
        DataType::RunEndEncoded(_, values) => sql_type(values.data_type()),
        DataType::Map(..) => plain("MAP", 1111),
        DataType::Interval(_) | DataType::Duration(_) => plain("INTERVAL", 1111),
        DataType::Union(..) => plain("UNION", 1111),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::datatypes::TimeUnit;

    #[test]
    fn types_have_the_names_and_codes_that_tools_know() {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        for (data_type, name, code) in [
            (DataType::Int64, "BIGINT", -5),
            (DataType::Utf8, "VARCHAR", 12),
            (DataType::Boolean, "BOOLEAN", 16),
            (DataType::Float64, "DOUBLE", 8),
            (utc, "TIMESTAMP", 93),
            (DataType::Date32, "DATE", 91),
            (DataType::new_list(DataType::Utf8, true), "LIST", 2003),
            (DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)), "VARCHAR", 12),
        ] {
            let found = sql_type(&data_type);
            assert_eq!((found.name, found.code), (name, code), "{data_type}");
        }
    }
}
