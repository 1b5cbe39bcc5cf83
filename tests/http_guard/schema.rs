//! The part of JSON Schema that the API's document uses. A word that is not known here is a failed test,
//! so that nothing is taken for checked that was not.

use serde_json::Value;

/// What is wrong with `value`, each with its place. Fields that the schema does not name are wrong too.
pub fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(document, schema, value, "", &mut faults);
    faults
}

/// What a `$ref` means, or the thing itself.
pub fn resolve<'a>(document: &'a Value, thing: &'a Value) -> &'a Value {
    match thing["$ref"].as_str() {
        Some(place) => {
            document.pointer(place.trim_start_matches('#')).unwrap_or_else(|| panic!("no {place}"))
        }
        None => thing,
    }
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let schema = resolve(document, schema);
    let mut fault = |what: String| faults.push(format!("{at}: {what}"));
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "type" => {
                let is = |name: &Value| is_a(name.as_str().unwrap(), value);
                let any = rule.as_array().map_or_else(|| is(rule), |all| all.iter().any(is));
                if !any {
                    fault(format!("{value} is no {rule}"));
                }
            }
            "enum" if !rule.as_array().unwrap().contains(value) => {
                fault(format!("{value} is none of {rule}"));
            }
            "const" if rule != value => fault(format!("{value} is not {rule}")),
            "minimum" if value.as_f64() < rule.as_f64() && value.is_number() => {
                fault(format!("{value} < {rule}"));
            }
            "maximum" if value.as_f64() > rule.as_f64() => fault(format!("{value} > {rule}")),
            "format" => {
                assert_eq!(rule, "date-time");
                if let Some(text) = value.as_str()
                    && chrono::DateTime::parse_from_rfc3339(text).is_err()
                {
                    fault(format!("{value} is no time"));
                }
            }
            "required" => {
                let missing = rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|name| value.is_object() && value.get(name.as_str().unwrap()).is_none());
                missing.for_each(|name| fault(format!("{name} is missing")));
            }
            _ => {}
        }
    }
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "properties" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    match rule.get(name) {
                        Some(rule) => check(document, rule, inner, &format!("{at}/{name}"), faults),
                        None => faults.push(format!("{at}: {name} is not described")),
                    }
                }
            }
            "items" => {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(document, rule, item, &format!("{at}/{n}"), faults);
                }
            }
            "oneOf" => {
                let tried: Vec<_> =
                    rule.as_array().unwrap().iter().map(|rule| self::faults(document, rule, value)).collect();
                if tried.iter().filter(|faults| faults.is_empty()).count() != 1 {
                    faults.push(format!(
                        "{at}: not exactly one of {}: {tried:?}",
                        rule.as_array().unwrap().len()
                    ));
                }
            }
            "type"
            | "enum"
            | "const"
            | "minimum"
            | "maximum"
            | "format"
            | "required"
            | "description"
            | "minLength"
            | "additionalProperties" => {}
            other => panic!("{other} is not known here"),
        }
    }
}

fn is_a(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("{other} is no type"),
    }
}
