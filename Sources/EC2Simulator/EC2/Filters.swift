/// What one kind of thing can be filtered by: for each filter's name, the values a thing has.
typealias FilterableValues<Thing> = [String: @Sendable (Thing) -> [String]]

/// The things that all filters match; within one filter any value may match.
///
/// Source: EC2 User Guide, "List and filter using the CLI and API": `*` and `?` are wildcards.
/// - Throws: InvalidParameterValue for a filter that is not among `values`.
func filtered<Thing>(
  _ things: [Thing], by filters: [(name: String, values: [String])], values: FilterableValues<Thing>
) throws(EC2Error) -> [Thing] {
  var rest = things
  for filter in filters {
    guard let property = values[filter.name] else { throw .value("The filter '\(filter.name)' is invalid") }
    rest = rest.filter { thing in
      property(thing).contains { value in filter.values.contains { matches(value[...], $0[...]) } }
    }
  }
  return rest
}

/// Whether a text matches a pattern with `*` (any characters) and `?` (one character).
func matches(_ text: Substring, _ pattern: Substring) -> Bool {
  guard let wanted = pattern.first else { return text.isEmpty }
  if wanted == "*" {
    return matches(text, pattern.dropFirst()) || (!text.isEmpty && matches(text.dropFirst(), pattern))
  }
  guard let character = text.first, wanted == "?" || wanted == character else { return false }
  return matches(text.dropFirst(), pattern.dropFirst())
}
