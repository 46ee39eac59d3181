"""Reads the files that the binary wrote with pyarrow and DuckDB: types, all rows, every value.

The working folder holds worklogs.{parquet,arrow,csv}, issues.{parquet,arrow,csv} and empty.parquet; the argument names
a JSON file with the values that they should have.
"""

import json
import sys

import duckdb
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

INSTANT = pa.timestamp("us", tz="UTC")

WORKLOGS = {
    "Id": pa.int64(),
    "IssueId": pa.int64(),
    "IssueKey": pa.string(),
    "Comment": pa.string(),
    "Started": INSTANT,
    "TimeSpent": pa.string(),
    "TimeSpentSeconds": pa.int64(),
}

ISSUES = {
    "Id": pa.int64(),
    "Key": pa.string(),
    "Summary": pa.string(),
    "Subtask": pa.bool_(),
    "Labels": pa.list_(pa.string()),
    "DueDate": pa.date32(),
    "Created": INSTANT,
    "Half": pa.float64(),
}

SQL_TYPES = {
    pa.int64(): "BIGINT",
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.float64(): "DOUBLE",
    INSTANT: "TIMESTAMP WITH TIME ZONE",
    pa.list_(pa.string()): "VARCHAR[]",
}


def same(what, found, expected):
    """Fails with the first difference of two lists or values."""
    if found == expected:
        return
    if isinstance(found, list) and isinstance(expected, list):
        if len(found) != len(expected):
            sys.exit(f"{what}: {len(found)} found, {len(expected)} expected")
        for one, other in zip(found, expected):
            if one != other:
                sys.exit(f"{what}:\nfound    {one!r}\nexpected {other!r}")
    sys.exit(f"{what}:\nfound    {found!r}\nexpected {expected!r}")


def has_types(what, schema, types):
    same(f"{what}: names", schema.names, list(types))
    for name, expected in types.items():
        found = schema.field(name).type
        # The name of a list's item is no part of its type, and differs between writers.
        if pa.types.is_list(expected):
            same(f"{what}: type of {name}", (pa.types.is_list(found), found.value_type), (True, expected.value_type))
        else:
            same(f"{what}: type of {name}", found, expected)


def microseconds(column):
    return column.cast(pa.int64()).to_pylist()


def worklog_rows(table):
    columns = [table[name].to_pylist() for name in ("Id", "IssueId", "IssueKey", "TimeSpentSeconds")]
    absent = [text is None for text in table["Comment"].to_pylist()]
    return sorted(zip(*columns, microseconds(table["Started"]), absent))


def issue_rows(table):
    columns = [table[name].to_pylist() for name in ("Id", "Key", "Summary", "Labels")]
    due = [day and day.isoformat() for day in table["DueDate"].to_pylist()]
    return sorted(zip(*columns, due, microseconds(table["Created"])), key=lambda row: row[0])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        expected = json.load(file)
    worklogs = sorted(
        (w["id"], w["issue"], w["key"], w["seconds"], w["started"], w["comment"] is None) for w in expected["worklogs"]
    )
    issues = sorted(
        ((i["id"], i["key"], i["summary"], i["labels"], i["due"], i["created"]) for i in expected["issues"]),
        key=lambda row: row[0],
    )
    total = sum(row[3] for row in worklogs)

    for what, table in (
        ("worklogs.parquet", pa.parquet.read_table("worklogs.parquet")),
        ("worklogs.arrow", pa.ipc.open_file("worklogs.arrow").read_all()),
    ):
        has_types(what, table.schema, WORKLOGS)
        same(f"{what}: rows", worklog_rows(table), worklogs)
    for what, table in (
        ("issues.parquet", pa.parquet.read_table("issues.parquet")),
        ("issues.arrow", pa.ipc.open_file("issues.arrow").read_all()),
    ):
        has_types(what, table.schema, ISSUES)
        same(f"{what}: rows", issue_rows(table), issues)
    empty = pa.parquet.read_table("empty.parquet")
    has_types("empty.parquet", empty.schema, WORKLOGS)
    same("empty.parquet: rows", empty.num_rows, 0)
    group = pa.parquet.ParquetFile("worklogs.parquet").metadata.row_group(0)
    same("worklogs.parquet: compression", {group.column(i).compression for i in range(group.num_columns)}, {"ZSTD"})

    database = duckdb.connect()
    for name, types in (("worklogs", WORKLOGS), ("issues", ISSUES)):
        described = database.sql(f"DESCRIBE SELECT * FROM '{name}.parquet'").fetchall()
        wanted = [(column, SQL_TYPES[kind]) for column, kind in types.items()]
        same(f"DuckDB: types of {name}.parquet", [row[:2] for row in described], wanted)
    for name in ("worklogs.parquet", "worklogs.csv"):
        totals = database.sql(f"SELECT count(*), sum(TimeSpentSeconds), count(DISTINCT Id) FROM '{name}'").fetchall()[0]
        same(f"DuckDB: totals of {name}", totals, (len(worklogs), total, len(worklogs)))
        rows = database.sql(
            "SELECT Id, IssueId, IssueKey, TimeSpentSeconds, epoch_us(Started), Comment IS NULL "
            f"FROM '{name}' ORDER BY Id"
        ).fetchall()
        # CSV has milliseconds, and its reader takes an empty text for an absent one.
        cut = name.endswith(".csv")
        row_of = lambda row: row[:4] + ((row[4] // 1000,) if cut else row[4:])
        same(f"DuckDB: rows of {name}", [row_of(row) for row in rows], [row_of(row) for row in worklogs])
    rows = database.sql(
        "SELECT Id, Key, Summary, Labels, CAST(DueDate AS VARCHAR), epoch_us(Created) FROM 'issues.parquet' ORDER BY Id"
    ).fetchall()
    same("DuckDB: rows of issues.parquet", rows, issues)


main()
