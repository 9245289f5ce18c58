/// One key of the configuration file: its name, form, place in the configuration, and meaning.
struct SchemaKey<Root>: Sendable {
  /// The name within its table.
  let name: String
  let expected: String
  /// One line for the operator.
  let meaning: String
  /// Puts a value where it belongs, or throws `SettingMismatch`.
  let apply: @Sendable (SettingValue, inout Root) throws(SettingMismatch) -> Void

  init<Value>(
    _ name: String, _ form: SettingForm<Value>, _ property: any WritableKeyPath<Root, Value> & Sendable,
    _ meaning: String
  ) {
    self.init(name, form, meaning) { value, root in root[keyPath: property] = value }
  }

  init<Value>(
    _ name: String, _ form: SettingForm<Value>, _ property: any WritableKeyPath<Root, Value?> & Sendable,
    _ meaning: String
  ) {
    self.init(name, form, meaning) { value, root in root[keyPath: property] = value }
  }

  init<Value>(
    _ name: String, _ form: SettingForm<Value>, _ meaning: String,
    set: @escaping @Sendable (Value, inout Root) -> Void
  ) {
    (self.name, expected, self.meaning) = (name, form.expected, meaning)
    apply = { value, root throws(SettingMismatch) in set(try form.read(value), &root) }
  }

  init<Element>(
    _ name: String, _ list: SettingListForm<Element>, _ meaning: String,
    set: @escaping @Sendable ([Element], inout Root) -> Void
  ) {
    (self.name, expected, self.meaning) = (name, list.form.expected, meaning)
    apply = { value, root throws(SettingMismatch) in set(try list.read(value), &root) }
  }
}

/// A table of the file with its keys.
struct SchemaSection: Sendable {
  let name: String
  let keys: [SchemaKey<Configuration>]
}
