// One profile, its values from both files side by side.
struct Profile: Sendable {
  let name: String
  // The section in the credentials file, and in the config file.
  let credentialsFile: ProfileSections.Options
  let configFile: ProfileSections.Options
  // The `services` section the profile names: service, then setting.
  let services: ProfileSections.Options

  static func empty(_ name: String) -> Profile {
    Profile(name: name, credentialsFile: [:], configFile: [:], services: [:])
  }

  // The credentials file wins, as botocore merges them; an empty value counts as none.
  func text(_ key: String) -> String? {
    credentialsFile.text(key) ?? configFile.text(key)
  }

  func text(_ key: String, ofService service: String) -> String? {
    guard case .nested(let settings) = services[service] else { return nil }
    return settings[key].flatMap { $0.isEmpty ? nil : $0 }
  }
}

extension ProfileSections.Options {
  func text(_ key: String) -> String? {
    guard case .text(let text) = self[key], !text.isEmpty else { return nil }
    return text
  }
}
