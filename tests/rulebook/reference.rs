//! A second, slow reading of expressions, written on its own over the parser's tree: what the lowered ones are held against.
//!
//! Everything is looked up by name and every value is owned; nothing is shared with the rulebook's room but the parser.

use cel::common::ast::{Expr, IdedExpr, LiteralValue};
use relevo::contract::Date;

use crate::table::{Known, Table};

/// A value; unknown is no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Truth(bool),
    Number(f64),
    Text(String),
    Date(Date),
    Days(f64),
    List(Vec<Value>),
}

/// What the expression is for this subject; `None` is unknown.
pub fn evaluate(expression: &str, table: &Table) -> Option<bool> {
    let env = cel::Env::default().with_optional_support(false);
    let tree = env.parser().parse(expression).expect("generated expressions parse");
    match value(&tree, table) {
        None => None,
        Some(Value::Truth(truth)) => Some(truth),
        Some(other) => panic!("{expression} is {other:?}"),
    }
}

fn path(expr: &IdedExpr) -> Option<String> {
    match &expr.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) => Some(format!("{}.{}", path(&select.operand)?, select.field)),
        _ => None,
    }
}

fn value(expr: &IdedExpr, table: &Table) -> Option<Value> {
    match &expr.expr {
        Expr::Literal(literal) => Some(match literal {
            LiteralValue::Boolean(truth) => Value::Truth(*truth.inner()),
            LiteralValue::Int(number) => Value::Number(*number.inner() as f64),
            LiteralValue::Double(number) => Value::Number(*number.inner()),
            LiteralValue::String(text) => Value::Text(text.inner().to_owned()),
            other => panic!("{other:?}"),
        }),
        Expr::Ident(_) | Expr::Select(_) => table.0.get(&path(expr).expect("a path")).map(|known| match known.clone() {
            Known::Truth(truth) => Value::Truth(truth),
            Known::Number(number) => Value::Number(number),
            Known::Text(text) => Value::Text(text),
            Known::Date(date) => Value::Date(date),
        }),
        Expr::List(list) => list.elements.iter().map(|element| value(element, table)).collect::<Option<Vec<_>>>().map(Value::List),
        Expr::Call(call) => {
            let args: Vec<&IdedExpr> = call.target.iter().map(|target| &**target).chain(&call.args).collect();
            function(&call.func_name, &args, table)
        }
        other => panic!("{other:?}"),
    }
}

fn function(name: &str, args: &[&IdedExpr], table: &Table) -> Option<Value> {
    let get = |index: usize| value(args[index], table);
    let truth = |index: usize| get(index).map(|value| value == Value::Truth(true));
    match name {
        "_&&_" => match (truth(0), truth(1)) {
            (Some(false), _) | (_, Some(false)) => Some(Value::Truth(false)),
            (Some(true), Some(true)) => Some(Value::Truth(true)),
            _ => None,
        },
        "_||_" => match (truth(0), truth(1)) {
            (Some(true), _) | (_, Some(true)) => Some(Value::Truth(true)),
            (Some(false), Some(false)) => Some(Value::Truth(false)),
            _ => None,
        },
        "!_" => truth(0).map(|truth| Value::Truth(!truth)),
        "_?_:_" => {
            if truth(0)? {
                get(1)
            } else {
                get(2)
            }
        }
        "-_" => number(-number_of(get(0)?)),
        "has" => Some(Value::Truth(table.0.contains_key(&path(args[0]).expect("a path")))),
        "_[_]" => count(args[0], &get(1)?, table).map(Value::Number),
        "@in" => {
            if path(args[1]).is_some_and(|path| path.ends_with("_seen")) {
                return count(args[1], &get(0)?, table).map(|count| Value::Truth(count > 0.0));
            }
            let Value::List(items) = get(1)? else { panic!("no list") };
            let item = get(0)?;
            Some(Value::Truth(items.contains(&item)))
        }
        "size" => number(text_of(get(0)?).chars().count() as f64),
        "duration" => {
            let text = text_of(get(0)?);
            let (digits, unit) = text.split_at(text.len() - 1);
            let of_a_day = match unit {
                "d" => 1.0,
                "h" => 24.0,
                _ => 1_440.0,
            };
            Some(Value::Days(digits.parse::<f64>().expect("digits") / of_a_day))
        }
        "date" => Some(Value::Date(Date::parse(&text_of(get(0)?)).expect("a date"))),
        "contains" => Some(Value::Truth(text_of(get(0)?).contains(&text_of(get(1)?)))),
        "startsWith" => Some(Value::Truth(text_of(get(0)?).starts_with(&text_of(get(1)?)))),
        "endsWith" => Some(Value::Truth(text_of(get(0)?).ends_with(&text_of(get(1)?)))),
        "_+_" | "_-_" | "_*_" | "_/_" => arithmetic(name, get(0)?, get(1)?),
        comparison => Some(Value::Truth(compare(comparison, &get(0)?, &get(1)?))),
    }
}

fn count(counts: &IdedExpr, name: &Value, table: &Table) -> Option<f64> {
    let Value::Text(name) = name else { panic!("{name:?}") };
    match table.0.get(&format!("{}/{name}", path(counts)?)) {
        Some(Known::Number(count)) => Some(*count),
        _ => Some(0.0),
    }
}

fn arithmetic(name: &str, left: Value, right: Value) -> Option<Value> {
    match (left, right) {
        (Value::Date(date), Value::Days(days)) => {
            let days = if name == "_-_" { -days } else { days };
            Some(Value::Date(Date::from_days(date.as_days() + days as i32)))
        }
        (Value::Date(to), Value::Date(from)) => Some(Value::Days(f64::from(to.as_days() - from.as_days()))),
        (left, right) => {
            let (left, right) = (number_of(left), number_of(right));
            number(match name {
                "_+_" => left + right,
                "_-_" => left - right,
                "_*_" => left * right,
                _ => left / right,
            })
        }
    }
}

fn compare(name: &str, left: &Value, right: &Value) -> bool {
    let ordering = match (left, right) {
        (Value::Number(a), Value::Number(b)) | (Value::Days(a), Value::Days(b)) => a.partial_cmp(b).expect("finite"),
        (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Value::Date(a), Value::Date(b)) => a.as_days().cmp(&b.as_days()),
        (Value::Truth(a), Value::Truth(b)) => a.cmp(b),
        other => panic!("{other:?}"),
    };
    match name {
        "_==_" => ordering.is_eq(),
        "_!=_" => ordering.is_ne(),
        "_<_" => ordering.is_lt(),
        "_<=_" => ordering.is_le(),
        "_>_" => ordering.is_gt(),
        "_>=_" => ordering.is_ge(),
        other => panic!("{other}"),
    }
}

fn number(value: f64) -> Option<Value> {
    value.is_finite().then_some(Value::Number(value))
}

fn number_of(value: Value) -> f64 {
    match value {
        Value::Number(number) => number,
        other => panic!("{other:?}"),
    }
}

fn text_of(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        other => panic!("{other:?}"),
    }
}
