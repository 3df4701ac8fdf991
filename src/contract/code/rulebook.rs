//! 2000: what writers of rulebooks can mend. A file with one of these never replaces the law in force.

super::codes! {
    2001 RULEBOOK_YAML "rulebook_yaml" "The file is not YAML."
        "The place is the first character that does not fit. Indentation, unquoted colons, and expressions with brackets or commas inside `{ … }` that are not quoted are the usual causes. The rulebook in force stays in force.";
    2002 RULEBOOK_TOO_LARGE "rulebook_too_large" "The rulebook is beyond a bound."
        "A rulebook has at most 256 KiB, 500 criteria, 50 teams and so on; the message names the bound. What nobody can read to the end, nobody can agree on: split off what is not used.";
    2003 RULEBOOK_UNKNOWN_KEY "rulebook_unknown_key" "A key is none of the rulebook's language."
        "Unknown keys are refused, because a misspelt rule would silently not hold. The message says which keys are known here and which one is nearest.";
    2004 RULEBOOK_KEY_TWICE "rulebook_key_twice" "A key stands twice in the same place."
        "One of the two would silently win. Take one away.";
    2005 RULEBOOK_KEY_MISSING "rulebook_key_missing" "A key that has to be there is missing."
        "The message names the key and what belongs there. All four gates have to be there: a lead has all four answers (QUAL-3).";
    2006 RULEBOOK_SHAPE "rulebook_shape" "Something else is expected in this place."
        "A list where one value stands, a text where a number is expected, and the like. The message says what was expected.";
    2007 RULEBOOK_VALUE "rulebook_value" "A value is outside what the rulebook's language allows."
        "The message says what is allowed: durations like `15m`, `4h`, `2d`, times of RFC 3339, thresholds within their range, names of time zones.";
    2008 RULEBOOK_ID_TWICE "rulebook_id_twice" "Two rules have the same id."
        "Decisions name rules by their ids, so an id has to be unique in the rulebook.";
    2009 RULEBOOK_UNKNOWN_NAME "rulebook_unknown_name" "A name leads nowhere."
        "A route names its team, a team its calendar and whom it is like, an example its route and decision. The message says which names there are and which one is nearest.";
    2010 RULEBOOK_CIRCLE "rulebook_circle" "A definition leads back to itself."
        "Variables may use earlier variables, and a team may be like another, as long as that ends somewhere. The message shows the circle.";
    2011 RULEBOOK_CEILING "rulebook_ceiling" "A kind of interaction can't be raised above its class."
        "The contract sets the most that a kind can be as evidence (QUAL-1, QUAL-2): being reached is not demand. A rulebook may lower a kind, never raise it.";
    2012 RULEBOOK_ROLE_TWICE "rulebook_role_twice" "A role belongs to two classes."
        "`person.role_class` has to have one answer. Keep the role in one class.";
    2013 RULEBOOK_LAST_ROUTE "rulebook_last_route" "The last route has to take every lead."
        "The first route that matches wins, and a lead must not be lost: the last route has no `when`, and all before it have one.";
    2020 EXPRESSION_SYNTAX "expression_syntax" "The expression is not one."
        "Expressions have CEL's syntax: `company.employees >= 50 && has(company.domain)`. The place is the first character that does not fit.";
    2021 EXPRESSION_UNSUPPORTED "expression_unsupported" "The expression uses something that rulebooks do not have."
        "There are literals, fields, `has`, `in`, `== != < <= > >=`, `&& || !`, `+ - * /`, `? :`, `contains startsWith endsWith matches size duration date`. Anything else is refused at load, so that no rule fails when it is needed.";
    2022 EXPRESSION_UNKNOWN_FIELD "expression_unknown_field" "There is no such field."
        "Fields are those of the contract, the rulebook's own `attributes` as `attribute.…`, and its `variables`. The message says which name is nearest.";
    2023 EXPRESSION_TYPE "expression_type" "The types do not fit."
        "Texts compare with texts, numbers with numbers, dates with dates, and a rule is true or false. The message says what was expected and what is there.";
    2024 EXPRESSION_NEVER_TRUE "expression_never_true" "A comparison can never be true."
        "The field can't have that value, whatever happens: a rule with it would silently never hold. The message says which values there are.";
    2025 EXPRESSION_TOO_COMPLEX "expression_too_complex" "The expression is beyond a bound."
        "Expressions nest at most 64 deep, lists have at most 10,000 items, and an expression with its variables put in has at most 2,000 parts. Split the rule, or shorten the list.";
    2026 EXPRESSION_PATTERN "expression_pattern" "The pattern of `matches` is not one, or too large."
        "Patterns are regular expressions without look-around and back references, found anywhere in the text, and compile to at most 64 KiB.";
    2030 RULEBOOK_EXAMPLE "rulebook_example" "An example is not one that can be tried."
        "Each entry of `given` is an interaction of the contract, in short; all of an example's interactions belong to one account. The message names the field.";
    2031 RULEBOOK_EXAMPLE_FAILS "rulebook_example_fails" "The rulebook decides one of its own examples otherwise."
        "Examples are agreed cases, and a rulebook that fails one does not load. The message says what was decided instead, and why. Mend the rule that decides, or agree on another expectation; `relevo rules test` shows all examples as a table.";
    2040 EXPRESSION_ALWAYS_TRUE "expression_always_true" "A comparison is always true."
        "A warning: the rule loads, and this part of it says nothing. Often a wrong threshold or a field that is always known.";
    2041 RULEBOOK_UNKNOWN_KIND "rulebook_unknown_kind" "A name that nobody knows is compared with."
        "A warning: kinds and roles are open, so this may be one of your own. If it is a slip of the pen, the rule never holds; the message says which name is nearest.";
    2042 RULEBOOK_UNUSED "rulebook_unused" "A definition is used nowhere."
        "A warning: a variable, team or calendar that nothing names. Take it away, or use it.";
    2043 RULEBOOK_NEVER_MET "rulebook_never_met" "Nothing can meet a rule."
        "A warning of `relevo rules check`: whatever an interaction, a person or a company is like, this rule is never true, so it says nothing. Usually two conditions exclude each other, such as `< 50` and `>= 1000` of the same field. What is reported is certain; what is too complex to be decided is not reported.";
    2044 RULEBOOK_SHADOWED "rulebook_shadowed" "No lead can take a route."
        "A warning of `relevo rules check`: the first route that matches gets the lead, and those before this one take everything that it asks for, or nobody who passes the gates is like that. Move the narrower route up, or take it away.";
    2045 RULEBOOK_OVERLAP "rulebook_overlap" "Two criteria count the same case twice."
        "A warning of `relevo rules check`: both ask about the same fields, and what the message shows meets both, so their points add up. If that is not meant, draw the border so that each case falls on one side. One within the other, as steps are written, is not reported.";
    2046 RULEBOOK_OUT_OF_REACH "rulebook_out_of_reach" "No combination of criteria reaches a threshold."
        "A warning of `relevo rules check`: taking into account which criteria exclude each other, the points that can come together are fewer than the threshold, so there can be no lead at all. Lower the threshold, or give more points.";
}
